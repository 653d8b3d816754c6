"""What is new to a series, what is not, and what the profiles and the masks make of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.detection.earlier import SERIES_1, SERIES_2, from_version_1, from_version_2
from models.detection.histogram import FADE_DAYS, FADE_PARTS, fade, learn_reading
from models.detection.layout import (
    BINS,
    HOURLY_PARTS,
    JUMP,
    LEVEL,
    NOTHING,
    OPENED,
    PLACES,
    RHYTHM,
    SERIES,
    Columns,
    Setting,
    fresh_series,
)
from models.detection.novelty import caution, newness, sighted
from models.detection.seasonal import advance, no_marks, no_scores
from streams.catalogue import Catalogue
from streams.operators.detection.rules import rules_for
from telassure.kernel.events import PolicyValue
from telassure.kernel.instant import DAY, HOUR, MINUTE
from tests.models.detection_shapes import MONDAY, SILENCE, Bench, Values, grid, noisy

LIVE = MONDAY + 14 * DAY


def rules_of(profile: str):
    catalogue = Catalogue()
    catalogue.apply([PolicyValue("detection", "profile", profile)])
    return rules_for(catalogue, "site", ("throughput",))


def shown(readings: list[float], trim: float = 0.0):
    """One series whose JUMP channel has shown these readings."""
    series = fresh_series(1)
    for reading in readings:
        learn_reading(series[0], JUMP, reading, trim)
    return series


def new(series, reading: float) -> float:
    return newness(series[0], JUMP, sighted(series[0], rules_of("balanced")[0], JUMP, reading).away)


def test_a_series_takes_no_more_than_a_kilobyte() -> None:
    assert SERIES.itemsize <= 1_024


def test_what_was_seen_is_not_new_and_what_lies_between_is() -> None:
    series = shown([10.0, 10.5, 11.0, 30.0] * 20)

    assert [new(series, seen) for seen in (10.0, 11.0, 30.0)] == [0.0, 0.0, 0.0]
    assert new(series, 20.0) > 0.2
    assert new(series, 60.0) > new(series, 40.0) > 0.2


def test_rare_ends_do_not_widen_the_range() -> None:
    """One row at 1,000 among 400: with the ends trimmed, 60 is far from everything; without, it is lost."""
    readings = [10.0 + 0.02 * (row % 50) for row in range(400)] + [1_000.0] + [10.0] * 40

    assert new(shown(readings, trim=0.2), 60.0) > 10 * new(shown(readings), 60.0)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-1e30, 1e30), min_size=1, max_size=120))
def test_the_range_holds_every_reading(readings: list[float]) -> None:
    """Each count is one row's, and each reading is in a known place, whatever the range had to become."""
    series = shown(readings)[0]

    assert series["rows"][JUMP] == len(readings)
    if series["width"][JUMP] > 0:
        assert int(series["counts"][JUMP].sum()) == len(readings)
        assert series["low"][JUMP] <= min(readings)
        assert max(readings) <= series["low"][JUMP] + PLACES * float(series["width"][JUMP]) * (1 + 1e-6)
    assert 0 <= series["core"][JUMP, 0] <= series["core"][JUMP, 1] < PLACES


def test_a_value_seen_once_is_less_odd_the_next_time_and_odd_again_after_two_fadings() -> None:
    bench = Bench()
    first = grid(MONDAY, MONDAY + 2 * DAY)
    value = np.full(len(first), 100.0) + np.arange(len(first)) % 7
    value[150] = 300.0
    bench.feed(first, value)
    soon, later = (MONDAY + days * DAY for days in (3, 3 * FADE_DAYS))

    def again(start: int) -> float:
        time = grid(start, start + 6 * HOUR)
        quiet = 100.0 + np.arange(len(time)) % 7
        quiet[12] = 300.0
        return float(bench.feed(time, quiet).score[12])

    first_time = float(Bench().feed(first[:151], value[:151]).score[150])
    assert again(soon) < 0.5 * first_time
    assert again(later) > 1.2


FIRST = 20_000


def counted(days: list[int]):
    """One series with a hundred rows in every place, after these days since its first."""
    series = fresh_series(1)
    series["counts"], series["rows"] = 100, 12_800
    for day in [0, *days]:
        fade(series[0], FIRST + day)
    return series


