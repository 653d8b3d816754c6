"""Episodes are counted against windows by where they start, and come from the operator that a worker runs."""

import numpy as np
import pytest

from telassure.evaluation.anomalies.corpus import Series
from telassure.evaluation.anomalies.episodes import EpisodeCount, count_episodes, envelopes, episode_starts
from telassure.kernel.instant import DAY, HOUR, MINUTE
from tests.evaluation.series import START, STEP, series

LAST = 2_000 + 120  # of a window of 121 rows: ten hours, of which a quarter is two and a half


@pytest.mark.parametrize(
    ("rows", "found", "false"),
    [
        ((1_999,), 1, 0),  # one row before the window
        ((1_998,), 0, 1),
        ((2_000, 2_100), 1, 0),  # a second one in the window is not false, and finds nothing more
        ((LAST,), 1, 0),
        ((LAST + 30,), 0, 0),  # its last quarter behind it
        ((LAST + 31,), 0, 1),
        ((), 0, 0),
    ],
)
def test_an_episode_counts_by_where_it_starts(rows: tuple[int, ...], found: int, false: int) -> None:
    one = series(4_000, (2_000, LAST))
    assert count_episodes([one], {one.place: [START + STEP * row for row in rows]}) == EpisodeCount(1, found, false)


def test_behind_a_short_window_an_hour_is_allowed() -> None:
    one = series(4_000, (2_000, 2_006))
    at = int(one.time[2_006])
    assert count_episodes([one], {one.place: [at + HOUR]}).false == 0
    assert count_episodes([one], {one.place: [at + HOUR + STEP]}).false == 1


def test_a_row_is_as_long_as_the_series_own_spacing() -> None:
    time = START + DAY * np.arange(40, dtype=np.int64)
    daily = Series("group", "daily", time, np.zeros(40), ((int(time[30]), int(time[33])),))
    assert count_episodes([daily], {daily.place: [int(time[29])]}) == EpisodeCount(1, 1, 0)


def test_an_outage_is_an_episode_of_the_real_operator_in_its_own_corpus() -> None:
    chance = np.random.default_rng(3)
    rows = 10 * 96
    time = START + 15 * MINUTE * np.arange(rows, dtype=np.int64)
    value = 50 + 20 * np.sin(np.arange(rows) / 96 * 2 * np.pi) + chance.normal(0, 1, rows)
    quiet = Series("calls", "quiet", time, value.copy(), (), "north")
    value[700:712] = 0.0
    wrong = Series("calls", "quiet", time, value, ((int(time[700]), int(time[711])),), "south")

    starts = episode_starts([quiet, wrong], ())

    assert starts.get(quiet.place, []) == []
    assert count_episodes([wrong], starts) == EpisodeCount(1, 1, 0)


def test_rows_come_by_time_over_all_series_and_a_late_one_keeps_its_place_in_its_own() -> None:
    time = START + STEP * np.array([0, 3, 1, 4], np.int64)
    first = Series("group", "first", time, np.arange(4.0), ())
    second = Series("group", "second", START + STEP * np.array([2, 5], np.int64), np.array([10.0, 11.0]), ())
    (envelope,) = envelopes([first, second])
    assert envelope.value.tolist() == [0.0, 10.0, 1.0, 2.0, 3.0, 11.0]
    assert [envelope.objects[code] for code in envelope.measured_object] == [
        "group/first",
        "group/second",
        "group/first",
        "group/first",
        "group/first",
        "group/second",
    ]
