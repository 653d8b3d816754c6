"""The state of a topology: cells, offset, outbox, letters, catalogue and business records, in one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from telassure.kernel.events import CatalogueEntry, DeadLetter
from telassure.kernel.filling import filled_at_once
from telassure.kernel.instant import Duration, Instant
from telassure.kernel.kept import BusinessRecord
from telassure.kernel.ports.log import LogMark

FEED: Final = "feed:"
"""A turn's counter of this name and a feed's is that feed's newest event time."""


Archiving: TypeAlias = Callable[[Sequence[BusinessRecord]], None]
"""Makes records durable elsewhere before it returns; the same ones may come again."""


@filled_at_once
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
    """Where a partition stands: the applied offset, the host's own packed clocks and catalogue version, and which log
    was read up to there."""

    offset: int
    clocks: bytes
    mark: LogMark | None = None


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
    """Everything one transaction writes. `expected` is the offset it replaces (compare-and-swap), `offset` the new.
    `cured`: the newest times of feeds that are stored are set back to it before those of `counters` are taken."""

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
    mark: LogMark | None = None
    cured: Instant | None = None


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

    def remove(self, kind: type[BusinessRecord], age: Duration, now: Instant, first: Archiving | None = None) -> int:
        """Remove the records of a type that are older by `age` than its newest one, or than now where that is earlier;
        how many went. Open ones stay, and all of a type that is not removable. A maintenance call.

        Those of an archived type go once `first` has returned from being given them, and stay where it is not given. A
        record that is given and changed meanwhile stays too, and is given again."""
        ...

    def forget_letters(self, waiting: Instant, answered: Instant) -> int:
        """Forget the letters that were last written before an instant: those that still wait, and those that were
        answered; how many went. A maintenance call."""
        ...

    def outbox(self, topology: str, limit: int, partition: int | None = None, target: str = "") -> Sequence[OutboxRow]:
        """The oldest unacknowledged rows, of one partition where one is named, whose target begins with `target`."""
        ...

    def acknowledge(self, topology: str, outbox_ids: Sequence[str]) -> None: ...
