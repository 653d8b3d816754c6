"""What series have in common is found where they are alike, and a series that begins with it finds its own level."""

import numpy as np
import pytest

from models.detection.layout import Records
from models.detection.peers import LEAST_PEERS, common_shape, lend
from models.detection.season import YOUNG
from telassure.kernel.instant import DAY, HOUR
from tests.models.detection_shapes import MONDAY, Bench, Values, grid, noisy, weekly

BEGIN = MONDAY + 14 * DAY
HISTORY = grid(MONDAY, BEGIN)


def peers(count: int, factors: Values, days: int = 14) -> Records:
    """Series of one shape, each at a level of its own and stretched by its factor."""
    time, bench = grid(MONDAY, MONDAY + days * DAY), Bench(series=count)
    for slot in range(count):
        bench.feed(time, 30.0 * slot + factors[slot] * noisy(time, seed=slot), slot)
    return bench.state


def test_the_common_shape_is_the_day_and_the_week_of_the_peers() -> None:
    shape = common_shape(peers(10, np.ones(10)))
    assert shape is not None
    profile = shape["profile"][0].astype(float)
    hours = MONDAY + HOUR // 2 + np.arange(24) * HOUR
    truth = np.concatenate((weekly(hours), weekly(hours + 5 * DAY)))
    assert np.abs((profile - profile.mean()) - (truth - truth.mean())).max() < 5
    assert shape["granularity"][0] == 900


@pytest.mark.parametrize(("count", "days"), [(LEAST_PEERS - 1, 14), (LEAST_PEERS + 1, 4)])
def test_few_peers_or_peers_without_a_weekend_have_none(count: int, days: int) -> None:
    assert common_shape(peers(count, np.ones(count), days)) is None


def test_peers_that_differ_tenfold_have_none() -> None:
    assert common_shape(peers(12, np.geomspace(0.3, 3.0, 12))) is None


def test_a_series_that_is_lent_a_shape_is_silent_until_it_has_found_its_level_and_then_knows_the_day() -> None:
    shape, bench, time = common_shape(peers(10, np.ones(10))), Bench(), grid(BEGIN, BEGIN + DAY)
    assert shape is not None
    lend(bench.state, np.array([0]), shape)

    scores = bench.feed(time, 500 + 1.1 * noisy(time, seed=77))

    young = time <= BEGIN + int(YOUNG) * 1_000_000
    assert np.isnan(scores.score[young]).all()
    assert np.isfinite(scores.score[~young]).all()
    assert np.abs(scores.expected[~young] - 500 - 1.1 * weekly(time[~young])).max() < 20
    assert len(bench.marks) == 0
