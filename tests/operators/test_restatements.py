"""Rows of the same series and time: the first stays judged, a repeat is counted, a revision is stored and counted."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.detection.recent import BEHIND, FIRST, KEPT, REPEATED, REVISED, fresh_recent, recall
from streams.topologies.detection import DETECTION
from telassure.kernel.events import KpiEpisode, Measurements, PolicyValue
from telassure.kernel.instant import DAY, MINUTE
from tests.driver import Driver
from tests.models.detection_shapes import MONDAY
from tests.operators.test_anomaly import Site
from tests.system.installation import Installation

Install = Callable[..., Installation]
STEP = 15 * MINUTE
LIVE = MONDAY + 3 * DAY


def said(*rows: tuple[int, float], suspect: bool = False) -> Measurements:
    """Rows of one series: quarters after LIVE, and values."""
    time, value = LIVE + STEP * np.array([at for at, _ in rows], np.int64), np.array([value for _, value in rows])
    zeros = np.zeros(len(rows), np.int32)
    flags = np.full(len(rows), suspect, np.bool_)
    return Measurements("north", "pm", STEP, ("a",), ("load",), zeros, zeros, time, value, flags)


def history() -> Measurements:
    """Three days about 60."""
    quarters = range(-3 * 96 + 1, 1)
    return said(*((quarter, 60 + np.sin(quarter * 0.7)) for quarter in quarters))


def counts(driver: Driver) -> tuple[int, int, int]:
    return tuple(driver.counters.get(name, 0) for name in ("repeated_rows", "revised_rows", "late"))  # type: ignore[return-value]


def value_at(driver: Driver, quarter: int) -> float:
    return driver.points()["a", "load", LIVE + quarter * STEP][0]


@pytest.mark.parametrize("together", [True, False])
def test_the_same_row_again_changes_nothing_and_is_counted(together: bool) -> None:
    once = Driver(DETECTION).pipe(history(), said((1, 61.0), (2, 60.0)))
    sent = [said((1, 61.0), (1, 61.0), (2, 60.0))] if together else [said((1, 61.0)), said((1, 61.0), (2, 60.0))]
    again = Driver(DETECTION).pipe(history(), *sent)
    assert counts(again) == (1, 0, 0)
    assert again.outcome().points == once.outcome().points


@pytest.mark.parametrize("together", [True, False])
def test_another_value_is_stored_and_counted_and_the_first_stays_judged(together: bool) -> None:
    rows = ((1, 61.0), (2, 200.0), (2, 60.5))
    driver = Driver(DETECTION).pipe(history(), *([said(*rows)] if together else map(said, rows)))
    assert counts(driver) == (0, 1, 0)
    row = driver.points()["a", "load", LIVE + 2 * STEP]
    assert row[0] == 60.5
    assert np.isnan(row[4])


def test_a_revision_opens_no_episode_and_teaches_nothing() -> None:
    rows = [said((quarter, 60.0)) for quarter in range(1, 9)]
    plain = Site().take(history(), *rows)
    revised = Site().take(history(), *(each for row in rows for each in (row, replace(row, value=row.value * 9))))
    assert revised.emitted(KpiEpisode) == []
    assert revised.state.cells["north"].series.used.tobytes() == plain.state.cells["north"].series.used.tobytes()


def test_a_row_that_restates_one_of_the_newest_three_is_known_and_one_before_them_is_late() -> None:
    driver = Driver(DETECTION).pipe(history(), said(*((quarter, 60.0) for quarter in range(1, 6))))
    driver.pipe(said((3, 60.0)), said((4, 70.0)))
    assert counts(driver) == (1, 1, 0)
    driver.pipe(said((2, 70.0)))
    assert counts(driver) == (1, 1, 1)
    assert [value_at(driver, quarter) for quarter in (2, 3, 4)] == [70.0, 60.0, 70.0]


def test_a_hole_that_is_filled_in_late_is_no_restatement() -> None:
    driver = Driver(DETECTION).pipe(history(), said((1, 60.0), (4, 60.0)), said((2, 61.0), (3, 62.0)))
    assert counts(driver) == (0, 0, 0)
    assert [value_at(driver, quarter) for quarter in (2, 3)] == [61.0, 62.0]


def test_a_row_that_turns_out_to_be_suspect_is_a_revision() -> None:
    driver = Driver(DETECTION).pipe(history(), said((1, 60.0)), said((1, 60.0), suspect=True))
    assert counts(driver) == (0, 1, 0)


def test_a_value_after_a_missing_one_is_the_first() -> None:
    driver = Driver(DETECTION).pipe(history(), said((1, np.nan)), said((1, 60.0)))
    assert counts(driver) == (0, 0, 0)
    assert driver.points()["a", "load", LIVE + STEP][4] is not None
    assert not np.isnan(driver.points()["a", "load", LIVE + STEP][4])


def test_a_count_that_is_restated_leaves_its_rate_as_it_was() -> None:
    counter = PolicyValue("detection", "kind", "counter", "load")
    readings = [(quarter, 900.0 * quarter) for quarter in range(1, 9)]
    plain = Driver(DETECTION, catalogue=(counter,)).pipe(said(*readings))
    restated = Driver(DETECTION, catalogue=(counter,)).pipe(said(*readings), said((8, 7_200.0)), said((8, 7_300.0)))
    assert counts(restated) == (1, 1, 0)
    assert restated.outcome().points == plain.outcome().points


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.sampled_from((1.0, 2.0))), min_size=1, max_size=24), st.integers(1, 24))
def test_what_a_row_is_beside_those_before_it_is_exact_for_the_newest_of_a_series(
    rows: list[tuple[int, float]], cut: int
) -> None:
    """By a model that remembers everything; the cut into envelopes does not show."""
    told: dict[int, float] = {}
    expected, recent, found = [], fresh_recent(1), []
    for at, value in rows:
        newest = sorted(told, reverse=True)[:KEPT]
        kind = REPEATED if told.get(at) == value else REVISED
        if at not in newest:
            kind = BEHIND if len(newest) == KEPT and at < newest[-1] else FIRST
        expected.append(kind)
        if kind != BEHIND:
            told[at] = value
    for start in range(0, len(rows), cut):
        part = rows[start : start + cut]
        kinds = np.zeros(len(part), np.uint8)
        time, value = np.array([at for at, _ in part], np.int64), np.array([value for _, value in part])
        recall(recent, np.zeros(len(part), np.int32), time, value, np.zeros(len(part), np.bool_), kinds)
        found += kinds.tolist()
    assert found == expected


def test_restatements_are_counted_the_same_wherever_the_log_is_cut_and_after_a_crash() -> None:
    rows = [(1, 60.0), (2, 61.0), (1, 60.0), (2, 62.0), (2, 62.0), (3, 60.0), (1, 59.0)]
    whole = Driver(DETECTION).pipe(history(), said(*rows)).settle()
    cut = Driver(DETECTION, batch=1).pipe(history())
    for row in rows:
        cut.pipe(said(row)).settle().crash()
    assert counts(whole) == counts(cut) == (2, 2, 0)
    assert whole.outcome().points == cut.outcome().points


def test_replay_says_how_many_rows_were_repeats_and_revisions(install: Install, tmp_path: Path) -> None:
    (tmp_path / "kpis").mkdir()
    lines = ["timestamp,value"]
    lines += [f"2026-06-01T10:{minute:02}:00Z,{value}" for minute, value in ((0, 1), (5, 2), (5, 2), (5, 3))]
    (tmp_path / "kpis/a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = install().run("replay", "--kpis", tmp_path / "kpis", "--json").json
    assert (found["records"], found["repeated"], found["revised"]) == (4, 1, 1)


def test_a_count_that_comes_late_leaves_its_rate_as_it_was() -> None:
    counter = PolicyValue("detection", "kind", "counter", "load")
    readings = said(*((quarter, 900.0 * quarter) for quarter in range(1, 13)))
    driver = Driver(DETECTION, catalogue=(counter,)).pipe(readings)
    before = driver.outcome().points
    driver.pipe(said((2, 1_800.0), (7, 6_300.0)))
    assert counts(driver) == (0, 0, 2)
    assert driver.outcome().points == before
