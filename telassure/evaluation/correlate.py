"""Correlation on one core: the operator alone, end to end and durable, and how late problems are during a flood.

`alarms_per_second` is of one core's processor time: alarms as the alarm list tells them, taken by the operator in
memory, with every timer that falls due between them. `durable_alarms_per_second` is notifications a second through a
worker process, from the first append until all of it is committed. `flood_latency_p99_ms` is from the acknowledgement
of an append until what it made of problems can be read, while a whole network alarms and for as long afterwards as that
is settled; the waiting that the policy `settle_seconds` wants is no part of it.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import process_time
from typing import Any, Final

import numpy as np

from streams.catalogue import Catalogue
from streams.operators.alarms.alarm_list import AlarmList
from streams.operators.correlation.correlate import Correlate
from telassure.evaluation import load
from telassure.evaluation.embedded import flood_latency, throughput
from telassure.evaluation.timed_cells import TimedCells
from telassure.kernel.events import Alarm, ServiceProblem

ALARMS: Final = 100_000
FLOOD: Final = 8_500


def measure(scale: float, say: Callable[[str], None]) -> Mapping[str, Any]:
    """The keys of `bench correlate`."""
    alarms, flood = int(ALARMS * scale), int(FLOOD * min(scale, 1.0))
    catalogue = Catalogue()
    catalogue.apply(load.catalogue().entries)
    say(f"the operator alone: {alarms:,} notifications")
    told = list(listed(catalogue, load.batches("alarms", alarms)))
    began = process_time()
    problems = sum(1 for _ in correlated(catalogue, told))
    seconds = process_time() - began
    say(f"end to end: {alarms:,} notifications")
    durable, _ = throughput("alarms", alarms)
    say(f"a flood of {flood:,} notifications")
    latencies = np.array(flood_latency(flood))
    return {
        "alarms_per_second": int(len(told) / seconds),
        "durable_alarms_per_second": durable,
        "flood_latency_p99_ms": round(float(np.percentile(latencies, 99)), 1),
        "flood_latency_p50_ms": round(float(np.percentile(latencies, 50)), 1),
        "problems_told": problems,
        "rows": {"alarms": alarms, "flood": flood},
        "cores": os.cpu_count(),
    }


def listed(catalogue: Catalogue, batches: Iterator[Sequence[Any]]) -> Iterator[Alarm]:
    """What the alarm list tells of notifications; none of these runs out of time."""
    alarm_list, cells = AlarmList(catalogue), TimedCells(AlarmList(catalogue).fresh)
    for events in batches:
        for told in alarm_list.step(events, cells, 0):
            if isinstance(told, Alarm):
                yield told


def correlated(catalogue: Catalogue, alarms: Sequence[Alarm]) -> Iterator[ServiceProblem]:
    """What correlation tells of alarms of one domain in the order of their changes, one after the other: what falls due
    before an alarm is told before it."""
    correlate = Correlate(catalogue)
    cells, clock = TimedCells(correlate.fresh), 0
    for alarm in alarms:
        clock = max(clock, alarm.changed_at)
        while (at := cells.earliest()) is not None and at < clock:
            cells.fire(at)
            yield from _problems(correlate.step((), cells, at))
        yield from _problems(correlate.step((alarm,), cells, 0))


def _problems(told: Any) -> Iterator[ServiceProblem]:
    return (each for each in told if isinstance(each, ServiceProblem))
