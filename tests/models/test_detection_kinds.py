"""Episodes on made series of the kinds that real networks have, with other seeds, units, rows and hours each."""

from collections.abc import Callable

import numpy as np
import pytest

from models.detection.layout import OPENED
from telassure.kernel.instant import DAY, HOUR, MINUTE
from tests.models.detection_shapes import MONDAY, Bench, Times, Values, grid

UNITS = (1e-12, 1.0, 1e12)
ROW = 15 * MINUTE
WEEKS = 5
TIME = grid(MONDAY, MONDAY + 7 * WEEKS * DAY)
HOUR_OF_DAY = (TIME % DAY) / HOUR
WEEKDAY = (TIME // DAY + 3) % 7 < 5


def started(value: Values, time: Times = TIME) -> list[int]:
    """When the episodes of one series start."""
    bench = Bench(granularity=0.0)
    bench.feed(time, value)
    return [int(mark["started"]) for mark in bench.marks if mark["kind"] == OPENED]


def during(first: int, hours: float, time: Times = TIME) -> np.ndarray:
    return (time >= first) & (time < first + int(hours * HOUR))


def rare(random: np.random.Generator) -> Values:
    """Errors: nearly always 0."""
    return random.poisson(random.uniform(0.01, 0.08), len(TIME)).astype(float)


def tens(random: np.random.Generator) -> Values:
    """Drops: nearly always 0, else anything from 10 to 110."""
    return np.where(random.random(len(TIME)) < random.uniform(0.005, 0.03), random.integers(1, 12, len(TIME)) * 10.0, 0)


def quantised(random: np.random.Generator) -> Values:
    return np.round(random.normal(2, 0.7, len(TIME))).clip(0)


def two_granularities(random: np.random.Generator) -> Values:
    value = random.normal(30, 3, len(TIME))
    value[::4] *= 4
    return value


def trend(random: np.random.Generator) -> Values:
    return np.arange(len(TIME)) * 0.01 + random.normal(0, 2, len(TIME))


def with_one_bad_row(random: np.random.Generator) -> Values:
    value = np.full(len(TIME), random.choice([0.0, 7.0, 40.0])) + random.choice([0.0, 0.3]) * random.normal(
        0, 1, len(TIME)
    )
    value[random.integers(2_000, 3_000)] += random.choice([1_000.0, 50.0])
    return value


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("kind", [rare, tens, quantised, two_granularities, trend, with_one_bad_row])
def test_a_series_that_is_well_opens_hardly_any_episode(kind: Callable[..., Values], unit: float) -> None:
    """At most one in ten series of five weeks."""
    told = [started(unit * kind(np.random.default_rng(seed))) for seed in range(10)]
    assert sum(map(len, told)) <= 1


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(("least", "hour"), [(12, 11), (30, 2)])
def test_a_burst_of_a_counter_that_is_nearly_always_0_is_found(unit: float, least: int, hour: int) -> None:
    found = 0
    for seed in range(10):
        random = np.random.default_rng(seed)
        value, first = rare(random), MONDAY + int(random.integers(24, 33)) * DAY + hour * HOUR
        burst = during(first, 2.5)
        value[burst] += random.poisson(least, burst.sum())
        found += any(first - ROW <= start < first + 2.5 * HOUR for start in started(unit * value))
    assert found == 10


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(("usual", "noise", "away"), [(0.0, 0.0, 1.0), (7.0, 0.0, 1_000.0), (25.0, 0.5, -25.0)])
def test_two_hours_elsewhere_are_one_episode_and_so_are_the_next_two(
    usual: float, noise: float, away: float, unit: float
) -> None:
    value = usual + noise * np.random.default_rng(4).standard_normal(len(TIME))
    firsts = (MONDAY + 22 * DAY + 13 * HOUR, MONDAY + 26 * DAY + 9 * HOUR)
    for first in firsts:
        value[during(first, 2.0)] += away
    assert started(unit * value) == list(firsts)


@pytest.mark.parametrize(("day", "hour", "hours"), [(2, 10, 1.5), (3, 22, 2.0), (6, 2, 1.25)])
def test_a_weekly_job_is_told_twice_and_is_known_by_its_third_week(day: int, hour: int, hours: float) -> None:
    value = np.random.default_rng(2).normal(17, 1, len(TIME))
    firsts = [MONDAY + (7 * week + day) * DAY + hour * HOUR for week in range(WEEKS)]
    for first in firsts:
        value[during(first, hours)] += 70
    assert started(value) == firsts[:2]


def test_what_is_farther_out_than_the_weekly_job_is_told_in_its_hour_too() -> None:
    value = np.random.default_rng(2).normal(17, 1, len(TIME))
    firsts = [MONDAY + (7 * week + 3) * DAY + 10 * HOUR for week in range(WEEKS)]
    for first, away in zip(firsts, (70, 70, 70, 70, 7_000), strict=True):
        value[during(first, 1.5)] += away
    assert started(value) == [*firsts[:2], firsts[4]]


@pytest.mark.parametrize("mean", [40, 300])
@pytest.mark.parametrize(("begins", "ends"), [(7, 16), (9, 18)])
def test_working_hours_that_are_empty_for_once_are_found_and_few_others(mean: int, begins: int, ends: int) -> None:
    found = false = 0
    for seed in range(10):
        random = np.random.default_rng(seed)
        at_work = (begins <= HOUR_OF_DAY) & (ends > HOUR_OF_DAY) & WEEKDAY
        value = np.where(at_work, random.poisson(mean, len(TIME)), 0.0)
        first = MONDAY + int(random.choice([22, 23, 24, 29, 30])) * DAY + (begins + 3) * HOUR
        value[during(first, 3.0)] = 0
        starts = started(value)
        found += any(first - ROW <= start < first + 3 * HOUR for start in starts)
        false += sum(not first - ROW <= start < first + 4 * HOUR for start in starts)
    assert found >= 9
    assert false <= 5


@pytest.mark.parametrize("hours", [8, 24, 168])
@pytest.mark.parametrize("during_fault", [0.0, 900.0])
def test_rows_of_eight_hours_a_day_or_a_week_open_an_episode(hours: int, during_fault: float) -> None:
    time = grid(MONDAY, MONDAY + 200 * hours * HOUR, hours * HOUR)
    value = np.random.default_rng(hours).normal(500, 30, len(time))
    value[150:156] = during_fault
    assert started(value, time) == [int(time[150])]


def test_a_saw_tooth_of_a_week_is_told_no_more_from_its_third_reset() -> None:
    value = (np.arange(len(TIME)) % (7 * 96)) / 7.0 + np.random.default_rng(3).normal(0, 0.3, len(TIME))
    assert not [start for start in started(value) if start > MONDAY + 15 * DAY]
