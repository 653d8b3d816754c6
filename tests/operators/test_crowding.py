"""Who gives up a place where one feed crowds a domain: no known series, and no feed within its share."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detection.layout import fresh_series
from streams.operators.detection.crowding import KNOWN, crowding
from telassure.kernel.events import DeadLetter, PolicyValue
from telassure.kernel.instant import DAY
from tests.operators.test_anomaly import LIVE, MINUTE, Site, many


def of(feed, objects, time=LIVE, names=("m",)):
    return replace(many(tuple(objects), names, time), feed=feed)


def limited(limit):
    site = Site()
    site.catalogue.apply([PolicyValue("detection", "series_limit", str(limit))])
    return site


def held(site):
    """The series of each feed."""
    series = site.state.cells["site-1"].series
    found = {}
    for slot, pair in enumerate(series.pairs):
        found.setdefault(series.feed_of(slot), set()).add(pair[0])
    return found


@pytest.mark.parametrize("flood", [10, 300])
def test_a_flood_of_ghosts_costs_another_feed_s_new_cell_nothing(flood):
    site = limited(10).take(of("ghosts", [f"g-{n}" for n in range(flood)]))
    refused = len(site.emitted(DeadLetter))

    site.take(of("pm", ["cell-1", "cell-2"]))

    assert len(site.emitted(DeadLetter)) == refused
    assert held(site)["pm"] == {"cell-1", "cell-2"}


def test_a_flood_takes_no_place_of_another_feed():
    site = limited(10).take(of("pm", [f"c-{n}" for n in range(5)]))
    for turn in range(4):
        site.take(of("ghosts", [f"g-{turn}-{n}" for n in range(50)], LIVE + turn * 15 * MINUTE))
    assert held(site)["pm"] == {f"c-{n}" for n in range(5)}


def test_a_feed_takes_no_more_than_its_share_of_the_crowd():
    site = limited(10).take(of("ghosts", [f"g-{n}" for n in range(10)]))
    site.take(of("pm", [f"c-{n}" for n in range(10)]))
    assert {feed: len(cells) for feed, cells in held(site).items()} == {"ghosts": 5, "pm": 5}


def test_known_cells_are_never_dropped_for_a_new_feed():
    site = limited(3)
    cells = ["a", "b", "c"]
    for quarter in range(12 * 96):
        site.take(of("pm", cells, LIVE + quarter * 15 * MINUTE))
    site.take(of("late", ["d"], LIVE + 12 * DAY))
    assert held(site)["pm"] == set(cells)


def test_a_flood_alone_is_refused_as_before():
    site = limited(4).take(of("ghosts", [f"g-{n}" for n in range(4)]))
    site.take(of("ghosts", ["g-5"], LIVE + 15 * MINUTE))
    (letter,) = site.emitted(DeadLetter)
    assert "first g-5 m" in letter.reason


def test_what_gave_its_place_is_the_same_after_a_reload():
    def told(site):
        site.take(of("pm", ["cell-1"], LIVE + 15 * MINUTE))
        return site.state.cells["site-1"].dump()

    ghosts = of("ghosts", [f"g-{n}" for n in range(6)])
    assert told(limited(6).take(ghosts)) == told(limited(6).take(ghosts).reload())


rows = st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.sampled_from([0.0, 900.0, KNOWN, 1e6])), max_size=60)


@given(rows, st.integers(0, 5), st.integers(0, 5), st.integers(0, 60))
def test_only_young_closed_series_of_the_feed_that_holds_most_give_their_places(rows, feed, born, limit):
    series = fresh_series(len(rows))
    for column, values in zip(("feed", "open", "learned"), zip(*rows, strict=True), strict=False):
        series[column] = values
    gone = crowding(series, feed, born, limit)
    counts = np.bincount(series["feed"], minlength=6)
    counts[feed] += born
    assert len(set(gone.tolist())) == len(gone)
    assert all(series["open"][gone] == 0)
    assert all(series["learned"][gone] < KNOWN)
    assert set(series["feed"][gone].tolist()) <= {int(np.argmax(counts))} - {feed}
    if len(gone):
        share = limit // np.count_nonzero(counts + (np.arange(6) == feed))
        assert counts[feed] + len(gone) <= share <= counts[series["feed"][gone[0]]] - len(gone)
