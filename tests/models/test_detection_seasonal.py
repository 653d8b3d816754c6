"""What the detector makes of the day and the week: bands, episodes, what it learns, and how soon."""

import numpy as np
import pytest

from models.detection.layout import OPENED, RECOVERED, SILENT
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND
from tests.models.detection_shapes import MONDAY, Bench, grid, noisy, weekly

WEEKS_2 = grid(MONDAY, MONDAY + 14 * DAY)
LIVE = MONDAY + 14 * DAY


def trained(seed: int = 1) -> Bench:
    bench = Bench()
    bench.feed(WEEKS_2, noisy(WEEKS_2, seed))
    return bench


def test_it_is_silent_until_a_day_is_behind_it() -> None:
    time = grid(MONDAY, MONDAY + 3 * DAY)

    scores = Bench().feed(time, noisy(time, seed=1))

    scored = np.isfinite(scores.score)
    assert not scored[time <= MONDAY + DAY].any()
    assert scored[time > MONDAY + DAY + HOUR].all()
    assert np.array_equal(scored, np.isfinite(scores.expected) & np.isfinite(scores.lower) & np.isfinite(scores.upper))


def test_the_first_saturday_is_not_judged_by_weekdays() -> None:
    bench = Bench()
    time = grid(MONDAY, MONDAY + 7 * DAY)

    scores = bench.feed(time, noisy(time, seed=1))

    saturday = (time > MONDAY + 5 * DAY + HOUR) & (time < MONDAY + 6 * DAY - HOUR)
    assert np.abs(scores.expected / weekly(time) - 1)[saturday].max() < 0.3
    assert (scores.score > 1)[saturday].mean() < 0.02  # as rare as a score says it is, and never three of five
    assert len(bench.marks) == 0


def test_the_expected_value_follows_day_and_week() -> None:
    bench = trained()
    time = grid(LIVE, LIVE + 7 * DAY)

    scores = bench.feed(time, noisy(time, seed=1))

    assert np.median(np.abs(scores.expected / weekly(time) - 1)) < 0.05


@pytest.mark.parametrize("every", [15 * SECOND, MINUTE, HOUR])
def test_a_change_of_granularity_keeps_the_profile_and_raises_no_episode(every: int) -> None:
    bench = trained()
    night = [bench.state["profile"][0, place] for place in range(2, 5)]
    bench.granularity = every / SECOND
    time = grid(LIVE + 6 * HOUR, LIVE + 18 * HOUR, every)

    scores = bench.feed(time, noisy(time, seed=3))

    assert [bench.state["profile"][0, place] for place in range(2, 5)] == night
    assert np.median(np.abs(scores.expected / weekly(time) - 1)) < 0.06
    assert len(bench.marks) == 0


def test_a_constant_series_scores_zero_and_a_twentieth_off_is_anomalous() -> None:
    bench = Bench()
    time = grid(MONDAY, MONDAY + 3 * DAY)
    quiet = bench.feed(time, np.full(len(time), 99.9))

    jump = bench.feed(np.array([MONDAY + 3 * DAY + 15 * MINUTE]), np.array([95.0]))

    assert np.nanmax(quiet.score) < 0.01
    assert jump.score[0] > 1


def test_an_almost_constant_series_is_not_held_to_its_last_digit() -> None:
    bench = Bench()
    time = grid(MONDAY, MONDAY + 5 * DAY)

    scores = bench.feed(time, np.where(np.arange(len(time)) % 50 == 49, 99.8, 99.9))

    assert np.nanmax(scores.score) < 1
    assert len(bench.marks) == 0


@pytest.mark.parametrize(("usual", "noise", "wrong"), [(99.9, 0.03, 98.3), (0.1, 0.03, 1.7), (5e6, 2.0, 5e6 - 90.0)])
@pytest.mark.parametrize("factor", [1.0, 1e-9, 1e9])
def test_three_hours_far_outside_its_own_noise_are_an_episode_whatever_the_value(
    usual: float, noise: float, wrong: float, factor: float
) -> None:
    """A success rate near 100 %, its failures, and a drop on a large offset, in three units."""
    bench = Bench()
    time = grid(MONDAY, LIVE + DAY)
    value = usual + noise * np.random.default_rng(4).standard_normal(len(time))
    during = (time > LIVE + 9 * HOUR) & (time <= LIVE + 12 * HOUR)
    value[during] += wrong - usual

    bench.feed(time, factor * value)

    opened = bench.marks[bench.marks["kind"] == OPENED]
    assert sum(started in time[during] for started in opened["started"]) == 1


