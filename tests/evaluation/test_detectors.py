"""Detectors are fed online: what comes later changes nothing, and no chunk's end shows."""

from collections.abc import Callable
from math import erfc, sqrt

import numpy as np
import pytest

from telassure.evaluation.anomalies.baselines import BASELINES, WindowedGaussian
from telassure.evaluation.anomalies.corpus import Series
from telassure.evaluation.anomalies.detectors import Detector, product_detector, scores_of
from telassure.kernel.errors import ConfigurationError
from tests.evaluation.series import START, STEP

FRESH: dict[str, Callable[[], Detector]] = {name: (lambda make=make: make()()) for name, make in BASELINES.items()} | {
    "product": product_detector
}


def daily(rows: int) -> Series:
    chance = np.random.default_rng(1)
    time = START + STEP * np.arange(rows, dtype=np.int64)
    value = 50 + 20 * np.sin(np.arange(rows) / 288 * 2 * np.pi) + chance.normal(0, 1, rows)
    value[rows // 2] = np.nan
    value[rows - 40 : rows - 30] += 60
    return Series("group", "daily", time, value, ())


@pytest.mark.parametrize("name", sorted(FRESH))
def test_what_comes_later_and_how_it_is_cut_changes_no_score(name: str) -> None:
    whole = daily(1_500)
    scores = scores_of(FRESH[name](), whole)
    detector = FRESH[name]()
    parts = [detector(whole.time[a:b], whole.value[a:b]) for a, b in ((0, 1), (1, 700), (700, 1_100))]
    np.testing.assert_array_equal(np.concatenate(parts), scores[:1_100])


def test_the_products_detector_speaks_up_within_four_days_and_finds_a_jump() -> None:
    scores = scores_of(product_detector(), daily(1_400))
    assert (scores[-40:-36] > 1).all()  # what lasts is less and less new
    assert np.mean(scores[2 * 288 : -40] > 1) < 0.02


def test_a_profile_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="reckless"):
        product_detector("reckless")


def test_the_windowed_gaussian_is_that_of_nab() -> None:
    """Against the plain formula over a plain window, past the window's length."""
    value = np.random.default_rng(2).normal(10, 3, 6_900)
    found = WindowedGaussian()(np.arange(len(value)), value)
    for row in (0, 1, 2, 500, 6_399, 6_400, 6_499, 6_500, 6_730):
        first = max(0, (row - 6_400) // 100) * 100
        window = value[first : min(row, first + 6_400)]
        deviation = np.std(window) if row > 1 else 1e-6
        expected = 1 - 0.5 * erfc(abs(value[row] - np.mean(window)) / deviation / sqrt(2)) if row else 0.0
        assert found[row] == pytest.approx(expected, abs=1e-9)
