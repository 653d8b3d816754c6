"""What a partition has applied already, where its log may deliver a source position again."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b

from streams.hosts.partition.book import Book
from streams.hosts.partition.effects import HOP
from streams.hosts.partition.intake import Intake
from streams.topology import Topology
from telassure.kernel.ports import TICK, LogRecord, StateStore, Taken

Place = tuple[str, str]  # (source, position)


class Repeats:
    """Passes on each source position once. A repeat is counted; one with another digest becomes a dead letter.

    What is applied is noted at its offset and becomes durable with the first checkpoint that passes it; until then it
    is remembered here, and after a crash the replay from that checkpoint meets original and repeat again, in order.
    Hops are left to their marks, ticks may repeat.
    """

    def __init__(self, store: StateStore, topology: Topology, partition: int, book: Book, intake: Intake) -> None:
        self._store, self._topology, self._partition = store, topology.name, partition
        self._book, self._intake = book, intake
        self._waiting: dict[Place, bytes] = {}

    def fresh(self, records: Sequence[LogRecord]) -> Iterator[LogRecord]:
        """Those records of a batch that were not applied before, in order."""
        stored = self._stored(records)
        for record in records:
            if not _guarded(record):
                yield record
                continue
            place, digest = (record.source, record.position), digest_of(record)
            known = self._waiting.get(place) or stored.get(place)
            if known is None:
                self._waiting[place] = digest
                self._book.note(record.offset, "taken", Taken(*place, digest, record.offset))
                yield record
            elif known == digest:
                self._book.count("duplicates", record.rows, record.offset)
            else:
                reason = "another record was already applied at this source position"
                self._intake.refuse(record, "duplicate", reason, place=f"digest {digest.hex()}")

    def durable(self, taken: Sequence[Taken]) -> None:
        """The store knows these from now on."""
        for row in taken:
            self._waiting.pop((row.source, row.position), None)

    def _stored(self, records: Sequence[LogRecord]) -> dict[Place, bytes]:
        places = dict.fromkeys((r.source, r.position) for r in records if _guarded(r))
        asked = [place for place in places if place not in self._waiting]
        return dict(self._store.taken(self._topology, self._partition, asked)) if asked else {}


def digest_of(record: LogRecord) -> bytes:
    """The entry's digest, or that of the payload where the log does not say."""
    return record.digest or blake2b(record.payload, digest_size=16).digest()


def _guarded(record: LogRecord) -> bool:
    return record.source != TICK and not record.source.startswith(HOP)
