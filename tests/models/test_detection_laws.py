"""Laws of the seasonal kernel that hold for any input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.detection.layout import SERIES
from telassure.kernel.instant import DAY, HOUR, MINUTE
from tests.models.detection_shapes import MONDAY, Bench, grid, noisy

ANY = st.floats(allow_nan=True, allow_infinity=True)
ROWS = st.lists(st.tuples(st.integers(-1, 3), st.integers(-(2**62), 2**62), ANY, st.booleans()), max_size=60)
FIELDS = [name for name in SERIES.names or () if SERIES[name].kind == "f" or SERIES[name].base.kind == "f"]


def three_series(days: int):
    """Rows of three series, interleaved, with anomalies, gaps, repeats and missing values."""
    time = np.repeat(grid(MONDAY, MONDAY + days * DAY), 3)
    slot = np.tile(np.arange(3, dtype=np.int32), len(time) // 3)
    value = noisy(time, seed=5)
    random = np.random.default_rng(11)
    value[random.random(len(value)) < 0.02] *= 4
    value[(time > MONDAY + 3 * DAY) & (time < MONDAY + 3 * DAY + 4 * HOUR)] *= 0.2
    value[random.random(len(value)) < 0.02] = np.nan
    time = np.where(random.random(len(time)) < 0.01, time - 3 * HOUR, time)
    return slot, time, value, random.random(len(time)) < 0.01


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_rows_score_alike_alone_and_in_columns(size: int) -> None:
    slot, time, value, suspect = three_series(days=6)
    whole, cut = Bench(3), Bench(3)

    at_once = whole.rows(slot, time, value, suspect)
    pieces = [
        cut.rows(*(column[i : i + size] for column in (slot, time, value, suspect))) for i in range(0, len(time), size)
    ]

    joined = [np.concatenate(column) for column in zip(*pieces, strict=True)]
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(at_once, joined, strict=True))
    assert whole.state.tobytes() == cut.state.tobytes()
    assert len(whole.marks) > 0
    assert [m[["kind", "slot", "started", "changed", "peak"]] for m in whole.marks] == [
        m[["kind", "slot", "started", "changed", "peak"]] for m in cut.marks
    ]


def test_a_neighbour_changes_nothing() -> None:
    slot, time, value, suspect = three_series(days=6)
    together, alone = Bench(3), Bench(3)
    mine = slot == 1

    scores = together.rows(slot, time, value, suspect)
    own = alone.rows(slot[mine], time[mine], value[mine], suspect[mine])

    assert np.array_equal(scores.score[mine], own.score, equal_nan=True)
    assert together.state[1].tobytes() == alone.state[1].tobytes()


@pytest.mark.parametrize(("factor", "offset"), [(1e-12, 0.0), (1e12, 0.0), (1.0, 1e6), (-1.0, 100.0), (1e-3, 99.9)])
def test_another_unit_or_offset_gives_the_same_verdicts(factor: float, offset: float) -> None:
    slot, time, value, suspect = three_series(days=6)

    plain = Bench(3).rows(slot, time, value, suspect).score
    moved = Bench(3).rows(slot, time, offset + factor * value, suspect).score

    assert np.array_equal(np.isnan(plain), np.isnan(moved))
    assert np.mean(np.nan_to_num(plain > 1) != np.nan_to_num(moved > 1)) < 0.002  # a reading on the edge of a place


@pytest.mark.parametrize("shape", ["normal", "uniform", "lognormal", "two states", "heavy tail"])
def test_noise_of_any_shape_scores_above_1_as_seldom(shape: str) -> None:
    """Rows that could stand in any order, four weeks at 15 min of 20 series, after the first week."""
    random = np.random.default_rng(8)
    time = grid(MONDAY, MONDAY + 28 * DAY)
    size = len(time)
    draw = {
        "normal": lambda: random.normal(50, 5, size),
        "uniform": lambda: random.uniform(0, 1, size),
        "lognormal": lambda: random.lognormal(0, 0.5, size),
        "two states": lambda: random.choice([3.0, 9.0], size) + random.normal(0, 0.1, size),
        "heavy tail": lambda: random.standard_t(3, size),
    }[shape]
    score = np.array([Bench().feed(time, draw()).score[7 * 96 :] for _ in range(20)])
    assert (score > 1).mean() < 3 / 1_000


@pytest.mark.parametrize("factor", [2.0**-12, 2.0**20])
def test_another_unit_gives_exactly_the_same_scores_where_it_is_a_power_of_two(factor: float) -> None:
    slot, time, value, suspect = three_series(days=6)

    plain = Bench(3).rows(slot, time, value, suspect)
    scaled = Bench(3).rows(slot, time, value * factor, suspect)

    assert np.array_equal(plain.score, scaled.score, equal_nan=True)
    assert np.array_equal(plain.upper * factor, scaled.upper, equal_nan=True)


@settings(max_examples=200, deadline=None)
@given(ROWS)
def test_no_row_breaks_the_state(rows: list[tuple[int, int, float, bool]]) -> None:
    bench = Bench(4)
    slot, time, value, suspect = zip(*rows, strict=True) if rows else ((), (), (), ())

    scores = bench.rows(
        np.array(slot, np.int32), np.array(time, np.int64), np.array(value, float), np.array(suspect, np.bool_)
    )

    assert not (scores.score < 0).any()
    assert all(np.isfinite(bench.state[name]).all() for name in FIELDS)


@settings(max_examples=50, deadline=None)
@given(st.lists(ANY, min_size=1, max_size=300))
def test_any_values_after_a_learned_day_leave_finite_scores(values: list[float]) -> None:
    bench = Bench()
    bench.feed(grid(MONDAY, MONDAY + 3 * DAY), noisy(grid(MONDAY, MONDAY + 3 * DAY), seed=1))
    value = np.array(values)
    time = grid(MONDAY + 3 * DAY, MONDAY + 3 * DAY + len(value) * MINUTE, MINUTE)

    scores = bench.feed(time, value)

    assert np.array_equal(np.isfinite(scores.score), np.isfinite(value) & np.isfinite(scores.expected))
    assert all(np.isfinite(bench.state[name]).all() for name in FIELDS)


@pytest.mark.parametrize(("value", "suspect"), [(np.nan, False), (np.inf, False), (1e9, True)])
def test_missing_and_suspect_rows_are_neither_scored_nor_learned(value: float, suspect: bool) -> None:
    bench = Bench()
    learned = grid(MONDAY, MONDAY + 3 * DAY)
    bench.feed(learned, noisy(learned, seed=1))
    before = bench.state.tobytes()

    scores = bench.feed(np.array([MONDAY + 3 * DAY + HOUR]), np.array([value]), suspect=suspect)

    assert np.isnan(scores.score).all()
    assert bench.state.tobytes() == before


def test_a_row_that_is_not_newer_is_scored_and_not_learned() -> None:
    bench = Bench()
    learned = grid(MONDAY, MONDAY + 3 * DAY)
    bench.feed(learned, noisy(learned, seed=1))
    before = bench.state.tobytes()

    scores = bench.feed(np.array([MONDAY + 3 * DAY - HOUR, MONDAY + 3 * DAY]), np.array([1e6, 1e6]))

    assert (scores.score > 1).all()
    assert bench.state.tobytes() == before
