"""Counters of a series end where their bits do, and no row is counted beyond its channel, however long it runs."""

import numpy as np
import pytest

from models.detection import earlier, earlier_element
from models.detection.element import fresh_elements
from models.detection.excursions import MOST_JUDGED, count_excursion
from models.detection.histogram import learn_reading
from models.detection.layout import LEVEL, RHYTHM, fresh_series
from models.detection.novelty import Sight, rarity
from models.detection.proof import count_from


@pytest.mark.parametrize("away", [0.5, 3.0])
def test_what_was_judged_is_never_counted_back_to_nothing(away):
    series = fresh_series(1)
    series["residuals"] = 65_535
    count_from(series[0])
    for _ in range(3):
        series["judged"] = MOST_JUDGED
        for _ in range(4):
            count_excursion(series[0], away, 0)
            assert int(series["judged"][0]) > MOST_JUDGED // 2 - 1


def test_series_and_elements_of_an_earlier_layout_begin_below_the_bound():
    old = np.zeros(1, earlier.SERIES_2)
    old["residuals"] = 65_535
    assert int(earlier.from_version_2(old)["judged"][0]) <= MOST_JUDGED
    older = np.zeros(1, earlier_element.ELEMENT_2)
    older["steps"] = 65_535
    assert int(earlier_element.elements_from(older)["judged"][0]) <= MOST_JUDGED
    assert fresh_elements(1)["judged"].dtype == np.uint16


@pytest.mark.parametrize(
    ("usual", "step"), [(20_000_000.0, 2.0), (20_000_004.0, 2.0), (1.2e9, 128.0), (2.0**30 + 128.0, 128.0)]
)
@pytest.mark.parametrize("channel", [LEVEL, RHYTHM])
def test_a_reading_next_to_the_only_one_is_counted_in_its_own_channel(usual, step, channel):
    both = fresh_series(2)
    untouched = both[1].tobytes()
    for _ in range(60):
        learn_reading(both[0], channel, usual, 0.2)
    others = [each for each in range(len(both["counts"][0])) if each != channel]
    counts = both["counts"][0][others].copy()

    learn_reading(both[0], channel, usual - step, 0.2)

    assert both["counts"][0][channel].sum() >= 1
    assert np.array_equal(both["counts"][0][others], counts)
    assert both[1].tobytes() == untouched


def test_a_place_that_fades_later_than_its_channel_is_usual_and_not_unknown():
    series = fresh_series(1)
    series["rows"][0][RHYTHM], series["width"][0][RHYTHM] = 84, 1.0
    assert rarity(series[0], RHYTHM, Sight(0, 168)) == 0.0
