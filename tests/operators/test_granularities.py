"""One counter reported for several periods is several series: each kept and judged by itself, under its own name."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from streams.operators.detection.cell import load_cell
from streams.operators.detection.labels import label, period, plain
from streams.topologies.detection import DETECTION
from telassure.kernel.events import DeadLetter, KpiEpisode, Measurements, PolicyValue, ThresholdChange, Verdict
from telassure.kernel.instant import DAY, HOUR, MINUTE, Duration
from telassure.lab import Lab
from tests.driver import Driver
from tests.models.detection_shapes import MONDAY
from tests.operators.golden.former import former
from tests.operators.test_anomaly import Site
from tests.system.installation import Installation

Install = Callable[..., Installation]
QUARTER = 15 * MINUTE
NAMES = ("drops", "drops@PT1H")


def rows(granularity: Duration, start: int, end: int, level: float, names: tuple[str, ...] = ("a",)) -> Measurements:
    """One cell's counters at every end of a period, about a level, with a ripple."""
    step = granularity or QUARTER
    time = np.repeat(np.arange(start, end, step) + step, len(names))
    count = len(time)
    value = level + np.sin(np.arange(count) * 0.7)
    code, clear = np.tile(np.arange(len(names), dtype=np.int32), count // len(names)), np.zeros(count, np.bool_)
    return Measurements(
        "north", "pm", granularity, ("n-1",), names, np.zeros(count, np.int32), code, time, value, clear
    )


def both(start: int, end: int, quarter: float = 10.0, hour: float = 40.0) -> list[Measurements]:
    """Hour by hour: four quarters, then the hour."""
    return [
        envelope
        for at in range(start, end, HOUR)
        for envelope in (rows(QUARTER, at, at + HOUR, quarter), rows(HOUR, at, at + HOUR, hour))
    ]


def test_pm05_same_counter_15_60() -> None:
    driver = Driver(DETECTION).pipe(*both(MONDAY, MONDAY + HOUR, 10.0, 46.0))

    kept = {(name, time - MONDAY): row[0] for (_, name, time), row in driver.points().items()}

    assert len(kept) == 5
    assert kept["a@PT1H", HOUR] == 46.0
    assert kept["a", HOUR] == pytest.approx(10.0, abs=1.0)


HEAD = """<measCollecFile xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec">
<fileHeader fileFormatVersion="32.435 V10.0"><fileSender localDn="ManagedElement=1"/>
<measCollec beginTime="2026-06-01T10:00:00Z"/></fileHeader>
<measData><managedElement localDn="ManagedElement=1"/>"""
TAIL = """</measData><fileFooter><measCollec endTime="2026-06-01T11:00:00Z"/></fileFooter></measCollecFile>"""


def block(seconds: int, values: tuple[int, ...]) -> str:
    """One measInfo of a granularity, with the drops of as many cells as there are values, at eleven."""
    cells = "".join(
        f'<measValue measObjLdn="Cell={cell}"><r p="1">{value}</r></measValue>' for cell, value in enumerate(values)
    )
    period = f'<granPeriod duration="PT{seconds}S" endTime="2026-06-01T11:00:00Z"/>'
    return f'<measInfo>{period}<measType p="1">drops</measType>{cells}</measInfo>'


def test_rows_of_different_granularities_in_one_file_are_kept_apart(install: Install, tmp_path: Path) -> None:
    """Also where the granularity goes back and forth."""
    (tmp_path / "pm").mkdir()
    blocks = block(900, (13, 14)), block(3_600, (46, 47)), block(900, (0, 0, 15)), block(3_600, (0, 0, 48))
    (tmp_path / "pm/A.xml").write_text("\n".join((HEAD, *blocks[:2], TAIL)), encoding="utf-8")
    (tmp_path / "pm/B.xml").write_text("\n".join((HEAD, *blocks[2:], TAIL)), encoding="utf-8")

    system = install()
    system.run("replay", "--pm-xml", tmp_path / "pm", "--json")

    cells = [f"ManagedElement=1,Cell={cell}" for cell in range(3)]
    with Lab(system.home) as lab:
        kept = {name: [lab.kpi(cell, name).value.item() for cell in cells] for name in NAMES}
    assert kept == {"drops": [0.0, 0.0, 15.0], "drops@PT1H": [0.0, 0.0, 48.0]}


def test_each_granularity_is_judged_by_itself() -> None:
    driver = Driver(DETECTION).pipe(*both(MONDAY, MONDAY + 5 * DAY))
    assert driver.outputs(KpiEpisode) == []

    driver.pipe(*both(MONDAY + 5 * DAY, MONDAY + 5 * DAY + 8 * HOUR, hour=80.0))

    assert {(e.managed_object, e.measurement) for e in driver.outputs(KpiEpisode)} == {("n-1", "a@PT1H")}


def test_the_first_granularity_that_is_stated_keeps_the_name() -> None:
    site = Site().take(rows(HOUR, MONDAY, MONDAY + HOUR, 40.0), rows(QUARTER, MONDAY, MONDAY + HOUR, 10.0))
    assert site.state.cells["north"].series.pairs == [("n-1", "a"), ("n-1", "a@PT15M")]


@pytest.mark.parametrize("order", [(0, HOUR, 0), (HOUR, 0, HOUR), (0, 0, 0)])
def test_rows_that_state_no_granularity_split_no_series(order: tuple[int, ...]) -> None:
    site = Site()
    for hours, granularity in enumerate(order):
        start = MONDAY + hours * HOUR
        site.take(rows(granularity, start, start + HOUR, 40.0))
    assert site.state.cells["north"].series.pairs == [("n-1", "a")]


def test_names_are_the_same_wherever_the_log_is_cut_and_after_a_restart() -> None:
    sent = both(MONDAY, MONDAY + 6 * HOUR)
    whole, restarted = Site().take(*sent), Site()
    for envelope in sent:
        for row in range(len(envelope)):
            restarted.take(envelope.take(np.array([row]))).reload()
    assert restarted.state.cells["north"].dump() == whole.state.cells["north"].dump()


def test_a_cell_of_the_release_before_goes_on_with_the_granularity_it_has_learned() -> None:
    site = Site().take(rows(QUARTER, MONDAY, MONDAY + HOUR, 10.0))
    site.state.cells["north"] = load_cell(former(site.state.cells["north"].dump()), 2)
    site.take(*both(MONDAY + HOUR, MONDAY + 2 * HOUR))
    assert site.state.cells["north"].series.pairs == [("n-1", "a"), ("n-1", "a@PT1H")]


def test_a_late_row_is_stored_under_the_name_of_its_series() -> None:
    driver = Driver(DETECTION).pipe(*both(MONDAY, MONDAY + 6 * HOUR))
    before = driver.points()["n-1", "a", MONDAY + HOUR]

    driver.pipe(rows(HOUR, MONDAY, MONDAY + HOUR, 77.0))

    assert driver.counters["late"] == 1
    assert driver.points()["n-1", "a", MONDAY + HOUR] == before
    assert driver.points()["n-1", "a@PT1H", MONDAY + HOUR][0] == 77.0


def test_a_row_without_room_is_stored_under_the_name_that_its_series_would_have() -> None:
    limit = PolicyValue("detection", "series_limit", "1")
    driver = Driver(DETECTION, catalogue=(limit,)).pipe(*both(MONDAY, MONDAY + HOUR, 10.0, 46.0))
    (letter,) = driver.outputs(DeadLetter)
    assert "first n-1 a@PT1H, are not scored" in letter.reason
    assert driver.points()["n-1", "a@PT1H", MONDAY + HOUR][0] == 46.0
    assert driver.points()["n-1", "a", MONDAY + HOUR][0] < 12.0


def faulty(*policies: PolicyValue) -> set[str]:
    """The measurements of the episodes of five days and then eight hours at twice the level."""
    driver = Driver(DETECTION, catalogue=policies)
    driver.pipe(*both(MONDAY, MONDAY + 5 * DAY))
    driver.pipe(*both(MONDAY + 5 * DAY, MONDAY + 5 * DAY + 8 * HOUR, 20.0, 80.0))
    return {episode.measurement for episode in driver.outputs(KpiEpisode)}


def test_a_policy_for_a_measurement_holds_for_each_of_its_granularities() -> None:
    assert faulty() == {"a", "a@PT1H"}
    assert faulty(PolicyValue("detection", "direction", "down", "a")) == set()


def test_a_policy_for_one_granularity_holds_for_that() -> None:
    assert faulty(PolicyValue("detection", "direction", "down", "a@PT1H")) == {"a"}


def test_a_window_of_a_measurement_holds_for_each_of_its_granularities() -> None:
    assert faulty(PolicyValue("detection", "no_alarm", "daily 00:00-24:00", "a")) == set()


def test_a_verdict_on_a_granularity_moves_the_threshold_of_that_alone() -> None:
    driver = Driver(DETECTION).pipe(*both(MONDAY, MONDAY + 5 * DAY))
    driver.pipe(*both(MONDAY + 5 * DAY, MONDAY + 5 * DAY + 8 * HOUR, 20.0, 80.0))
    about = next(episode for episode in driver.outputs(KpiEpisode) if episode.measurement == "a@PT1H")
    given = (about.managed_object, about.measurement, about.started_at, "false_positive", "series", "kim", "", MONDAY)
    driver.pipe(Verdict("v-1", about.domain, about.feed, *given))
    (change,) = driver.outputs(ThresholdChange)
    assert (change.measurement, change.episode_id) == ("a@PT1H", about.episode_id)


def test_a_gap_is_of_the_granularity_that_fell_silent() -> None:
    driver = Driver(DETECTION, catalogue=(PolicyValue("detection", "gap_periods", "3"),))
    driver.pipe(*both(MONDAY, MONDAY + 12 * HOUR))
    driver.pipe(rows(QUARTER, MONDAY + 12 * HOUR, MONDAY + 18 * HOUR, 10.0)).advance(MONDAY + 18 * HOUR)
    gaps = [episode for episode in driver.records(KpiEpisode) if "no value" in episode.reason]
    assert [(gap.measurement, gap.expected) for gap in gaps] == [("a@PT1H", 3_600.0)]


@pytest.mark.parametrize(
    ("granularity", "text"),
    [(QUARTER, "PT15M"), (HOUR, "PT1H"), (DAY, "P1D"), (DAY + HOUR, "P1DT1H"), (90 * MINUTE, "PT1H30M")],
)
def test_a_label_says_the_period_and_can_be_taken_apart(granularity: Duration, text: str) -> None:
    assert period(granularity) == text
    assert plain(label("pm.x@y", granularity)) == "pm.x@y"


def test_several_measurements_of_an_envelope_are_split_one_by_one() -> None:
    site = Site().take(rows(QUARTER, MONDAY, MONDAY + HOUR, 10.0, ("a", "b")))
    site.take(rows(HOUR, MONDAY, MONDAY + HOUR, 10.0, ("c", "a")))
    pairs = site.state.cells["north"].series.pairs
    assert [name for _, name in pairs] == ["a", "b", "c", "a@PT1H"]
    shown = site.outputs[-1].points  # type: ignore[union-attr]  # points
    assert [shown.names[code] for code in shown.measurement] == ["c", "a@PT1H"]


def test_at_the_limit_a_new_granularity_takes_the_place_of_a_silent_series() -> None:
    site = Site()
    site.catalogue.apply([PolicyValue("detection", "series_limit", "2"), PolicyValue("detection", "forget_days", "1")])
    site.take(*both(MONDAY, MONDAY + HOUR))
    late = rows(QUARTER, MONDAY + 3 * DAY, MONDAY + 3 * DAY + HOUR, 10.0)
    site.take(late, replace(late, granularity=DAY))
    assert site.state.cells["north"].series.pairs == [("n-1", "a"), ("n-1", "a@P1D")]
    again = load_cell(site.state.cells["north"].dump()).series
    assert (again.granularity.tolist(), again.labelled.tolist()) == ([QUARTER, DAY], [False, True])