def test_an_anomaly_of_six_hours_does_not_teach_itself_normal() -> None:
    bench = trained()
    morning = grid(LIVE, LIVE + 9 * HOUR)
    bench.feed(morning, noisy(morning, seed=2))
    fault = grid(LIVE + 9 * HOUR, LIVE + 15 * HOUR)
    during = bench.feed(fault, 0.3 * noisy(fault, seed=2))
    after = grid(LIVE + 15 * HOUR, LIVE + 2 * DAY)

    later = bench.feed(after, noisy(after, seed=2))

    assert during.score[0] > 1
    assert bench.marks["kind"][0] == OPENED
    assert [m["changed"] - fault[-1] for m in bench.marks if m["kind"] == RECOVERED] == [HOUR]
    assert (later.score > 1).mean() < 0.02


def test_a_new_level_is_new_for_some_rows_and_its_episode_ends_after_a_day() -> None:
    bench = trained()
    time = grid(LIVE, LIVE + 3 * DAY)

    scores = bench.feed(time, noisy(time, seed=2) + 60)

    assert scores.score[0] > 1
    assert not (scores.score[time > LIVE + 26 * HOUR] > 1).any()
    opened, *_, closed = bench.marks
    assert (opened["kind"], opened["changed"]) == (OPENED, LIVE + 45 * MINUTE)
    assert closed["kind"] == RECOVERED
    assert LIVE + 22 * HOUR < closed["changed"] < LIVE + 26 * HOUR


def test_a_series_that_wakes_after_a_week_of_zeros_is_learned() -> None:
    bench = Bench()
    idle = grid(MONDAY, MONDAY + 7 * DAY)
    bench.feed(idle, np.zeros(len(idle)))
    busy = grid(MONDAY + 7 * DAY, MONDAY + 12 * DAY)

    scores = bench.feed(busy, 10 + np.random.default_rng(1).standard_normal(len(busy)))

    assert (scores.score[busy > MONDAY + 9 * DAY] > 1).mean() < 0.02


def test_regular_bursts_become_part_of_the_band() -> None:
    bench = Bench()
    time = grid(MONDAY, MONDAY + 21 * DAY)
    burst = np.random.default_rng(4).random(len(time)) < 0.15

    scores = bench.feed(time, noisy(time, seed=4) + 80 * burst)

    assert (scores.score[time > MONDAY + 14 * DAY] > 1).mean() < 0.04


def test_injected_faults_are_found_and_clean_series_stay_quiet() -> None:
    """60 series, two weeks to learn, one week with a fault in every second series: drops, surges and sleeping cells.

    Bounds: every fault of 70 % or more is found within an hour, at least 9 of 10 episodes are faults, and the clean
    series raise less than one episode in 50 series-days.
    """
    random = np.random.default_rng(9)
    found = raised_by_faults = raised = clean = 0
    for seed in range(60):
        time = grid(MONDAY, LIVE + 7 * DAY)
        value = noisy(time, seed)
        begin = LIVE + int(random.integers(0, 6 * 96)) * 15 * MINUTE
        end = begin + int(random.integers(8, 24)) * 15 * MINUTE
        hit = (time > begin) & (time <= end)
        if seed % 2:
            value[hit] *= random.choice([0.0, 0.3, 2.0])
        bench = Bench()
        bench.feed(time, value)
        opened = bench.marks[bench.marks["kind"] == OPENED]
        mine = (opened["changed"] > begin) & (opened["changed"] <= end)
        raised += len(opened)
        if seed % 2:
            found += bool((opened["changed"][mine] <= begin + HOUR).any())
            raised_by_faults += int(mine.sum())
        else:
            clean += len(opened)

    assert found == 30
    assert raised_by_faults / raised >= 0.9
    assert clean / (30 * 19.5) < 0.02


def test_three_of_five_open_and_four_of_five_close() -> None:
    bench = trained()
    time = grid(LIVE, LIVE + 5 * HOUR)
    value = weekly(time)
    value[[2, 4, 5]] *= 3

    bench.feed(time, value)

    assert [(m["kind"], m["started"], m["changed"]) for m in bench.marks if m["kind"] in (OPENED, RECOVERED)] == [
        (OPENED, time[2], time[5]),
        (RECOVERED, time[2], time[9]),
    ]


def test_two_anomalous_rows_are_no_episode() -> None:
    bench = trained()
    time = grid(LIVE, LIVE + 5 * HOUR)
    value = weekly(time)
    value[[2, 3]] *= 5

    bench.feed(time, value)

    assert len(bench.marks) == 0


def test_a_row_after_a_long_silence_ends_the_episode_where_the_silence_did() -> None:
    bench = trained()
    fault = grid(LIVE, LIVE + HOUR)
    bench.feed(fault, 3 * weekly(fault))

    bench.feed(np.array([LIVE + 12 * HOUR]), weekly(np.array([LIVE + 12 * HOUR])))

    last = bench.marks[-1]
    assert (last["kind"], last["ended"], last["changed"]) == (SILENT, LIVE + HOUR, LIVE + 7 * HOUR)