def test_counts_are_halved_a_part_a_day_around_the_day_of_fading() -> None:
    """No day is one on which all that the series have seen once is new: a fifth of the places at most."""
    least, last = FADE_DAYS - FADE_PARTS // 2, FADE_DAYS + FADE_PARTS // 2
    halved = [int((counted([day])["counts"] == 50).sum()) for day in range(2 * FADE_DAYS - FADE_PARTS // 2)]

    assert (halved[least - 1], halved[last], halved[-1]) == (0, 2 * PLACES, 2 * PLACES)
    assert 0 < min(np.diff(halved)[least - 1 : last]) <= max(np.diff(halved)) <= 2 * PLACES / 5
    assert counted([last])["rows"][0].tolist() == [6_400, 12_800, 6_400]  # levels stay known


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 100), max_size=30))
def test_the_days_without_a_row_do_not_matter_for_what_is_forgotten(days: list[int]) -> None:
    assert counted([*sorted(days), 100]).tobytes() == counted([100]).tobytes()


def test_a_series_that_comes_back_after_years_begins_anew() -> None:
    series = counted([4_000, 4_001])[0]

    forgotten = [JUMP, RHYTHM]
    assert (int(series["rows"][forgotten].sum()), int(series["counts"][forgotten].sum())) == (0, 0)
    assert series["faded"] == FIRST + 4_000


@pytest.mark.parametrize(("rows", "times"), [(48, 3.25), (72, 2.0), (288, 1.0625), (65_535, 1.0)])
def test_the_younger_a_series_the_newer_a_row_must_be(rows: int, times: float) -> None:
    series = fresh_series(1)
    series["rows"] = rows

    assert caution(series[0]) == pytest.approx(times, rel=1e-5)


def test_young_series_of_plain_noise_are_seldom_anomalous() -> None:
    """Hourly readings with a heavy tail, ten days of each of 40 series. Without caution, two of a hundred rows of the
    first scored days are the farthest yet by enough to score above 1."""
    random = np.random.default_rng(5)
    time = grid(MONDAY, MONDAY + 10 * DAY, HOUR)
    score = np.array([Bench().feed(time, random.lognormal(0.0, 0.3, len(time))).score for _ in range(40)])

    young = score[:, 48:96]
    assert (young > 1).mean() < 0.01


def test_a_spike_scores_once_and_the_same_spike_again_does_not() -> None:
    bench = Bench()
    time = grid(MONDAY, MONDAY + 6 * DAY)
    value = 100.0 + np.arange(len(time)) % 7
    spikes = [400, 449, 498]
    value[spikes] = 300.0

    scores = bench.feed(time, value)

    assert scores.score[400] > 1
    assert (scores.score[spikes[1:]] < 1).all()


@pytest.mark.parametrize(("fault", "channel"), [("spike", JUMP), ("flat", RHYTHM), ("none", NOTHING)])
def test_a_score_says_what_spoke_loudest(fault: str, channel: int) -> None:
    bench = Bench()
    time = grid(MONDAY, MONDAY + 5 * DAY)
    value = 100 - 50 * np.cos(2 * np.pi * time / DAY) + np.random.default_rng(3).standard_normal(len(time))
    if fault == "spike":
        value[440] += 60
    if fault == "flat":
        value[420:460] = value[419]

    scores = bench.feed(time, value)

    place = 440 if fault == "spike" else 420 + int(np.argmax(scores.score[420:460]))
    assert scores.channel[place] == channel or fault == "none"
    judged = np.isfinite(scores.score)
    assert np.allclose(scores.part[judged].sum(axis=1), scores.score[judged], rtol=1e-5)
    assert (scores.score[place] > 1) == (fault != "none")


def test_the_profiles_tell_more_and_less() -> None:
    time = grid(MONDAY, MONDAY + 28 * DAY)
    value = noisy(time, seed=8)
    value[np.random.default_rng(2).random(len(time)) < 0.01] *= 1.6

    told = {
        profile: int((Bench(rules=rules_of(profile)).feed(time, value).score > 1).sum())
        for profile in ("novelty", "balanced", "sensitive")
    }

    assert told["novelty"] <= told["balanced"] < told["sensitive"]


