"""Prometheus metrics, computed from the stores when they are read."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from telassure.kernel.instant import SECOND
from telassure.kernel.ports import AssuranceReader, Clock

_FEEDS: Final = 200  # clients name the feeds: those heard latest are enough


@dataclass(frozen=True, slots=True, eq=False)
class StoreCollector(Collector):
    """Metrics computed at scrape time from the stores, so that one endpoint speaks for every process.

    `depths` gives the records not yet applied per topology.
    """

    reader: AssuranceReader
    clock: Clock
    depths: Callable[[], Mapping[str, int]]

    def collect(self) -> Iterator[Metric]:
        yield from self._counters()
        yield self._gauge("telassure_lag_records", "Records in the log not yet applied", "topology", self.depths())
        now = self.clock.now()
        feeds = self.reader.feeds()
        heard = sorted(((newest, feed) for feed, newest in feeds.items()), reverse=True)[:_FEEDS]
        yield GaugeMetricFamily("telassure_feeds", f"Feeds; ages are of the {_FEEDS} heard latest", len(feeds))
        ages = {feed: (now - newest) / SECOND for newest, feed in heard}
        yield self._gauge("telassure_feed_age_seconds", "Age of a feed's newest event", "feed", ages)
        active = {severity.name.lower(): count for severity, count in self.reader.severity_counts().items()}
        yield self._gauge("telassure_active_alarms", "Active alarms", "severity", active)
        yield GaugeMetricFamily("telassure_open_dead_letters", "Refused and not replayed", self.reader.open_letters())

    def _counters(self) -> Iterable[Metric]:
        counted = CounterMetricFamily("telassure_processed", "What the partitions have counted", labels=["what"])
        for name, count in sorted(self.reader.counters().items()):
            if not name.startswith("feed:"):
                counted.add_metric([name], count)
        return (counted,)

    @staticmethod
    def _gauge(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
        gauge = GaugeMetricFamily(name, text, labels=[label])
        for value, number in sorted(values.items()):
            gauge.add_metric([value], number)
        return gauge


def registry(*collectors: Collector) -> CollectorRegistry:
    """A registry of its own, so that nothing global leaks between apps in one process; with the process's own figures
    (memory, CPU, open files) in it."""
    found = CollectorRegistry(auto_describe=False)
    for collector in (*collectors, _Process()):
        found.register(collector)
    return found


class _Process(Collector):
    """What prometheus_client says of a process, without registering itself anywhere."""

    def __init__(self) -> None:
        self._process = ProcessCollector(registry=None)

    def collect(self) -> Iterable[Metric]:
        return self._process.collect()
