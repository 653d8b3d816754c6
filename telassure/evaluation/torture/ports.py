"""The ports of a program as its wires make them: the same stores, with anything going wrong on the way."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from telassure.evaluation.torture.survivors import Graveyard, MemoryBroker
from telassure.evaluation.torture.wire import Wire
from telassure.kernel.events import CatalogueEntry, DeadLetter, Measurements, ScoredPoints
from telassure.kernel.instant import Duration, Instant
from telassure.kernel.kept import BusinessRecord
from telassure.kernel.ports import (
    Appended,
    Archiving,
    CellRow,
    Checkpoint,
    Claim,
    Entry,
    LogMark,
    LogRecord,
    OpenLetter,
    OutboxRow,
    Outgoing,
    Turn,
)
from telassure.store.memory import MemoryLog, MemoryPositionLedger, MemoryStateStore
from telassure.store.memory_metrics import MemoryMetricStore

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class WiredLog:
    """ports.EventLog: one durable transaction an append, as SQLite has it."""

    wire: Wire
    log: MemoryLog
    graveyard: Graveyard

    def append(self, entries: Sequence[Entry]) -> Appended:
        return self.wire.write(lambda: self.log.append(entries))

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        return self.wire.read(lambda: self.log.read(topology, partition, after, records, size))

    def end(self, topology: str, partition: int) -> int:
        return self.wire.read(lambda: self.log.end(topology, partition))

    def recognise(self, topology: str, partition: int, offset: int, mark: LogMark | None) -> str:
        return self.wire.read(lambda: self.log.recognise(topology, partition, offset, mark))

    def trim(self, topology: str, partition: int, through: int) -> None:
        """Nothing: what came in is looked at in the end."""

    def surplus(self, topology: str, partition: int, size: int, before: Instant) -> int:
        return 0

    def prune(self, topology: str, partition: int, keep: int) -> int:
        return 0

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        self.wire.write(lambda: self.graveyard.bury(letters))


@dataclass(frozen=True, slots=True)
class WiredBroker:
    """Publishes and reads as Kafka does: of a publish that fails, each partition may have a part."""

    wire: Wire
    broker: MemoryBroker

    def check(self, entries: Sequence[Entry]) -> None:
        """There is every topic."""

    def publish(self, entries: Sequence[Entry]) -> None:
        def torn(share: float) -> None:
            self.broker.publish(entries[: round(share * len(entries))])

        self.wire.write(lambda: self.broker.publish(entries), torn)

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        return self.wire.read(lambda: self.broker.read(topology, partition, after, records, size))

    def end(self, topology: str, partition: int) -> int:
        return self.wire.read(lambda: self.broker.end(topology, partition))


@dataclass(frozen=True, slots=True)
class WiredLedger:
    """ports.PositionLedger: a claim may fail as it begins and as it ends."""

    wire: Wire
    ledger: MemoryPositionLedger
    graveyard: Graveyard

    @contextmanager
    def claiming(self, batches: Sequence[Sequence[Entry]]) -> Iterator[Claim]:
        whole = self.ledger.claiming(batches)
        claim = self.wire.read(whole.__enter__)
        yield claim
        self.wire.write(lambda: whole.__exit__(None, None, None))

    def prune(self, topology: str, before: Instant) -> int:
        return 0

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        self.wire.write(lambda: self.graveyard.bury(letters))

    def close(self) -> None:
        """Nothing is held open."""


@dataclass(frozen=True, slots=True)
class WiredKeeper:
    """ports.LetterKeeper."""

    wire: Wire
    graveyard: Graveyard

    def due_letters(self, operator: str, until: Instant, limit: int) -> Sequence[OpenLetter]:
        return self.wire.read(lambda: self.graveyard.due_letters(operator, until, limit))

    def mark_replayed(self, done: Sequence[OpenLetter]) -> None:
        self.wire.write(lambda: self.graveyard.mark_replayed(done))


@dataclass(frozen=True, slots=True)
class WiredState:
    """ports.StateStore: a commit is all or nothing, but its answer may be lost."""

    wire: Wire
    state: MemoryStateStore

    def checkpoint(self, topology: str, partition: int) -> Checkpoint:
        return self.wire.read(lambda: self.state.checkpoint(topology, partition))

    def cells(self, topology: str, partition: int, operator: str, keys: Sequence[str]) -> Mapping[str, CellRow]:
        return self.wire.read(lambda: self.state.cells(topology, partition, operator, keys))

    def timers(self, topology: str, partition: int) -> Iterable[tuple[str, str, Instant]]:
        return self.wire.read(lambda: self.state.timers(topology, partition))

    def catalogue(self, topology: str, partition: int) -> Iterable[CatalogueEntry]:
        return self.wire.read(lambda: self.state.catalogue(topology, partition))

    def commit(self, turn: Turn) -> None:
        self.wire.write(lambda: self.state.commit(turn))

    def counters(self, topology: str) -> Mapping[str, int]:
        return self.wire.read(lambda: self.state.counters(topology))

    def taken(
        self, topology: str, partition: int, places: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], bytes]:
        return self.wire.read(lambda: self.state.taken(topology, partition, places))

    def forget(self, topology: str, partition: int, through: int) -> int:
        return self.wire.write(lambda: self.state.forget(topology, partition, through))

    def remove(self, kind: type[BusinessRecord], age: Duration, now: Instant, first: Archiving | None = None) -> int:
        return self.wire.write(lambda: self.state.remove(kind, age, now, first))

    def forget_letters(self, waiting: Instant, answered: Instant) -> int:
        return self.wire.write(lambda: self.state.forget_letters(waiting, answered))

    def outbox(self, topology: str, limit: int, partition: int | None = None, target: str = "") -> Sequence[OutboxRow]:
        return self.wire.read(lambda: self.state.outbox(topology, limit, partition, target))

    def acknowledge(self, topology: str, outbox_ids: Sequence[str]) -> None:
        self.wire.write(lambda: self.state.acknowledge(topology, outbox_ids))


@dataclass(slots=True)
class WiredPoints:
    """ports.MetricStore: what was written and not flushed is the life's own, and gone with it."""

    wire: Wire
    kept: MemoryMetricStore
    _pending: list[tuple[ScoredPoints, str, int]] = field(default_factory=list)

    def write(self, points: ScoredPoints, writer: str, offset: int) -> Measurements | None:
        def take() -> None:
            if offset > self.kept.applied(writer):
                self._pending.append((points, writer, offset))

        self.wire.write(take)
        return None

    def flush(self) -> None:
        if self._pending:
            self.wire.write(
                lambda: self._keep(len(self._pending)), lambda share: self._keep(round(share * len(self._pending)))
            )

    def _keep(self, number: int) -> None:
        for pending in self._pending[:number]:
            self.kept.write(*pending)
            self.kept.flush()
        del self._pending[:number]

    def applied(self, writer: str) -> int:
        return self.wire.read(lambda: self.kept.applied(writer))

    def read(self, managed_object: str, measurement: str, start: Instant, end: Instant) -> "pd.DataFrame":
        return self.wire.read(lambda: self.kept.read(managed_object, measurement, start, end))

    def series(self, containing: str = "", limit: int | None = None) -> Sequence[tuple[str, str]]:
        return self.wire.read(lambda: self.kept.series(containing, limit))

    def newest(self) -> Instant | None:
        return self.wire.read(self.kept.newest)

    def compact(self) -> None:
        """Nothing to gain in memory."""

    def retain(self, since: Instant) -> None:
        self.wire.write(lambda: self.kept.retain(since))

    def digest(self) -> str:
        return self.wire.read(self.kept.digest)

    def close(self) -> None:
        """Nothing is held open."""


@dataclass(frozen=True, slots=True)
class WiredNotices:
    """ports.Outgoing."""

    wire: Wire
    book: Outgoing

    def waiting(self, receiver: str, limit: int) -> Sequence[OutboxRow]:
        return self.wire.read(lambda: self.book.waiting(receiver, limit))

    def settle(self, receiver: str, told: Sequence[str], refused: Sequence[DeadLetter]) -> None:
        self.wire.write(lambda: self.book.settle(receiver, told, refused))
