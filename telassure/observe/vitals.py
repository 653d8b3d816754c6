"""Signs of life as metrics: how old each process's newest beat is, and how often it was started again of late."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from telassure.observe.heartbeats import beats, restarted, uptime


@dataclass(frozen=True, slots=True, eq=False)
class HeartbeatCollector(Collector):
    """The processes of a home. One that ended because it was told to has no age; what was started again is counted for
    ten minutes."""

    home: Path
    elapsed: Callable[[], float] = uptime

    def collect(self) -> Iterator[Metric]:
        several, now = beats(self.home), self.elapsed()  # in this order: no beat is ahead of it
        age = GaugeMetricFamily("telassure_heartbeat_age_seconds", "Since its newest sign of life", labels=["process"])
        for beat in several:
            age.add_metric([beat.name], max(0.0, beat.age(now)))
        again = GaugeMetricFamily("telassure_recent_restarts", "Started again in ten minutes", labels=["process"])
        for name, found in restarted(self.home, now).items():
            again.add_metric([name], len(found))
        yield from (age, again)
