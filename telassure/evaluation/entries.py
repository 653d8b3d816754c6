"""The made-up load as log entries: cut by partition like at the gateway, with positions that tell every piece apart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any, Final

from ingestion.kinds.usage import compact_usage
from streams.topology import Topology
from telassure.evaluation import load
from telassure.kernel.codec import encode
from telassure.kernel.events import AlarmNotification, CatalogueChange, EndOfFeed, Measurements, Resource, UsageRecords
from telassure.kernel.instant import DAY
from telassure.kernel.ports import Entry
from telassure.kernel.routing import partition_of, split

QUIET: Final = 7 * DAY
Place = Callable[[str], str]


def spread_domains(partitions: int) -> Sequence[str]:
    """One domain for each partition: the first name that falls there.

    >>> [partition_of(name, 3) for name in spread_domains(3)]
    [0, 1, 2]
    """
    found: dict[int, str] = {}
    number = 0
    while len(found) < partitions:
        found.setdefault(partition_of(f"region-{number}", partitions), f"region-{number}")
        number += 1
    return [found[place] for place in range(partitions)]


class Loader:
    """Makes entries for one topology of `partitions` partitions. Elements are spread over a domain per partition by
    their hub, so that every partition has work and a fault stays within its domain."""

    def __init__(self, topology: Topology, partitions: int, source: str) -> None:
        self._topology, self._partitions, self._source = topology, partitions, source
        self._domains = spread_domains(partitions)
        self._sources = {each.event: each for each in topology.sources}
        self._sequence = 0

    def catalogue(self) -> list[Entry]:
        entries = [
            replace(entry, domain=self._domain(entry.resource_id)) if isinstance(entry, Resource) else entry
            for entry in load.catalogue().entries
        ]
        return self._everywhere(CatalogueChange(tuple(entries)))

    def end(self) -> list[Entry]:
        """The end of the recorded feed: what waits for time happens."""
        return self._everywhere(EndOfFeed(load.FEED, QUIET))

    def batches(self, kind: str, rows: int, size: int = 0) -> Iterator[list[Entry]]:
        """Entries of `telemetry`, `usage` or `alarms`, a batch at a time, `rows` rows in all."""
        for events in load.batches(kind, rows, size):
            yield [entry for event in events for entry in self._cut(self._placed(event))]

    def _placed(self, event: Any) -> Any:
        if isinstance(event, AlarmNotification):
            return replace(event, domain=self._domain(event.managed_object))
        if isinstance(event, Measurements):
            return replace(event, domain=self._domains[int(event.domain[1:]) % self._partitions])
        return event

    def _domain(self, element: str) -> str:
        number = int(element.split("-")[1])
        return self._domains[number % load.HUBS % self._partitions]

    def _cut(self, event: Any) -> list[Entry]:
        parts = split(event, *self._sources[type(event)].keys(event), self._partitions)
        pieces = {place: compact_usage(x) if isinstance(x, UsageRecords) else x for place, x in parts.items()}
        return [self._entry(place, piece) for place, piece in sorted(pieces.items())]

    def _everywhere(self, event: Any) -> list[Entry]:
        return [self._entry(place, event) for place in range(self._partitions)]

    def _entry(self, partition: int, event: Any) -> Entry:
        self._sequence += 1
        kind, payload = encode(event)
        digest = blake2b(payload, digest_size=16).digest()
        position = str(self._sequence)
        return Entry(self._topology.name, partition, kind, payload, self._source, position, digest, load.rows_of(event))


def rows_in(entries: Sequence[Entry]) -> int:
    return sum(entry.rows for entry in entries)


def ends(entries: Sequence[Entry]) -> Mapping[int, int]:
    """How many entries each partition gets."""
    found: dict[int, int] = {}
    for entry in entries:
        found[entry.partition] = found.get(entry.partition, 0) + 1
    return found