def masked(bench: Bench, value: Values, **masks: np.ndarray):
    time = grid(LIVE, LIVE + len(value) * 15 * MINUTE)
    columns = Columns(
        np.zeros(len(time), np.int32),
        np.zeros(len(time), np.int32),
        time,
        value,
        np.zeros(len(time), np.bool_),
        **masks,
    )
    scores, marks = no_scores(len(time)), no_marks(len(time))
    count = advance(bench.state, bench.rules, columns, Setting(0, bench.granularity, SILENCE), scores, marks)
    return scores, marks[:count]


def trained() -> Bench:
    bench = Bench()
    time = grid(MONDAY, LIVE)
    bench.feed(time, noisy(time, seed=1))
    return bench


def test_rows_of_a_maintenance_are_scored_and_raise_nothing() -> None:
    fault = np.full(8, 300.0)

    scores, marks = masked(trained(), fault, unalarmed=np.ones(8, np.bool_))
    _, unmasked = masked(trained(), fault)

    assert scores.score[0] > 1
    assert (len(marks), unmasked["kind"][0]) == (0, OPENED)


def test_rows_that_must_not_be_learned_leave_all_but_the_run_as_it_was() -> None:
    bench = trained()
    before = bench.state.copy()

    masked(bench, np.full(8, 300.0), unlearned=np.ones(8, np.bool_))

    for name in ("profile", "usual", "counts", "rows", "level", "spread", "before", "strayed", "stirred"):
        assert np.array_equal(bench.state[name], before[name]), name


def test_the_wall_clock_of_the_network_decides_the_hour() -> None:
    """Times an hour ahead with a wall clock an hour behind them teach the same hours as neither."""
    value = noisy(grid(LIVE, LIVE + 2 * DAY), seed=2)
    time = grid(LIVE, LIVE + 2 * DAY)
    moved, plain = Bench(), Bench()

    zeros = np.zeros(len(time), np.int32)
    columns = Columns(zeros, zeros, time + HOUR, value, zeros > 0, local=time)
    advance(moved.state, moved.rules, columns, Setting(0, 900.0, SILENCE), no_scores(len(time)), no_marks(len(time)))
    plain.feed(time, value)

    assert np.array_equal(moved.state["usual"], plain.state["usual"])
    assert np.array_equal(moved.state["profile"], plain.state["profile"])


def test_the_state_of_the_previous_release_keeps_its_band() -> None:
    old = np.zeros(2, SERIES_1)
    old["last"], old["level"], old["spread"], old["hourly"], old["stretch"] = LIVE, 3.0, 2.0, 1.5, 1.0
    old["residuals"], old["learned"], old["seen"], old["open"] = 900, 9e5, 2e5, [0, 1]
    old["profile"] = np.repeat(np.arange(2 * BINS), 2)
    old["evidence"] = 7_200.0

    series = from_version_1(old)

    assert np.array_equal(series["profile"], np.tile(np.arange(2 * BINS, dtype=np.float32), (2, 1)))
    assert (series["evidence"] == 240).all()
    assert (series["hourly"] == 1.5 * HOURLY_PARTS).all()
    assert (series["last"].tolist(), series["open"].tolist()) == ([LIVE, LIVE], [0, 1])
    assert (series["rows"] == 0).all()


def test_the_state_of_the_release_before_keeps_band_jumps_and_rhythms_and_learns_levels_anew() -> None:
    bench = Bench()
    learned = grid(MONDAY, LIVE)
    bench.feed(learned, noisy(learned, seed=1))
    old = np.zeros(1, SERIES_2)
    for name in SERIES_2.names or ():
        if name in (SERIES.names or ()):
            old[name] = bench.state[name]
    old["evidence"] = 240 * bench.state["evidence"].astype(int)
    old["hourly"] = bench.state["hourly"] / HOURLY_PARTS
    old["level"] += np.float32(bench.state["origin"][0])
    old["usual"] += np.float32(bench.state["origin"][0])
    old["fast"] = bench.state["origin"] + bench.state["before"][:, 0]

    bench.state = from_version_2(old)
    time = grid(LIVE, LIVE + DAY)
    value = noisy(time, seed=2)
    value[48:56] = 0.0
    score = bench.feed(time, value).score

    assert (score[:48] < 1).all()
    assert bench.state["open"][0] or any(mark["kind"] == OPENED for mark in bench.marks)
    assert bench.state["rows"][0, LEVEL] == len(time)
