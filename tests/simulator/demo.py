"""What the simulator's tests share: a small operator, and its emissions as comparable rows."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from telassure.kernel.instant import DAY, HOUR, parse_instant
from telassure.simulator.config import DemoConfig, Emission, FaultKind, ScheduledFault
from telassure.simulator.operator import DemoOperator

BEGIN = parse_instant("2026-03-02T00:00:00Z")
AT = 34 * HOUR  # faults of these tests start at 10:00 on the second day
LASTS = 2 * HOUR


def small(**changes: Any) -> DemoConfig:
    """One site a city and 80 customers, without any fault unless asked for."""
    settings: dict[str, Any] = {
        "sites_per_city": 1,
        "consumers": 70,
        "enterprises": 10,
        "history_faults": 0,
        "noise_alarms": 0.0,
        "live_rates": {},
    }
    return DemoConfig(**{**settings, **changes})


def with_fault(
    kind: FaultKind, target: str | None = None, at: int = AT, lasts: int = LASTS, **changes: Any
) -> DemoOperator:
    order = ScheduledFault(kind, at, lasts, target)
    return DemoOperator(small(schedule=(order,), **changes))


def rows(emissions: Iterable[Emission]) -> dict[str, list[Any]]:
    """The rows of each kind, in order: columnar bodies as tuples, others as they are."""
    found: dict[str, list[Any]] = defaultdict(list)
    for kind, _, body, _ in emissions:
        if isinstance(body, list):
            found[kind] += body
        elif kind == "measurements":
            found[kind] += _points(body)
        else:
            names = ("record_id", "subscriber", "service", "destination", "switch", "time", "volume")
            found[kind] += zip(*(list(body[name]) for name in names), strict=True)  # type: ignore[call-overload]
    return found


def _points(body: dict[str, Any]) -> Iterable[tuple[str, str, int, float]]:
    objects = [body["managed_objects"][code] for code in body["managed_object"]]
    names = [body["measurements"][code] for code in body["measurement"]]
    return zip(objects, names, body["time"].tolist(), body["value"].tolist(), strict=True)


def days(operator: DemoOperator, count: int = 3) -> dict[str, list[Any]]:
    return rows(operator.history(BEGIN, BEGIN + count * DAY))


def during_fault(points: list[Any], measurement: str, objects: Iterable[str]) -> np.ndarray[Any, Any]:
    """The values of these objects in periods that lie wholly within the fault of `with_fault`."""
    wanted = set(objects)
    start = BEGIN + AT + HOUR // 4
    return np.array(
        [v for o, m, t, v in points if m == measurement and o in wanted and start <= t <= BEGIN + AT + LASTS]
    )
