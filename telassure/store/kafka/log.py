"""The event log over Kafka: source positions are claimed in a ledger around the publish."""

from collections.abc import Iterator, Sequence
from typing import Final

from telassure.kernel.events import DeadLetter
from telassure.kernel.instant import DAY
from telassure.kernel.ports import Appended, Clock, Entry, LogMark, LogRecord, PositionLedger
from telassure.store.kafka.client import KafkaClientSettings
from telassure.store.kafka.messages import check_size
from telassure.store.kafka.publisher import Publisher
from telassure.store.kafka.reader import TopicReader

_TICK: Final = "tick"
_HOP: Final = "hop:"


class KafkaEventLog:
    """ports.EventLog over the topics `<prefix>.<topology>`; our offset is Kafka's + 1.

    The partition is the entry's own. A repeat is refused by the ledger, or, after a crash between the publish and the
    ledger's commit, by the partition that applies it. Hops and ticks claim nothing: their receivers guard themselves.
    Retention is the topic's, so `trim` does nothing; positions age in the ledger, `days` by `clock`.
    """

    def __init__(
        self,
        client: KafkaClientSettings,
        prefix: str,
        ledger: PositionLedger,
        clock: Clock | None = None,
        days: int = 7,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._days = days
        self._publisher = Publisher(client, prefix)
        self._reader = TopicReader(client, prefix)

    def connect(self) -> None:
        """Open what `append` would open at its first call. ConfigurationError where the brokers refuse us or cannot be
        trusted (`append` says the same as a TransientError), TransientError where they do not answer."""
        self._publisher.connect()

    def append(self, entries: Sequence[Entry]) -> Appended:
        """Durable when it returns. PermanentError for an entry that is too large, before anything is claimed;
        TransientError where the brokers or the ledger are not to be had: nothing is claimed, and the same call may be
        made again."""
        return self.append_all([entries])[0]

    def append_all(self, batches: Sequence[Sequence[Entry]]) -> Sequence[Appended]:
        """The batches of several callers in one claim and one publish; one that fails, fails for all of them."""
        everything = [entry for batch in batches for entry in batch]
        for entry in everything:
            check_size(entry)
        self._publisher.check(everything)
        claimed = [[entry for entry in batch if not _free(entry)] for batch in batches]
        if not any(claimed):
            self._publisher.publish(everything)
            return [Appended(len(batch), 0) for batch in batches]
        with self._ledger.claiming(claimed) as claim:
            self._publisher.publish(list(_chosen(everything, claim.fresh)))
        return [_answer(batch, judged) for batch, judged in zip(batches, claim.answers, strict=True)]

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        return self._reader.read(topology, partition, after, records, size)

    def end(self, topology: str, partition: int) -> int:
        return self._reader.end(topology, partition)

    def recognise(self, topology: str, partition: int, offset: int, mark: LogMark | None) -> str:
        del topology, partition, offset, mark
        return ""

    def trim(self, topology: str, partition: int, through: int) -> None:
        """Nothing: the topic's retention forgets."""

    def prune(self, topology: str, partition: int, keep: int) -> int:
        """Forget what a topology claimed longer ago than `days`, at the call for its partition 0; how many went.
        `keep` counts records, which a ledger of all partitions does not know."""
        if partition != 0 or self._clock is None:
            return 0
        return self._ledger.prune(topology, self._clock.now() - self._days * DAY)

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        self._ledger.bury(letters)

    def close(self) -> None:
        """The publish under way ends first; the ledger is closed too."""
        self._publisher.close()
        self._reader.close()
        self._ledger.close()


def _free(entry: Entry) -> bool:
    return entry.source == _TICK or entry.source.startswith(_HOP)


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
