"""A series that is born among peers begins with their shape: found early, lawful, and only where they are alike."""

import numpy as np
import pytest

from models.detection.layout import SERIES
from streams.operators.detection.cell import load_cell
from streams.operators.detection.peer_shapes import PeerShapes, by_days
from telassure.kernel.events import KpiEpisode, Measurements, PolicyValue, ScoredPoints
from telassure.kernel.instant import DAY, HOUR, Instant
from tests.models.detection_shapes import MONDAY, grid, noisy, weekly
from tests.operators.golden.former import end_of, former
from tests.operators.test_anomaly import Site

OLD = 9
BIRTH = MONDAY + 14 * DAY + 7 * HOUR
FAULT = BIRTH + 9 * HOUR
OFF = PolicyValue("detection", "borrow", "off")


def cells(start: Instant, end: Instant, lean: float = 0.0) -> Measurements:
    """Rows in time of nine cells, and of a tenth since its BIRTH, whose value falls to a fifth from FAULT on. Each has
    a level of its own; `lean` turns the day of every other one."""
    time = grid(start, end)
    columns = [20.0 * cell + noisy(time + round(lean * DAY) * (cell % 2), seed=cell + 1) for cell in range(OLD + 1)]
    columns[OLD] = np.where(time > FAULT, 0.2, 1.0) * (30 + 1.1 * weekly(time))
    living = np.column_stack([np.full(len(time), True)] * OLD + [time > BIRTH]).ravel()
    rows = Measurements(
        "site-1",
        "pm",
        15 * 60 * 1_000_000,
        tuple(f"cell-{cell}" for cell in range(OLD + 1)),
        ("throughput",),
        np.tile(np.arange(OLD + 1, dtype=np.int32), len(time)),
        np.zeros(len(living), np.int32),
        np.repeat(time, OLD + 1),
        np.column_stack(columns).ravel(),
        np.zeros(len(living), np.bool_),
    )
    return rows.take(living)


HISTORY = cells(MONDAY, BIRTH)
NEWS = cells(BIRTH, FAULT + 2 * HOUR)


def born(site: Site) -> np.ndarray:
    """The state of the tenth cell."""
    cell = site.state.cells["site-1"]
    return cell.series.state[cell.series.slots["cell-9", "throughput"]]


def learned(site: Site) -> tuple[bytes, list]:
    """All series and shapes of the domain."""
    cell = site.state.cells["site-1"]
    return cell.series.used.tobytes(), cell.part(PeerShapes).packed(cell.series)


def newborn_episodes(site: Site) -> list[KpiEpisode]:
    return [one for one in site.emitted(KpiEpisode) if one.managed_object == "cell-9"]


def scores(site: Site) -> np.ndarray:
    """Every score with its row, in order."""
    parts = site.emitted(ScoredPoints)
    return np.concatenate(
        [np.column_stack([p.points.time, p.points.measured_object, p.expected, p.upper, p.score]) for p in parts]
    )


def test_a_fault_is_found_nine_hours_after_a_birth_among_peers_and_silence_comes_before() -> None:
    site = Site().take(HISTORY, NEWS)
    assert {FAULT < episode.started_at <= FAULT + HOUR for episode in newborn_episodes(site)} == {True}
    rows = scores(site)
    young = rows[(rows[:, 1] == OLD) & (rows[:, 0] <= BIRTH + 6 * HOUR)]
    assert len(young) == 24
    assert np.isnan(young[:, 4]).all()


def test_nothing_is_lent_where_the_policy_says_so() -> None:
    site = Site()
    site.catalogue.apply([OFF])
    site.take(HISTORY, NEWS)
    assert newborn_episodes(site) == []
    assert np.isnan(scores(site)[scores(site)[:, 1] == OLD][:, 4]).all()


def test_nothing_is_lent_by_peers_that_are_not_alike() -> None:
    site = Site().take(cells(MONDAY, BIRTH, lean=0.5), cells(BIRTH, BIRTH + HOUR, lean=0.5))
    assert site.state.cells["site-1"].part(PeerShapes).shapes == {}
    assert born(site)["learned"] == 0


def test_nothing_is_lent_before_peers_have_seen_a_weekend() -> None:
    site = Site().take(cells(MONDAY, MONDAY + 4 * DAY))
    assert site.state.cells["site-1"].part(PeerShapes).shapes == {}


@pytest.mark.parametrize("rows", [1, 7, 211, 100_000])
def test_a_birth_does_not_depend_on_where_envelopes_are_cut(rows: int) -> None:
    """The cuts fall before, on and after the midnight at which shapes are taken, and so do births."""
    start = MONDAY + 14 * DAY - 2 * HOUR
    known = Site().take(cells(MONDAY, start)).state.cells["site-1"].dump()
    rest = cells(start, FAULT + HOUR)
    whole, cut = Site(), Site()
    for site in (whole, cut):
        site.state.cells["site-1"] = load_cell(known)
    whole.take(rest)
    for first in range(0, len(rest), rows):
        cut.take(rest.take(np.arange(first, min(first + rows, len(rest)))))
    assert born(whole)["learned"] > born(whole)["seen"]
    assert np.array_equal(scores(cut), scores(whole), equal_nan=True)
    assert learned(cut) == learned(whole)


def test_a_birth_after_a_restart_is_as_one_without() -> None:
    straight, restarted = Site().take(HISTORY, NEWS), Site().take(HISTORY).reload().take(NEWS)
    assert born(straight)["learned"] > born(straight)["seen"]
    assert restarted.state.cells["site-1"].dump() == straight.state.cells["site-1"].dump()


def test_a_cell_from_before_peers_is_read_and_lends_from_its_next_row_on() -> None:
    blob = Site().take(HISTORY).state.cells["site-1"].dump()
    cell = load_cell(former(blob, 12), 2)
    assert (cell.part(PeerShapes).day, cell.part(PeerShapes).shapes) == (-1, {})
    assert len(cell.series.state) * SERIES.itemsize == len(blob) - end_of(blob)
    site = Site()
    site.state.cells["site-1"] = cell
    site.take(NEWS)
    assert born(site)["learned"] > born(site)["seen"]


def test_an_envelope_is_cut_where_a_later_day_begins_than_any_before() -> None:
    rows = HISTORY.take(np.arange(4))
    days = np.array([3, 4, 3, 5]) * DAY
    parts = list(by_days(Measurements(**{f: getattr(rows, f) for f in rows.__slots__ if f != "time"}, time=days), 3))
    assert [(day, first, len(part)) for day, first, part in parts] == [(3, 0, 1), (4, 1, 2), (5, 3, 1)]
    assert list(by_days(rows, 10**6)) == [(10**6, 0, rows)]
