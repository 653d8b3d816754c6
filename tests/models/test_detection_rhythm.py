"""A job that an element runs at its hour of the day is told at first, and no news later; at another hour it is."""

import numpy as np
import pytest

from telassure.evaluation.elements.labelled import LabelledElement
from telassure.evaluation.elements.told import told_of
from telassure.kernel.instant import DAY, HOUR, MINUTE
from tests.models.detection_shapes import MONDAY

DAYS = 24
TIME = np.arange(MONDAY, MONDAY + DAYS * DAY, 15 * MINUTE, dtype=np.int64)
LAST_WEEK = MONDAY + (DAYS - 7) * DAY
KPIS = 8


def nightly(hour: int, seed: int) -> np.ndarray:
    """Noise of 1; each day at this hour most KPIs are some 10 off for a quarter of an hour, on one day in three."""
    random = np.random.default_rng(seed)
    found = 50 + random.normal(size=(len(TIME), KPIS))
    at = hour * HOUR + 15 * MINUTE == (TIME - MONDAY) % DAY
    days = int(at.sum())
    size = random.uniform(6, 14, days) * (random.random(days) < 0.7)
    found[at] += size[:, None] * (random.random((days, KPIS)) < 0.8)
    return found


def opened(value: np.ndarray) -> list[int]:
    names = tuple(f"kpi{number}" for number in range(KPIS))
    return sorted(told_of(LabelledElement("router", names, TIME, value, ())).element.opened.values())


@pytest.mark.parametrize(("hour", "seed"), [(0, 1), (3, 2), (13, 3)])
def test_a_job_of_every_night_is_hardly_news_after_some_weeks(hour: int, seed: int) -> None:
    told = opened(nightly(hour, seed))

    assert sum(at >= LAST_WEEK for at in told) <= 1  # of about five; without a memory of hours four or more


@pytest.mark.parametrize(("hour", "seed"), [(0, 1), (3, 2), (13, 3)])
def test_the_same_at_another_hour_is_told(hour: int, seed: int) -> None:
    value = nightly(hour, seed)
    strange = LAST_WEEK + 3 * DAY + (hour + 6) % 24 * HOUR + 15 * MINUTE
    value[np.searchsorted(TIME, strange)] += 14

    assert strange in opened(value)
