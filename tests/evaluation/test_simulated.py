"""Episodes against the simulator's ground truth: attribution by hand, and a small network end to end."""

import math

import numpy as np
import pytest

from telassure.evaluation.anomalies.openings import Openings, daily_three_sigma, opened, static_three_sigma
from telassure.evaluation.anomalies.simulated import Contender, evaluate_simulated
from telassure.evaluation.anomalies.simulated_week import Trace, Week, faults_of, run_week
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import PolicyValue
from telassure.kernel.instant import DAY, HOUR, MINUTE
from telassure.simulator.config import NETWORK_KINDS, FaultKind
from telassure.simulator.faults import Fault

NAMES = [("cell-1", "prb"), ("cell-1", "thp"), ("cell-2", "prb"), ("router-1", "cpu")]
SMALL = {"sites_per_city": 1, "consumers": 70, "enterprises": 10}
SLEEPING, CONGESTED = FaultKind.SLEEPING_CELL, FaultKind.CONGESTED_CORE


def outcome(*openings: tuple[int, int]) -> Contender:
    """Of a sleeping cell 1 from 10:00 to 11:00, a congested router from 12:00 to 13:00, and these (time, series)."""
    traces = [
        Trace(Fault("a", SLEEPING, "cell-1", 10 * HOUR, 11 * HOUR, "scheduled"), np.array([0, 1])),
        Trace(Fault("b", CONGESTED, "router-1", 12 * HOUR, 13 * HOUR, "scheduled"), np.array([3])),
    ]
    table = np.array(sorted(openings), np.int64).reshape(-1, 2)
    found = Openings(table[:, 0], table[:, 1])
    week = Week(NAMES, np.arange(2), np.zeros((2, 4)), 0, 15 * MINUTE, traces, found, 8)
    result = Contender()
    result.add(week, found)
    return result


def test_an_episode_on_a_series_of_the_fault_while_it_lasts_finds_it() -> None:
    sleeping = outcome((10 * HOUR + 45 * MINUTE, 1), (11 * HOUR, 0)).kinds[SLEEPING].figures()
    assert (sleeping["recall"], sleeping["precision"], sleeping["delay_p50_s"]) == (1, 1, 45 * 60)
    assert sleeping["series_recall"] == 1


@pytest.mark.parametrize(
    ("at", "series", "true"),
    [
        (10 * HOUR, 0, 0),  # at the very start no changed period has ended
        (11 * HOUR + 15 * MINUTE, 0, 1),  # the period that held the end
        (11 * HOUR + 30 * MINUTE, 0, 0),
        (10 * HOUR + 30 * MINUTE, 2, 0),  # another cell
        (10 * HOUR + 30 * MINUTE, 3, 0),  # another fault's series
    ],
)
def test_an_episode_elsewhere_or_at_another_time_is_false(at: int, series: int, true: int) -> None:
    found = outcome((at, series))
    assert (found.true, found.false) == (true, 1 - true)


def test_a_false_episode_counts_against_the_kinds_that_change_its_measurement() -> None:
    found = outcome((2 * HOUR, 2), (10 * HOUR + 45 * MINUTE, 0))
    assert (found.kinds[SLEEPING].figures()["precision"], found.kinds[CONGESTED].figures()["precision"]) == (
        1 / 2,
        None,
    )
    together = found.figures(series_days=4.0)
    assert (together["precision"], together["recall"], together["false_episodes_per_series_day"]) == (
        1 / 2,
        1 / 2,
        1 / 4,
    )


def test_an_episode_opens_on_three_of_five_and_again_only_after_four_normal_ones_of_five() -> None:
    outside = np.array([[int(x)] for x in "0101100010111100000111"], bool)
    found = opened(np.arange(len(outside)), outside)
    assert found.time.tolist() == [4, 12, 21]


def test_three_sigma_knows_the_hour_only_where_it_is_told_to() -> None:
    """A night value at noon: normal for the whole day's range, not for noon."""
    period, days = 15 * MINUTE, 16
    time = DAY * 4 + period * np.arange(96 * days, dtype=np.int64)  # from a Monday on
    chance = np.random.default_rng(4)
    value = (50 - 40 * np.cos(time % DAY / DAY * 2 * math.pi) + chance.normal(0, 1, len(time)))[:, None]
    history = 96 * 14
    value[history + 48 : history + 60] = 15.0
    assert len(static_three_sigma(time, value, history).time) == 0
    assert (daily_three_sigma(time, value, history).time == time[history + 50]).sum() == 1


def test_the_schedule_holds_every_kind_at_times_of_its_own_for_each_seed() -> None:
    orders = faults_of(3, days=7)
    counts = {kind: sum(order.kind is kind for order in orders) for kind in FaultKind}
    assert counts == {kind: 14 if kind in NETWORK_KINDS else 1 for kind in FaultKind}
    assert all(order.after >= 14 * DAY and order.after + order.duration <= 21 * DAY for order in orders)
    assert faults_of(3, 7) == orders != faults_of(4, 7)


def test_a_refused_row_stops_the_run_and_says_why() -> None:
    """What is scored without some of its rows would be the score of something else."""
    with pytest.raises(InvalidInput, match=r"envelope 2: .* refused rows .* holds its limit of 3 series"):
        run_week(5, 1, [PolicyValue("detection", "series_limit", "3")], **SMALL)


@pytest.mark.heavy
def test_the_real_topology_finds_the_faults_of_a_small_operator() -> None:
    found = evaluate_simulated([5], 2, "balanced", lambda text: None, **SMALL)
    assert found["recall"] >= 0.9
    assert found["precision"] >= 0.9
    assert found["recall"] >= found["baselines"]["static_three_sigma"]["recall"]
    assert set(found["kinds"]) == set(FaultKind)
    assert found["kinds"]["sim_box"]["recall"] is None
