"""The protocols between the logic and the world: logs, stores, notices and the clock. Adapters implement, hosts use."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from telassure.kernel.events import (
    Alarm,
    CatalogueEntry,
    Charge,
    DeadLetter,
    KpiEpisode,
    Measurements,
    MediatedCount,
    ModelComparison,
    Notification,
    PerceivedSeverity,
    RevenueLeakage,
    ScoredPoints,
    ServiceProblem,
    SwitchCount,
    ThresholdChange,
    TroubleTicket,
)
from telassure.kernel.instant import Instant

if TYPE_CHECKING:
    import pandas as pd

BusinessRecord: TypeAlias = (
    Alarm
    | KpiEpisode
    | ServiceProblem
    | TroubleTicket
    | Notification
    | Charge
    | RevenueLeakage
    | SwitchCount
    | MediatedCount
    | ThresholdChange
    | ModelComparison
)
"""What the assurance store keeps, one table per type, upserted by its id (its first field)."""


FEED: Final = "feed:"
"""A turn's counter of this name and a feed's is that feed's newest event time."""


class Clock(Protocol):
    """The wall clock, so that nothing else reads one."""

    def now(self) -> Instant: ...


# --- the log ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One record on its way into a log. (source, position) is taken once per topology: a repeat is refused.

    A repeat with the same `digest` is a duplicate (counted), with another one a conflict (reported, nothing written).
    """

    topology: str
    partition: int
    kind: str
    payload: bytes
    source: str
    position: str
    digest: bytes
    rows: int = 1
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch of entries; `conflicts` holds their indices in the batch."""

    accepted: int
    duplicates: int
    conflicts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One record as read back; offsets of a partition start at 1 and grow without order gaps mattering. `digest` is the
    entry's, from a log that may deliver a record twice."""

    offset: int
    kind: str
    payload: bytes
    source: str
    position: str
    rows: int = 1
    trace: str = ""
    digest: bytes = b""


class EventLog(Protocol):
    """One ordered input per (topology, partition). `append` returns only when the entries are durable."""

    def append(self, entries: Sequence[Entry]) -> Appended: ...
    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        """Up to `records` records and about `size` bytes (at least one record) with offset > after, in order."""
        ...

    def end(self, topology: str, partition: int) -> int:
        """The highest offset written, 0 where none is."""
        ...

    def trim(self, topology: str, partition: int, through: int) -> None:
        """Forget payloads up to an offset; their positions stay taken."""
        ...

    def prune(self, topology: str, partition: int, keep: int) -> int:
        """Forget the positions of trimmed entries further back than the newest `keep` of a partition; how many went.

        A repeat that comes later than that is taken again. Looks at every position: to be called rarely.
        """
        ...

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        """Keep what could not even become a record (unreadable files, refused rows); upsert by id."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """What a ledger says of batches of entries: the answer for each batch, and the entries that are to be published."""

    answers: Sequence[Appended]
    fresh: Sequence[Entry]


class PositionLedger(Protocol):
    """Which source positions were taken, for a log that cannot refuse a repeat by itself (Kafka)."""

    def claiming(self, batches: Sequence[Sequence[Entry]]) -> AbstractContextManager[Claim]:
        """The block publishes `Claim.fresh` and raises where it could not; the claim is durable once it has ended
        without. A crash in between leaves the positions free: what was published is then published twice, and the
        receiving partition refuses the second (`StateStore.taken`)."""
        ...

    def prune(self, topology: str, before: Instant) -> int:
        """Forget the positions that were claimed before an instant of the wall clock; how many went."""
        ...

    def bury(self, letters: Sequence[DeadLetter]) -> None: ...
    def close(self) -> None: ...


# --- the state store -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CellRow:
    """One operator's cell as stored. `blob` None deletes it. `wake` is its timer; `offset` its own applied offset."""

    operator: str
    key: str
    version: int
    blob: bytes | None
    wake: Instant | None
    offset: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a partition stands: the applied offset and the host's own packed clocks and catalogue version."""

    offset: int
    clocks: bytes


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One effect on its way out: a hop to another topology, or a notice. Deleted when its target has acknowledged."""

    outbox_id: str
    target: str  # "hop:<topology>:<partition>" or "notify"
    kind: str
    payload: bytes
    position: str
    created_at: Instant
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A source position that a partition has applied, where its log may deliver it again."""

    source: str
    position: str
    digest: bytes
    offset: int


@dataclass(slots=True)
class Turn:
    """Everything one transaction writes. `expected` is the offset it replaces (compare-and-swap), `offset` the new."""

    topology: str
    partition: int
    expected: int
    offset: int
    clocks: bytes
    cells: Sequence[CellRow] = ()
    records: Sequence[BusinessRecord] = ()
    outbox: Sequence[OutboxRow] = ()
    letters: Sequence[DeadLetter] = ()
    catalogue: Sequence[CatalogueEntry] = ()
    counters: Mapping[str, int] = field(default_factory=dict)
    taken: Sequence[Taken] = ()


