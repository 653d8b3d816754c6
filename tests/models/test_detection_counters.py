"""Counters as rates: equal to the gauge of the rate, wraps and resets told apart, gaps and repeats without a rate."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.detection.counters import COUNTER, COUNTER_32, COUNTER_64, GAUGE, fresh_meters, rates, room_for
from telassure.kernel.instant import DAY, MINUTE, SECOND
from tests.models.detection_shapes import MONDAY, Bench, Times, Values, grid, noisy

EVERY = 15 * MINUTE
PERIOD = EVERY // SECOND


def read(reading: Values, time: Times, kind: int = COUNTER, granularity: float = PERIOD) -> Values:
    rows = len(reading)
    kinds = np.full(rows, kind, np.int32)
    return rates(fresh_meters(1), kinds, np.zeros(rows, np.int32), time, np.asarray(reading, float), granularity)


def counted(rate: Values, start: float, width: float = np.inf) -> Values:
    """The readings of a meter that counts `rate` per second (whole multiples, so that sums are exact)."""
    total = start + np.cumsum(rate * PERIOD)
    return total if width == np.inf else total % width


def steps(count: int) -> Times:
    return MONDAY + np.arange(1, count + 1, dtype=np.int64) * EVERY


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**20), min_size=2, max_size=50), st.sampled_from([COUNTER, COUNTER_32, COUNTER_64]))
def test_a_counter_equals_the_gauge_of_its_rate(rate: list[int], kind: int) -> None:
    gauge = np.array(rate, float)

    found = read(counted(gauge, 1_000.0), steps(len(rate)), kind)

    assert np.isnan(found[0])
    assert found[1:].tolist() == gauge[1:].tolist()


def test_a_counter_scores_like_the_gauge_of_its_rate() -> None:
    time = grid(MONDAY, MONDAY + 14 * DAY)
    gauge = np.round(noisy(time, seed=1) * 64)
    gauge[1_200:1_210] = 0

    own = Bench().feed(time[1:], gauge[1:])
    found = Bench().feed(time[1:], read(counted(gauge, 5.0), time)[1:])

    assert np.array_equal(own.score, found.score, equal_nan=True)
    assert (own.score > 1).any()


@pytest.mark.parametrize("kind", [COUNTER, COUNTER_32])
@settings(deadline=None)
@given(st.integers(3, 40))
def test_a_wrap_of_32_bits_does_not_show(kind: int, before: int) -> None:
    gauge = np.full(60, 1_000.0)

    found = read(counted(gauge, 2.0**32 - before * 1_000.0 * PERIOD - 7, 2.0**32), steps(60), kind)

    assert found[1:].tolist() == [1_000.0] * 59


def test_a_wrap_of_64_bits_is_right_to_the_precision_of_a_reading() -> None:
    """Above 2^53 a reading itself is only known to within 2,048."""
    gauge = np.full(20, 1e9)

    found = read(counted(gauge, 2.0**64 - 10e9 * PERIOD, 2.0**64), steps(20), COUNTER_64)

    assert np.abs(found[1:] / 1e9 - 1).max() < 1e-5


@pytest.mark.parametrize("kind", [COUNTER, COUNTER_32, COUNTER_64])
@pytest.mark.parametrize("before", [5e5, 3e9])
def test_a_reset_has_no_rate_and_what_follows_has(kind: int, before: float) -> None:
    reading = np.concatenate((counted(np.full(10, 100.0), before), counted(np.full(10, 100.0), 0.0)))

    found = read(reading, steps(20), kind)

    assert np.flatnonzero(np.isnan(found)).tolist() == [0, 10]
    assert set(found[~np.isnan(found)].tolist()) == {100.0}


def test_a_gap_has_no_rate_and_two_missed_polls_have_their_mean() -> None:
    time, gauge = steps(40), np.full(40, 10.0)
    kept = np.r_[0:10, 12:20, 30:40]

    found = read(counted(gauge, 0.0)[kept], time[kept])

    assert np.flatnonzero(np.isnan(found)).tolist() == [0, 18]
    assert found[10] == 10.0


def test_rows_that_repeat_or_come_late_are_not_read_again() -> None:
    time, reading = steps(6), counted(np.full(6, 10.0), 0.0)
    order = np.array([0, 1, 1, 2, 1, 3])

    found = read(reading[order], time[order])

    assert np.isnan(found).tolist() == [True, False, True, False, True, False]
    assert set(found[[1, 3, 5]].tolist()) == {10.0}


@pytest.mark.parametrize("bad", [np.nan, -1.0])
def test_what_is_no_reading_leaves_the_meter_alone(bad: float) -> None:
    reading = counted(np.full(6, 10.0), 0.0)
    reading[3] = bad

    found = read(reading, steps(6))

    assert np.isnan(found).tolist() == [True, False, False, True, False, False]
    assert found[4] == 10.0


def test_gauges_among_counters_are_left_as_they_are_and_rows_score_alike_in_pieces() -> None:
    random = np.random.default_rng(3)
    slot = random.integers(-1, 5, 400).astype(np.int32)
    kinds = np.where(slot % 2 == 0, COUNTER, GAUGE).astype(np.int32)
    time, value = MONDAY + np.arange(400) * MINUTE, np.cumsum(random.random(400))
    meters, cut = room_for(fresh_meters(2), 5), fresh_meters(5)

    whole = rates(meters, kinds, slot, time, value, 60.0)
    pieces = [rates(cut, *(c[i : i + 7] for c in (kinds, slot, time, value)), 60.0) for i in range(0, 400, 7)]

    assert np.array_equal(whole, np.concatenate(pieces), equal_nan=True)
    assert meters[:5].tobytes() == cut.tobytes()
    assert np.array_equal(whole[kinds == GAUGE], value[kinds == GAUGE])
    assert np.isfinite(whole[kinds != GAUGE]).sum() > 100
