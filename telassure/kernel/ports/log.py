"""The event log, and the ledger of the source positions that were taken."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final, Protocol

from telassure.kernel.events import DeadLetter
from telassure.kernel.filling import filled_at_once
from telassure.kernel.instant import Instant
from telassure.kernel.ports.deeds import Deed

TICK: Final = "tick"
"""The log's source of a host's own ticks; their positions begin with their time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record on its way into a log. (source, position) is taken once per topology: a repeat is refused.

    A repeat with the same `digest` is a duplicate (counted), with another one a conflict (reported, nothing written).
    In a log whose partitions are not written in one transaction, a `last` entry leaves when all before it have arrived:
    who finds it there knows that they are there too. A `deed` is written down in the transaction that takes the entry.
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
    last: bool = False
    deed: Deed | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch of entries; `conflicts` and `repeats` hold indices in the batch, `repeats` those of the
    duplicates. An entry that is in neither is new."""

    accepted: int
    duplicates: int
    conflicts: tuple[int, ...] = ()
    repeats: tuple[int, ...] = field(default=(), compare=False)  # `duplicates` counts them


@dataclass(frozen=True, slots=True)
class LogMark:
    """Where a partition of a log was at some moment: the identity it was made with, an offset, and the chained checksum
    over everything up to there (b"" where the log has none, or none so far)."""

    identity: str
    offset: int
    chain: bytes = b""


@filled_at_once
@dataclass(frozen=True, slots=True)
class LogRecord:
    """One record as read back; offsets of a partition start at 1 and grow without order gaps mattering. `digest` is the
    entry's, from a log that may deliver a record twice; `chain` the checksum over it and all before it."""

    offset: int
    kind: str
    payload: bytes
    source: str
    position: str
    rows: int = 1
    trace: str = ""
    digest: bytes = b""
    chain: bytes = field(default=b"", compare=False)


class EventLog(Protocol):
    """One ordered input per (topology, partition). `append` returns only when the entries are durable."""

    def append(self, entries: Sequence[Entry]) -> Appended: ...
    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        """Up to `records` records and about `size` bytes (at least one record) with offset > after, in order."""
        ...

    def end(self, topology: str, partition: int) -> int:
        """The highest offset written, 0 where none is."""
        ...

    def recognise(self, topology: str, partition: int, offset: int, mark: LogMark | None) -> str:
        """The identity of this partition's log, "" where it has none. LogMismatch where it is not the log in which a
        checkpoint stood at `offset` with this mark (None: it was made by a release that kept none): another one, one
        that ends before, one whose records up to there are others, or one that has forgotten what comes next."""
        ...

    def trim(self, topology: str, partition: int, through: int) -> None:
        """Forget payloads up to an offset; their positions stay taken."""
        ...

    def surplus(self, topology: str, partition: int, size: int, before: Instant) -> int:
        """The offset up to which payloads are beyond the newest `size` bytes, or were written before an instant as far
        as ticks tell; 0 where none are, and in a log that bounds itself."""
        ...

    def prune(self, topology: str, partition: int, keep: int) -> int:
        """Forget the positions of trimmed entries further back than the newest `keep` of a partition, and those of all
        its trimmed ticks, which nobody sends again; how many went.

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
