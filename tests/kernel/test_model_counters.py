"""Which series `telassure models counters` looks at, where there are many or some are gone."""

from collections.abc import Sequence

import numpy as np

from telassure.app.cli.model_counters import undeclared
from telassure.kernel.events import Measurements, ScoredPoints
from telassure.kernel.events.shares import UNKNOWN
from telassure.kernel.instant import DAY, HOUR, MINUTE
from telassure.store.memory_metrics import MemoryMetricStore

STEP = 15 * MINUTE
START = 20_000 * DAY


def grown(objects: Sequence[str], name: str, since: int = START) -> ScoredPoints:
    """Two days of a counter of each object."""
    rows = 192 * len(objects)
    time = since + STEP * np.repeat(np.arange(192), len(objects))
    envelope = Measurements(
        "north",
        "snmp",
        STEP,
        tuple(objects),
        (name,),
        np.tile(np.arange(len(objects), dtype=np.int32), 192),
        np.zeros(rows, np.int32),
        time,
        time / HOUR,
        np.zeros(rows, np.bool_),
    )
    unknown = np.full(rows, np.nan)
    return ScoredPoints(envelope, unknown, unknown, unknown, unknown, np.full(rows, UNKNOWN, np.uint8))


def test_a_measurement_is_found_also_where_the_first_of_its_objects_are_gone() -> None:
    store = MemoryMetricStore()
    store.write(grown([f"a-{n}" for n in range(9)], "octets", START - 30 * DAY), "test", 1)
    store.write(grown(["b-1"], "octets"), "test", 2)
    store.flush()

    assert [(each["measurement"], each["managed_object"]) for each in undeclared(store, set(), 2)] == [
        ("octets", "b-1")
    ]


def test_the_last_of_very_many_series_is_looked_through() -> None:
    store = MemoryMetricStore()
    store.write(grown([f"a-{n:04}" for n in range(1_200)], "declared"), "test", 1)
    store.write(grown(["b-1"], "octets"), "test", 2)
    store.flush()

    assert [each["measurement"] for each in undeclared(store, {"declared"}, 2)] == ["octets"]
