"""One seed of the demo operator: a quiet history, then days with faults of every kind, through the real topology."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from telassure.evaluation.anomalies.corpus import Floats, Times
from telassure.evaluation.anomalies.detection import Detection
from telassure.evaluation.anomalies.openings import Openings
from telassure.kernel.events import CatalogueChange, Measurements, PolicyValue
from telassure.kernel.instant import DAY, SECOND, Instant
from telassure.simulator.config import NETWORK_KINDS, DemoConfig, FaultKind, JsonObject, ScheduledFault
from telassure.simulator.effects import effects
from telassure.simulator.faults import Fault, usual_duration
from telassure.simulator.files import ORIGIN
from telassure.simulator.operator import DemoOperator
from telassure.simulator.randomness import stream

HISTORY_DAYS: Final = 14
FAULTS_A_DAY: Final = 2  # of each kind that shows in KPIs; of the others one in all
FEED: Final = "replay:demo-pm"
ROWS: Final = 10_000


class Trace(NamedTuple):
    """One fault, and the series that it changes or silences (their numbers)."""

    fault: Fault
    series: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Week:
    """What one seed came to. `time` and `value` (rows, series; NaN: not reported) cover history and week."""

    names: Sequence[tuple[str, str]]
    time: Times
    value: Floats
    history: int
    granularity: int
    traces: Sequence[Trace]
    openings: Openings
    points: int


def faults_of(seed: int, days: int) -> tuple[ScheduledFault, ...]:
    """Faults of all kinds at random times of the week, by day and by night, as long as in the demo's history."""
    chance = stream(seed, "evaluation of anomalies")
    orders = []
    for kind in FaultKind:
        lasts = usual_duration(kind, live=False)
        count = FAULTS_A_DAY * days if kind in NETWORK_KINDS else 1
        span = max((days * DAY - lasts) // count, 1)
        for number in range(count):
            after = HISTORY_DAYS * DAY + number * span + int(chance.integers(span))
            orders.append(ScheduledFault(kind, after, lasts))
    return tuple(orders)


def run_week(seed: int, days: int, policies: Sequence[PolicyValue] = (), **sizes: Any) -> Week:
    """Simulate, and detect under these policies. `sizes` are fields of DemoConfig, for a smaller network."""
    config = DemoConfig(seed=seed, schedule=faults_of(seed, days), history_faults=0, body_rows=ROWS, **sizes)
    operator, detection = DemoOperator(config), Detection()
    end = ORIGIN + (HISTORY_DAYS + days) * DAY
    operator.open(ORIGIN, end)
    faults = list(operator.plan.starting(ORIGIN, end))
    detection.take(CatalogueChange((*operator.world.network.resources.values(), *policies)))
    time = np.arange(ORIGIN, end, config.history_granularity, dtype=np.int64)
    value = np.full((len(time), len(operator.series)), np.nan)
    row_of = _numbers(operator)
    points = 0
    for envelope in _envelopes(operator, end):
        detection.take(envelope)
        columns = row_of[envelope.measured_object, envelope.measurement]
        value[(envelope.time - ORIGIN) // config.history_granularity, columns] = envelope.value
        points += len(envelope)
    return Week(
        names=list(operator.series.rows),
        time=time,
        value=value,
        history=int(np.searchsorted(time, ORIGIN + HISTORY_DAYS * DAY)),
        granularity=config.history_granularity,
        traces=[_trace(operator, fault) for fault in faults],
        openings=detection.openings(operator.series.rows, ORIGIN + HISTORY_DAYS * DAY),
        points=points,
    )


def _numbers(operator: DemoOperator) -> NDArray[np.int64]:
    """The series' number by object code and measurement code; -1 where there is none."""
    table = operator.series
    numbers = np.full((len(table.objects), len(table.measurements)), -1, np.int64)
    numbers[table.object_code, table.measurement_code] = np.arange(len(table))
    return numbers


def _trace(operator: DemoOperator, fault: Fault) -> Trace:
    changed = [effect.rows for effect in effects(operator.world.network, operator.series, fault)]
    return Trace(fault, np.unique(np.concatenate(changed)) if changed else np.empty(0, np.int64))


def _envelopes(operator: DemoOperator, end: Instant) -> Iterator[Measurements]:
    for emission in operator.history(ORIGIN, end):
        if emission.kind == "measurements" and isinstance(emission.body, dict):
            yield envelope_of(operator.config.domain, emission.body)


def envelope_of(domain: str, body: JsonObject) -> Measurements:
    columns: dict[str, Any] = dict(body)
    return Measurements(
        domain=domain,
        feed=FEED,
        granularity=columns["granularity_s"] * SECOND,
        objects=tuple(columns["managed_objects"]),
        names=tuple(columns["measurements"]),
        measured_object=np.ascontiguousarray(columns["managed_object"], np.int32),
        measurement=np.ascontiguousarray(columns["measurement"], np.int32),
        time=np.ascontiguousarray(columns["time"], np.int64),
        value=np.ascontiguousarray(columns["value"], np.float64),
        suspect=np.zeros(len(columns["time"]), np.bool_),
    )
