"""Gaps that the rows of an envelope end: told once, at the times at which a timer would have told them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.topologies.detection import DETECTION
from telassure.kernel.events import KpiEpisode, Measurements, PolicyValue, Tick
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND
from tests.driver import Driver
from tests.models.detection_shapes import grid, weekly
from tests.operators.test_anomaly import LIVE, Site, many, throughput
from tests.operators.test_detection_policies import ruled, window

QUARTER = 15 * MINUTE
SILENT = "where one every 15 min is usual"
WATCHED = (
    PolicyValue("detection", "gap_periods", "8"),
    PolicyValue("detection", "forget_days", "1"),
    PolicyValue("detection", "lowest", "0"),
    PolicyValue("detection", "no_learn", window(LIVE, LIVE + 3 * HOUR)),
)


def gaps(episodes: Sequence[KpiEpisode]) -> list[KpiEpisode]:
    return [episode for episode in episodes if SILENT in episode.reason]


def test_a_gap_within_one_envelope_is_told_with_its_times() -> None:
    site = ruled(("gap_periods", "8", "site-1"))
    time = np.r_[
        grid(LIVE, LIVE + HOUR), grid(LIVE + 6 * HOUR, LIVE + 7 * HOUR), grid(LIVE + 8 * HOUR, LIVE + 9 * HOUR)
    ]

    site.take(throughput(time, weekly(time)))

    assert [(e.state, e.started_at, e.changed_at, e.ended_at) for e in gaps(site.emitted(KpiEpisode))] == [
        ("open", LIVE + HOUR, LIVE + 3 * HOUR, None),
        ("closed", LIVE + HOUR, LIVE + 6 * HOUR + QUARTER, LIVE + 6 * HOUR + QUARTER),
    ]
    assert len({e.episode_id for e in gaps(site.emitted(KpiEpisode))}) == 1


def test_a_gap_that_begins_and_ends_between_two_sweeps_is_told_by_the_row_that_ends_it() -> None:
    site = ruled(("gap_periods", "8", "site-1"))
    site.take(throughput(grid(LIVE, LIVE + HOUR), weekly(grid(LIVE, LIVE + HOUR))))
    late = grid(LIVE + 5 * HOUR, LIVE + 5 * HOUR + QUARTER)

    site.take(throughput(late, weekly(late))).take(throughput(late, weekly(late)))
    site.timer(site.state.timers["site-1"])

    assert [(e.state, e.changed_at) for e in gaps(site.emitted(KpiEpisode))] == [
        ("open", LIVE + 3 * HOUR),
        ("closed", LIVE + 5 * HOUR + QUARTER),
    ]


def test_a_row_that_is_sent_again_ends_no_gap() -> None:
    site = ruled(("gap_periods", "8", "site-1"))
    first = throughput(grid(LIVE, LIVE + HOUR), weekly(grid(LIVE, LIVE + HOUR)))

    site.take(first).timer(site.state.timers["site-1"]).take(first)

    assert [e.state for e in gaps(site.emitted(KpiEpisode))] == ["open"]


def test_series_that_fall_silent_in_the_same_minute_share_a_timer_and_keep_times_of_their_own() -> None:
    site = Site()
    site.catalogue.apply([PolicyValue("detection", "gap_periods", "8")])
    last = LIVE + np.arange(3) * SECOND + 1
    site.take(replace(many(("a", "b", "c"), ("load",), LIVE), time=last))

    due = site.state.timers["site-1"]
    site.timer(due)

    assert due == LIVE + 2 * HOUR + MINUTE
    assert [e.changed_at for e in gaps(site.emitted(KpiEpisode))] == (last + 2 * HOUR).tolist()
    assert site.state.timers["site-1"] % MINUTE == 0


def test_a_value_at_the_very_end_of_the_patience_ends_no_gap() -> None:
    site = ruled(("gap_periods", "8", "site-1"))
    time = np.array([LIVE + HOUR, LIVE + 3 * HOUR, LIVE + 5 * HOUR + MINUTE])

    site.take(throughput(time, weekly(time)))

    assert [e.started_at for e in gaps(site.emitted(KpiEpisode)) if e.state == "open"] == [LIVE + 3 * HOUR]


def test_what_is_no_longer_expected_before_its_patience_is_over_has_no_gap() -> None:
    patient = (
        PolicyValue("detection", "gap_periods", "200"),
        PolicyValue("detection", "forget_days", "1"),
    )  # 50 h, 24 h
    first, later = envelope([(0, 0, 50.0, False), (1, 0, 60.0, False)]), envelope([(400, 0, 50.0, False)])

    by_timer = Driver(DETECTION, catalogue=patient).pipe(first, Tick(LIVE + 30 * DAY))
    by_row = Driver(DETECTION, catalogue=patient).pipe(first, later)

    assert gaps(by_timer.outputs(KpiEpisode)) == gaps(by_row.outputs(KpiEpisode)) == []


@pytest.mark.parametrize("speaks", [False, True])
def test_a_gap_ends_no_sooner_than_it_was_told_where_the_days_are_cut_meanwhile(speaks: bool) -> None:
    policies = (PolicyValue("detection", "gap_periods", "200"), PolicyValue("detection", "forget_days", "30"))
    driver = Driver(DETECTION, catalogue=policies).pipe(envelope([(0, 0, 50.0, False), (1, 0, 60.0, False)]))

    driver.pipe(Tick(LIVE + 3 * DAY)).change(PolicyValue("detection", "forget_days", "1"))
    driver.pipe(envelope([(400, 0 if speaks else 1, 50.0, False)]), Tick(LIVE + 90 * DAY))

    opened, closed = (e for e in gaps(driver.outputs(KpiEpisode)) if e.managed_object == "a")
    assert closed.ended_at == opened.changed_at == opened.started_at + 50 * HOUR


@st.composite
def recordings(draw: st.DrawFn) -> list[tuple[int, int, float, bool]]:
    """Rows of three series in the order of time (quarter of an hour, series, value, suspect), with silences between."""
    rows: list[tuple[int, int, float, bool]] = []
    for series in range(3):
        at = draw(st.integers(0, 20))
        for _ in range(draw(st.integers(0, 8))):
            at += draw(st.sampled_from((0, 1, 1, 1, 2, 8, 9, 12, 40, 96, 97, 120)))
            value = draw(st.sampled_from((50.0, 50.0, 60.0, -1.0, float("nan"))))
            rows.append((at, series, value, draw(st.integers(0, 9)) == 0))
    return sorted(rows, key=lambda row: row[0])


def envelope(rows: Sequence[tuple[int, int, float, bool]]) -> Measurements:
    at, series, value, suspect = zip(*rows, strict=True)
    return Measurements(
        "site-1",
        "pm",
        QUARTER,
        ("a", "b", "c"),
        ("throughput",),
        np.array(series, np.int32),
        np.zeros(len(rows), np.int32),
        LIVE + np.array(at, np.int64) * QUARTER,
        np.array(value),
        np.array(suspect, np.bool_),
    )


def told(rows: Sequence[tuple[int, int, float, bool]], cuts: Sequence[int]) -> Counter[KpiEpisode]:
    """The gaps of the rows in envelopes cut at these places, by the real host, until all is given up."""
    driver = Driver(DETECTION, catalogue=WATCHED)
    bounds = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    for start, end in pairwise(bounds):
        driver.pipe(envelope(rows[start:end]))
    driver.pipe(Tick(LIVE + 30 * DAY))
    return Counter(gaps(driver.outputs(KpiEpisode)))


@settings(max_examples=100, deadline=None)
@example([(1, 0, 50.0, False), (60, 0, 50.0, False), (90, 0, 50.0, False)], [1])  # no granularity before it learned
@given(recordings(), st.lists(st.integers(0, 24), max_size=6))
def test_the_cut_into_envelopes_is_invisible_in_the_gaps(
    rows: list[tuple[int, int, float, bool]], cuts: list[int]
) -> None:
    whole = told(rows, ())

    assert told(rows, cuts) == whole == told(rows, range(len(rows)))
    assert set(whole.values()) <= {1}
    assert Counter((e.episode_id, e.state) for e in whole) == Counter(
        (e.episode_id, state) for e in whole if e.state == "open" for state in ("open", "closed")
    )
