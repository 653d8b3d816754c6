"""What survives a crash: a log or a broker with its ledger, letters, the state of each topology, points, notices."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from streams.hosts.partition.effects import NOTIFY
from streams.topology import Topology
from telassure.kernel.events import DeadLetter
from telassure.kernel.instant import Instant
from telassure.kernel.ports import Entry, LogRecord, OpenLetter, OutboxRow
from telassure.store.memory import MemoryLog, MemoryPositionLedger, MemoryStateStore
from telassure.store.memory_metrics import MemoryMetricStore

_SHARED = tuple(each.name for each in fields(LogRecord) if each.name not in ("offset", "chain"))


class Graveyard:
    """Dead letters of what never became a record, with how often each was refused and answered."""

    def __init__(self) -> None:
        self.letters: dict[str, DeadLetter] = {}
        self._refused: dict[str, int] = defaultdict(int)
        self._replayed: dict[str, int] = defaultdict(int)

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        for letter in letters:
            self.letters[letter.letter_id] = letter
            self._refused[letter.letter_id] += 1

    def due_letters(self, operator: str, until: Instant, limit: int) -> Sequence[OpenLetter]:
        waiting = [
            OpenLetter(letter, self._refused[name])
            for name, letter in self.letters.items()
            if letter.operator == operator and letter.time <= until and self._refused[name] > self._replayed[name]
        ]
        return sorted(waiting, key=lambda each: (each.letter.time, each.letter.letter_id))[:limit]

    def mark_replayed(self, done: Sequence[OpenLetter]) -> None:
        for each in done:
            self._replayed[each.letter.letter_id] = max(each.times, self._replayed[each.letter.letter_id])


class MemoryBroker:
    """Partitions that take everything, in order, repeats too."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, int], list[LogRecord]] = defaultdict(list)

    def check(self, entries: Sequence[Entry]) -> None:
        """There is every topic."""

    def publish(self, entries: Sequence[Entry]) -> None:
        """Those that are to leave last, last."""
        for entry in sorted(entries, key=lambda each: each.last):
            records = self._records[entry.topology, entry.partition]
            shared = {name: getattr(entry, name) for name in _SHARED}
            records.append(LogRecord(offset=len(records) + 1, **shared))

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        found: list[LogRecord] = []
        for record in self._records[topology, partition][after : after + records]:
            size -= len(record.payload)
            found.append(record)
            if size <= 0:
                break
        return found

    def end(self, topology: str, partition: int) -> int:
        return len(self._records[topology, partition])


@dataclass(slots=True)
class NoticeBook:
    """ports.Outgoing over a topology's outbox in memory: who of the receivers has had what."""

    state: MemoryStateStore
    topology: str
    receivers: tuple[str, ...]
    refused: dict[str, DeadLetter] = field(default_factory=dict)
    _had: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def waiting(self, receiver: str, limit: int) -> Sequence[OutboxRow]:
        rows = self.state.outbox(self.topology, 1 << 30, target=NOTIFY)
        return [row for row in rows if receiver not in self._had[row.outbox_id]][:limit]

    def settle(self, receiver: str, told: Sequence[str], refused: Sequence[DeadLetter]) -> None:
        self.refused.update((letter.letter_id, letter) for letter in refused)
        for outbox_id in told:
            self._had[outbox_id].add(receiver)
        self.state.acknowledge(self.topology, [name for name in told if self._had[name].issuperset(self.receivers)])


@dataclass(slots=True)
class Survivors:
    """Everything durable of one installation. A `broker` cannot refuse repeats, so that a ledger claims positions."""

    topologies: Mapping[str, Topology]
    partitions: Mapping[str, int]
    log: MemoryLog = field(default_factory=MemoryLog)
    broker: MemoryBroker | None = None
    ledger: MemoryPositionLedger = field(default_factory=MemoryPositionLedger)
    graveyard: Graveyard = field(default_factory=Graveyard)
    points: MemoryMetricStore = field(default_factory=MemoryMetricStore)
    states: dict[str, MemoryStateStore] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.states = {name: MemoryStateStore() for name in self.topologies}

    def records(self, topology: str, partition: int) -> Sequence[LogRecord]:
        """Everything in one log."""
        held = self.log if self.broker is None else self.broker
        return held.read(topology, partition, 0, 1 << 60, 1 << 60)
