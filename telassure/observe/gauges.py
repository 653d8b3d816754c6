"""What a worker is asked for when its metrics are read: where its partitions are, what waits to leave, room on disk."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from telassure.kernel.errors import TransientError
from telassure.kernel.instant import SECOND, Duration, Instant
from telassure.kernel.ports import Clock, StateStore

_PLACE: Final = ("topology", "partition")
_MOST_ROWS: Final = 1_000


class EmbeddedPartition(Protocol):
    """Where a partition of the embedded host is (`streams.hosts.partition.world.PartitionStanding`)."""

    @property
    def topology(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def loaded(self) -> bool: ...


class Assigned(Protocol):
    """Where a partition of the host over a broker is (`streams.hosts.faust.health.PartitionHealth`)."""

    @property
    def partition(self) -> int: ...
    @property
    def durable(self) -> int: ...
    @property
    def lag(self) -> int: ...
    @property
    def unapplied_bytes(self) -> int: ...
    @property
    def turns(self) -> int: ...
    @property
    def stale(self) -> bool: ...


class Host(Protocol):
    """The host over a broker of one topology (`streams.hosts.faust.health.HostHealth`)."""

    @property
    def topology(self) -> str: ...
    @property
    def partitions(self) -> Sequence[Assigned]: ...
    @property
    def ready(self) -> bool: ...
    @property
    def gaps(self) -> int: ...
    @property
    def stale_owners(self) -> int: ...
    @property
    def rebalances(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Place:
    """A partition that this process owns: its durable offset, how many records are in the log after it (None: the log
    cannot say), and whether its state is in memory."""

    topology: str
    partition: int
    durable: int
    lag: int | None
    loaded: bool


Places = Callable[[], Sequence[Place]]


def places_of(standings: Callable[[], Sequence[EmbeddedPartition]], end: Callable[[str, int], int]) -> Places:
    """The partitions of an embedded host; `end` is the log's."""

    def behind(standing: EmbeddedPartition) -> int | None:
        try:
            return max(0, end(standing.topology, standing.partition) - standing.offset)
        except TransientError:
            return None

    return lambda: [Place(s.topology, s.partition, s.offset, behind(s), s.loaded) for s in standings()]


def places_assigned(host: Callable[[], Host]) -> Places:
    """The partitions that a broker has given to this process."""

    def found() -> Sequence[Place]:
        here = host()
        return [
            Place(here.topology, p.partition, p.durable, p.lag, p.turns > 0 and not p.stale) for p in here.partitions
        ]

    return found


@dataclass(frozen=True, slots=True, eq=False)
class PartitionCollector(Collector):
    """Lag and watermark delay of the partitions that this process owns. `newest` is the newest event of a live feed
    that a partition has committed (`WorkerMeter.newest`); what the log cannot say is left out."""

    places: Places
    clock: Clock
    newest: Mapping[tuple[str, int], Instant]

    def collect(self) -> Iterator[Metric]:
        lag = GaugeMetricFamily("telassure_partition_lag_records", "Records not yet durable", labels=_PLACE)
        delay = GaugeMetricFamily("telassure_watermark_delay_seconds", "Age of the newest live event", labels=_PLACE)
        loaded = GaugeMetricFamily("telassure_partition_loaded", "Is its state in memory?", labels=_PLACE)
        now = self.clock.now()
        for place in self.places():
            labels = [place.topology, str(place.partition)]
            loaded.add_metric(labels, int(place.loaded))
            if place.lag is not None:
                lag.add_metric(labels, place.lag)
            if (newest := self.newest.get((place.topology, place.partition))) is not None:
                delay.add_metric(labels, max(0, now - newest) / SECOND)
        yield from (lag, delay, loaded)


@dataclass(frozen=True, slots=True, eq=False)
class HostCollector(Collector):
    """What only the host over a broker knows: rebalances, lost ownership, gaps in a topic, and what has been received
    and is not yet durable."""

    host: Callable[[], Host]

    def collect(self) -> Iterator[Metric]:
        here = self.host()
        counts = (
            ("telassure_rebalances", "Times that partitions came or went", here.rebalances),
            ("telassure_stale_owners", "Transactions that another owner forestalled", here.stale_owners),
            ("telassure_log_gaps", "Gaps found in the order of a topic", here.gaps),
        )
        for name, text, number in counts:
            counted = CounterMetricFamily(name, text, labels=["topology"])
            counted.add_metric([here.topology], number)
            yield counted
        held = GaugeMetricFamily("telassure_unapplied_bytes", "Received and not yet durable", labels=_PLACE)
        for assigned in here.partitions:
            held.add_metric([here.topology, str(assigned.partition)], assigned.unapplied_bytes)
        yield held


@dataclass(frozen=True)
class SkewCollector(Collector):
    """How far the newest row of each live feed is ahead of this machine's clock, in seconds; behind where negative."""

    skews: Callable[[], Mapping[str, Duration]]

    def collect(self) -> Iterator[Metric]:
        found = GaugeMetricFamily(
            "telassure_feed_ahead_seconds", "Newest row of a feed against our clock", labels=["feed"]
        )
        for feed, ahead in list(self.skews().items()):
            found.add_metric([feed], ahead / SECOND)
        yield found


@dataclass(frozen=True, slots=True, eq=False)
class OutboxCollector(Collector):
    """What waits to leave, by topology, and how long the first of it has; a store that fails is left out."""

    stores: Mapping[str, StateStore]
    clock: Clock

    def collect(self) -> Iterator[Metric]:
        rows = GaugeMetricFamily("telassure_outbox_rows", "Effects not yet acknowledged, up to 1000", labels=_PLACE[:1])
        age = GaugeMetricFamily("telassure_outbox_oldest_seconds", "How long the oldest has waited", labels=_PLACE[:1])
        for topology, store in self.stores.items():
            try:
                waiting = store.outbox(topology, _MOST_ROWS)
            except TransientError:
                continue
            oldest = min((row.created_at for row in waiting), default=None)
            rows.add_metric([topology], len(waiting))
            age.add_metric([topology], 0 if oldest is None else max(0, self.clock.now() - oldest) / SECOND)
        yield from (rows, age)


@dataclass(frozen=True, slots=True, eq=False)
class DiskCollector(Collector):
    """Free room of the file systems that hold these places, by their name; a place that is not there is left out."""

    places: Mapping[str, Path]

    def collect(self) -> Iterator[Metric]:
        free = GaugeMetricFamily("telassure_disk_free_bytes", "Room for more", labels=["place"])
        whole = GaugeMetricFamily("telassure_disk_size_bytes", "Size of the file system", labels=["place"])
        for name, path in self.places.items():
            try:
                found = shutil.disk_usage(path)
            except OSError:
                continue
            free.add_metric([name], found.free)
            whole.add_metric([name], found.total)
        yield from (free, whole)