class StateStore(Protocol):
    """Cells, offset, outbox, dead letters, catalogue and business records of one topology, in one transaction."""

    def checkpoint(self, topology: str, partition: int) -> Checkpoint:
        """Offset 0 and empty clocks for a partition never seen."""
        ...

    def cells(self, topology: str, partition: int, operator: str, keys: Sequence[str]) -> Mapping[str, CellRow]:
        """The stored cells among `keys`."""
        ...

    def timers(self, topology: str, partition: int) -> Iterable[tuple[str, str, Instant]]:
        """(operator, key, wake) of every cell that has a timer."""
        ...

    def catalogue(self, topology: str, partition: int) -> Iterable[CatalogueEntry]:
        """Every catalogue entry in force at the checkpoint, in the order in which they were first written."""
        ...

    def commit(self, turn: Turn) -> None:
        """All of it or nothing; StaleOwner where the stored offset is not `turn.expected`, TransientError to retry.
        `counters` are added to the topology's stored counters in the same transaction; of "feed:<name>", which holds
        the newest event time of a feed, the greatest is kept (see `AssuranceReader.feeds`)."""
        ...

    def counters(self, topology: str) -> Mapping[str, int]: ...

    def taken(
        self, topology: str, partition: int, places: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], bytes]:
        """The digests of those (source, position) that this partition has applied (`Turn.taken`)."""
        ...

    def forget(self, topology: str, partition: int, through: int) -> int:
        """Forget the taken positions of offsets up to `through`; how many went. A maintenance call."""
        ...

    def outbox(self, topology: str, limit: int, partition: int | None = None, target: str = "") -> Sequence[OutboxRow]:
        """The oldest unacknowledged rows, of one partition where one is named, whose target begins with `target`."""
        ...

    def acknowledge(self, topology: str, outbox_ids: Sequence[str]) -> None: ...


# --- the metric store ------------------------------------------------------------------------------------------------


class MetricStore(Protocol):
    """Scored points by series = (measured object, measurement). One process writes, others read."""

    def write(self, points: ScoredPoints, writer: str, offset: int) -> Measurements | None:
        """Take points; a (writer, offset) at or below `applied(writer)` is ignored. A later write of the same series
        and time replaces the earlier. Visible to readers after `flush` at the latest. Gives back the rows that were not
        taken because there is no room for their series, None where all were."""
        ...

    def flush(self) -> None:
        """Durable when it returns."""
        ...

    def applied(self, writer: str) -> int:
        """The highest offset of this writer that is durable; 0 where none is."""
        ...

    def read(self, managed_object: str, measurement: str, start: Instant, end: Instant) -> "pd.DataFrame":
        """Columns time (int64 microseconds, ascending), value, expected, lower, upper, score (float64) and shares
        (uint8: how the score divides, see `events.shares`) of [start, end)."""
        ...

    def series(self, containing: str = "", limit: int = 1000) -> Sequence[tuple[str, str]]: ...

    def newest(self) -> Instant | None:
        """The newest time of any point: the age of the data."""
        ...

    def compact(self) -> None: ...

    def retain(self, since: Instant) -> None:
        """Drop what is older; frees the space."""
        ...

    def digest(self) -> str:
        """A hash of every stored point, independent of the order and the parts in which they were written."""
        ...

    def close(self) -> None: ...


class Notifier(Protocol):
    """Takes a notice to its channel, once per id as far as the channel allows; TransientError to retry."""

    def notify(self, notification: Notification) -> None: ...


# --- reading what came out ------------------------------------------------------------------------------------------


class AssuranceReader(Protocol):
    """Read-only views over the business records of all topologies, for screens and reports. Never blocks a writer."""

    def severity_counts(self) -> Mapping[PerceivedSeverity, int]:
        """Active alarms by severity."""
        ...

    def alarms(self, state: str, limit: int) -> Sequence[Alarm]: ...
    def problems(self, state: str, limit: int) -> Sequence[ServiceProblem]:
        """Worst severity first, then newest."""
        ...

    def tickets(self, open_only: bool, limit: int) -> Sequence[TroubleTicket]: ...
    def episodes(self, state: str, limit: int) -> Sequence[KpiEpisode]:
        """Open ones by their rank, one without as at 1/2, then newest change first; others newest change first."""
        ...

    def charged_since(self, since: Instant) -> Mapping[str, int]:
        """Micro-units charged for usage with event time from `since`, by currency; recharges left out."""
        ...

    def leakage(self, since: Instant, limit: int) -> Sequence[RevenueLeakage]:
        """Open leakage found at or after `since`, largest amount first."""
        ...

    def dead_letters(self, limit: int) -> Sequence[DeadLetter]:
        """The newest that are open: refused, and not put in again since."""
        ...

    def open_letters(self) -> int: ...
    def counters(self) -> Mapping[str, int]:
        """Summed over topologies, e.g. records, late, dead_letters."""
        ...

    def feeds(self) -> Mapping[str, Instant]:
        """The newest event time of each feed."""
        ...

    def digest(self) -> str:
        """A hash over all business records sorted by id: no wall clock, row id, offset or pseudonym in it."""
        ...
