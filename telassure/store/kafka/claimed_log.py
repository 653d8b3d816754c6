"""A log whose positions a ledger claims around each publish: what is published twice all the same, readers refuse."""

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from telassure.kernel.events import DeadLetter
from telassure.kernel.instant import DAY, Instant
from telassure.kernel.ports import TICK, Appended, Clock, Entry, LogMark, LogRecord, PositionLedger

_HOP: Final = "hop:"


class EntryPublisher(Protocol):
    """Takes entries to their partitions. `publish` returns once all of them are durable; where it raises, a prefix of
    each partition's may be."""

    def check(self, entries: Sequence[Entry]) -> None: ...
    def publish(self, entries: Sequence[Entry]) -> None: ...


class EntryReader(Protocol):
    """Reads the partitions."""

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]: ...
    def end(self, topology: str, partition: int) -> int: ...


class ClaimedLog:
    """ports.EventLog over a broker that cannot refuse a repeat.

    The partition is the entry's own. A repeat is refused by the ledger, or, after a crash between the publish and the
    ledger's commit, by the partition that applies it. Hops and ticks claim nothing: their receivers guard themselves.
    Retention is the broker's, so `trim` does nothing; positions age in the ledger, `days` by `clock`.
    """

    def __init__(
        self,
        publisher: EntryPublisher,
        reader: EntryReader,
        ledger: PositionLedger,
        clock: Clock | None = None,
        days: int = 7,
    ) -> None:
        self._ledger, self._clock, self._days = ledger, clock, days
        self._publishing, self._reading = publisher, reader

    def append(self, entries: Sequence[Entry]) -> Appended:
        """Durable when it returns. PermanentError for an entry that is too large, before anything is claimed;
        TransientError where the brokers or the ledger are not to be had: nothing is claimed, and the same call may be
        made again."""
        return self.append_all([entries])[0]

    def append_all(self, batches: Sequence[Sequence[Entry]]) -> Sequence[Appended]:
        """The batches of several callers in one claim and one publish; one that fails, fails for all of them."""
        everything = [entry for batch in batches for entry in batch]
        self._publishing.check(everything)
        claimed = [[entry for entry in batch if not _free(entry)] for batch in batches]
        if not any(claimed):
            self._publishing.publish(everything)
            return [Appended(len(batch), 0) for batch in batches]
        with self._ledger.claiming(claimed) as claim:
            self._publishing.publish(list(_chosen(everything, claim.fresh)))
        return [_answer(batch, judged) for batch, judged in zip(batches, claim.answers, strict=True)]

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        return self._reading.read(topology, partition, after, records, size)

    def end(self, topology: str, partition: int) -> int:
        return self._reading.end(topology, partition)

    def recognise(self, topology: str, partition: int, offset: int, mark: LogMark | None) -> str:
        """A broker's log has no identity of ours."""
        del topology, partition, offset, mark
        return ""

    def trim(self, topology: str, partition: int, through: int) -> None:
        """Nothing: the broker's retention forgets."""

    def surplus(self, topology: str, partition: int, size: int, before: Instant) -> int:
        """Nothing: the topic's retention bounds it."""
        return 0

    def prune(self, topology: str, partition: int, keep: int) -> int:
        """Forget what a topology claimed longer ago than `days`, at the call for its partition 0; how many went.
        `keep` counts records, which a ledger of all partitions does not know."""
        if partition != 0 or self._clock is None:
            return 0
        return self._ledger.prune(topology, self._clock.now() - self._days * DAY)

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        self._ledger.bury(letters)


def _free(entry: Entry) -> bool:
    return entry.source == TICK or entry.source.startswith(_HOP)


def _chosen(entries: Sequence[Entry], fresh: Sequence[Entry]) -> Iterator[Entry]:
    """What is to be published, in the order in which it was given."""
    wanted = {(entry.topology, entry.source, entry.position) for entry in fresh}
    for entry in entries:
        place = (entry.topology, entry.source, entry.position)
        if _free(entry):
            yield entry
        elif place in wanted:
            wanted.discard(place)  # a repeat in the same call comes after it
            yield entry


def _answer(batch: Sequence[Entry], judged: Appended) -> Appended:
    """The ledger's answer for the claimed entries of a batch, with its free ones, as indices of the whole batch."""
    places = [index for index, entry in enumerate(batch) if not _free(entry)]
    accepted = judged.accepted + len(batch) - len(places)
    conflicts, repeats = (tuple(places[index] for index in found) for found in (judged.conflicts, judged.repeats))
    return Appended(accepted, judged.duplicates, conflicts, repeats)
