"""Elements: what an object's KPIs show at once and none alone, and the groups that their episodes make."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from models.detection.earlier_element import ELEMENT_1, ELEMENT_2, KPI_1
from models.detection.element import ELEMENT as ELEMENT_RECORD
from models.detection.element import KPI, LEAST_BEHIND
from streams.catalogue import Catalogue
from streams.operators.detection.cell import DomainCell, load_cell
from streams.operators.detection.element_episodes import ElementEpisodes
from streams.operators.detection.elements import ElementBytes, load_elements
from telassure.kernel.events import KpiEpisode, Measurements, PolicyValue
from telassure.kernel.events.kpi import ELEMENT
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, Instant, iso
from tests.models.detection_shapes import MONDAY, grid
from tests.operators.golden.former import former
from tests.operators.test_anomaly import Site

NAMES = ("drops", "load", "power", "throughput", "users")
OBJECTS = ("cell-1", "cell-2")
DAYS = 10
FAULT = MONDAY + 9 * DAY + 10 * HOUR
QUIET = PolicyValue("detection", "element_evidence", "0")


def values(time: np.ndarray, shift: float = 0.0) -> np.ndarray:
    """(times, objects, KPIs), noise of 1 around 20; from FAULT on for three hours all KPIs of the first object are
    shifted, by turns up and down."""
    random = np.random.default_rng(12)
    found = 20 + random.normal(size=(len(time), len(OBJECTS), len(NAMES)))
    during = (time > FAULT) & (time <= FAULT + 3 * HOUR)
    found[during, 0] += shift * np.where(np.arange(len(NAMES)) % 2, -1.0, 1.0)
    return found


def envelope(time: np.ndarray, value: np.ndarray, order: np.ndarray | None = None) -> Measurements:
    """All rows of some steps; `order` permutes those of one step."""
    width = len(OBJECTS) * len(NAMES)
    order = np.arange(width) if order is None else order
    columns = np.tile(order, len(time))
    return Measurements(
        domain="site-1",
        feed="pm",
        granularity=15 * MINUTE,
        objects=OBJECTS,
        names=NAMES,
        measured_object=(columns // len(NAMES)).astype(np.int32),
        measurement=(columns % len(NAMES)).astype(np.int32),
        time=np.repeat(time, width),
        value=value.reshape(len(time), width)[:, order].ravel(),
        suspect=np.zeros(len(columns), np.bool_),
    )


def run(shift: float, rows: int = 0, order: np.ndarray | None = None, *policies: PolicyValue) -> Site:
    """All days, an envelope each, or in envelopes of so many rows."""
    site = Site(catalogue_of(*policies))
    for start in range(MONDAY, MONDAY + DAYS * DAY, DAY):
        time = grid(start, start + DAY)
        whole = envelope(time, values(grid(MONDAY, MONDAY + DAYS * DAY), shift)[day_of(start)], order)
        size = rows or len(whole)
        site.take(*(whole.take(np.arange(a, min(a + size, len(whole)))) for a in range(0, len(whole), size)))
    return site


def day_of(start: Instant) -> slice:
    first = (start - MONDAY) // (15 * MINUTE)
    return slice(first, first + 96)


def catalogue_of(*policies: PolicyValue) -> Catalogue:
    catalogue = Catalogue()
    catalogue.apply(policies)
    return catalogue


def of_elements(site: Site) -> list[KpiEpisode]:
    return [episode for episode in site.emitted(KpiEpisode) if episode.measurement == ELEMENT]


def of_series(site: Site) -> list[KpiEpisode]:
    return [episode for episode in site.emitted(KpiEpisode) if episode.measurement != ELEMENT]


def test_kpis_that_are_each_a_little_odd_at_once_are_an_episode_of_their_element() -> None:
    site = run(shift=2.2)

    opened, *_, closed = of_elements(site)

    assert [e for e in of_series(site) if e.started_at >= FAULT] == []
    assert {e.managed_object for e in of_elements(site)} == {"cell-1"}
    assert (opened.state, closed.state, opened.episode_id == closed.episode_id) == ("open", "closed", True)
    assert FAULT < opened.started_at <= opened.changed_at <= FAULT + 90 * MINUTE
    assert opened.value > opened.expected == 2.0
    assert opened.corroborating == ("users", "drops", "power")
    words = r"4 KPIs of cell-1 are odd together: users \(\d\d% of it\), drops \(\d\d%\), power \(\d\d%\) and 1 more; "
    assert re.fullmatch(words + r"evidence [\d.]+ where 2 is too much, score [\d.]+", opened.reason)
    assert closed.reason.startswith("normal again after ")


def test_quiet_elements_have_no_episode() -> None:
    assert of_elements(run(shift=0.0)) == []


def test_the_policy_of_no_evidence_turns_them_off() -> None:
    assert of_elements(run(2.2, 0, None, QUIET)) == []


def test_kpis_that_jump_together_are_an_incident_of_their_element_at_once_with_their_episodes_in_its_group() -> None:
    site = run(shift=15.0)

    alarmed = [e for e in of_series(site) if e.state == "open" and e.started_at > FAULT]
    opened, *later = of_elements(site)
    assert len({e.measurement for e in alarmed}) > 2
    assert (opened.managed_object, opened.started_at, opened.changed_at) == ("cell-1", *[FAULT + 15 * MINUTE] * 2)
    assert {e.episode_id for e in later} == {opened.episode_id}
    assert {e.group_id for e in alarmed} == {opened.group_id}


def test_few_kpis_that_jump_far_are_an_incident_as_many_that_jump_less() -> None:
    time = grid(MONDAY, MONDAY + DAYS * DAY)
    few, many = values(time), values(time)
    few[np.searchsorted(time, FAULT) + 1, 0, 1:3] += 60.0
    many[np.searchsorted(time, FAULT) + 1, 0] += 15.0

    for changed in (few, many):
        site = Site()
        for start in range(MONDAY, MONDAY + DAYS * DAY, DAY):
            site.take(envelope(grid(start, start + DAY), changed[day_of(start)]))
        assert [(e.managed_object, e.started_at) for e in of_elements(site)][:1] == [("cell-1", FAULT + 15 * MINUTE)]


def test_one_kpi_that_jumps_alone_is_no_incident_of_its_element() -> None:
    time = grid(MONDAY, MONDAY + DAYS * DAY)
    alone = values(time)
    alone[np.searchsorted(time, FAULT) + 1, 0, 2] += 200.0
    site = Site()
    for start in range(MONDAY, MONDAY + DAYS * DAY, DAY):
        site.take(envelope(grid(start, start + DAY), alone[day_of(start)]))

    assert of_elements(site) == []


def test_kpis_that_always_jump_together_are_no_incident_when_they_do_so_again() -> None:
    time = grid(MONDAY, MONDAY + DAYS * DAY)
    common = values(time)
    every_two_hours = (time - MONDAY) % (2 * HOUR) == 0
    common[every_two_hours] += np.random.default_rng(3).uniform(10, 20, (int(every_two_hours.sum()), 1, 1))
    site = Site()
    for start in range(MONDAY, MONDAY + DAYS * DAY, DAY):
        site.take(envelope(grid(start, start + DAY), common[day_of(start)]))

    assert of_elements(site) == []


@pytest.mark.parametrize(("after", "told"), [(46 * HOUR, False), (50 * HOUR, True)])
def test_an_element_is_silent_for_two_days_and_speaks_on_the_third(after: Instant, told: bool) -> None:
    time = grid(MONDAY, MONDAY + DAYS * DAY)
    early = values(time)
    early[np.searchsorted(time, MONDAY + after), 0] += 60.0
    site = Site()
    for start in range(MONDAY, MONDAY + 4 * DAY, DAY):
        site.take(envelope(grid(start, start + DAY), early[day_of(start)]))

    assert bool(of_elements(site)) is told


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1e9])
def test_neither_unit_nor_offset_of_the_kpis_changes_when_an_incident_opens(scale: float) -> None:
    time = grid(MONDAY, MONDAY + DAYS * DAY)
    jumping = values(time)
    jumping[np.searchsorted(time, FAULT) + 1, 0] += 40.0
    site = Site()
    for start in range(MONDAY, MONDAY + DAYS * DAY, DAY):
        site.take(envelope(grid(start, start + DAY), 1e4 * scale + scale * jumping[day_of(start)]))

    assert [e.started_at for e in of_elements(site)][:1] == [FAULT + 15 * MINUTE]


def test_an_incident_rests_for_an_hour_after_the_latest_jumps() -> None:
    time = grid(MONDAY, MONDAY + DAYS * DAY)
    flapping = values(time)
    place = int(np.searchsorted(time, FAULT)) + 1
    for row in (place, place + 8, place + 11, place + 40):
        flapping[row, 0] += 60.0
    site = Site()
    for start in range(MONDAY, MONDAY + DAYS * DAY, DAY):
        site.take(envelope(grid(start, start + DAY), flapping[day_of(start)]))

    started = {e.episode_id: e.started_at for e in of_elements(site)}
    assert len(started) < 4
    assert all(second - first >= HOUR for first, second in pairwise(sorted(started.values())))


@pytest.mark.parametrize("rows", [1, 7, 100])
def test_the_cut_into_envelopes_changes_nothing(rows: int) -> None:
    whole, cut = run(shift=2.2), run(shift=2.2, rows=rows)

    assert of_elements(cut) == of_elements(whole) != []
    assert cut.state.cells["site-1"].dump() == whole.state.cells["site-1"].dump()


def test_the_order_of_the_kpis_of_a_step_changes_nothing() -> None:
    order = np.random.default_rng(1).permutation(len(OBJECTS) * len(NAMES))
    straight, mixed = of_elements(run(shift=2.2)), of_elements(run(2.2, 0, order))

    assert len(mixed) == len(straight) > 0
    for one, other in zip(straight, mixed, strict=True):
        assert (other.episode_id, other.group_id, other.reason) == (one.episode_id, one.group_id, one.reason)
        assert (other.changed_at, other.severity) == (one.changed_at, one.severity)
        assert other.value == pytest.approx(one.value, rel=1e-4)


def test_a_cell_that_is_stored_and_loaded_goes_on_alike() -> None:
    whole, stored = run(shift=2.2), Site()
    everything = values(grid(MONDAY, MONDAY + DAYS * DAY), 2.2)
    for start in range(MONDAY, MONDAY + DAYS * DAY, DAY):
        for part in (slice(0, 44), slice(44, 96)):
            stored.take(envelope(grid(start, start + DAY)[part], everything[day_of(start)][part])).reload()

    assert of_elements(stored) == of_elements(whole)
    assert stored.state.cells["site-1"].dump() == whole.state.cells["site-1"].dump()


def test_a_missing_kpi_delays_a_step_until_the_next() -> None:
    everything = values(grid(MONDAY, MONDAY + DAYS * DAY), 2.2)
    everything[np.searchsorted(grid(MONDAY, MONDAY + DAYS * DAY), FAULT) + 1 :, 0, 4] = np.nan
    site = Site()
    for start in range(MONDAY, MONDAY + DAYS * DAY, DAY):
        site.take(envelope(grid(start, start + DAY), everything[day_of(start)]))

    opened = of_elements(site)[0]
    assert FAULT < opened.started_at < opened.changed_at <= FAULT + 2 * HOUR
    used = site.state.cells["site-1"].part(ElementEpisodes).kept.used
    assert all(np.isfinite(used[name]).all() for name in ("usual_novelty", "usual_stray", "stray_spread", "peak"))


def test_an_element_that_falls_silent_ends_its_episode_by_timer() -> None:
    site, everything = Site(), values(grid(MONDAY, MONDAY + DAYS * DAY), 2.2)
    until = FAULT + 2 * HOUR
    for start in range(MONDAY, until, DAY):
        time = grid(start, min(start + DAY, until))
        site.take(envelope(time, everything[day_of(start)][: len(time)]))
    assert of_elements(site)[-1].state == "open"

    for _ in range(3):
        site.timer(site.state.timers.get("site-1", until + DAY))

    ended = of_elements(site)[-1]
    assert (ended.state, ended.reason[:14]) == ("closed", "no more values")
    assert not site.state.cells["site-1"].part(ElementEpisodes).kept.used["open"].any()


def test_what_all_kpis_show_of_an_element_whose_bands_are_young_is_told_by_none() -> None:
    early = values(grid(MONDAY, MONDAY + DAYS * DAY))
    young = (grid(MONDAY, MONDAY + DAYS * DAY) - MONDAY) // HOUR - 4 * 24
    early[(young >= 10) & (young < 13), 0] += 2.2 * np.where(np.arange(len(NAMES)) % 2, -1.0, 1.0)
    site = Site()
    for start in range(MONDAY, MONDAY + DAYS * DAY, DAY):
        site.take(envelope(grid(start, start + DAY), early[day_of(start)]))

    assert of_elements(site) == []
    assert site.state.cells["site-1"].part(ElementEpisodes).kept.used["behind"].min() == LEAST_BEHIND


def test_new_kpis_of_an_old_element_make_it_young_again() -> None:
    site = run(shift=0.0)
    time = grid(MONDAY + DAYS * DAY, MONDAY + (DAYS + 3) * DAY)
    renamed = replace(envelope(time, values(time)), names=tuple(f"{name}-2" for name in NAMES))

    site.take(renamed)

    assert site.state.cells["site-1"].part(ElementEpisodes).kept.used["behind"].max() < 2 * DAY / SECOND


def test_a_window_without_alarms_is_no_silence_of_the_element() -> None:
    times = "/".join(iso(at) for at in (FAULT + 2 * HOUR, FAULT + 10 * HOUR))

    *_, closed = of_elements(run(2.2, 0, None, PolicyValue("detection", "no_alarm", times)))

    assert (closed.state, closed.reason[:12]) == ("closed", "normal again")
    assert closed.ended_at is not None
    assert closed.ended_at > FAULT + 10 * HOUR


def test_series_of_an_element_with_an_open_episode_make_no_room_for_others() -> None:
    site = Site(
        catalogue_of(PolicyValue("detection", "series_limit", "10"), PolicyValue("detection", "forget_days", "1"))
    )
    everything, until = values(grid(MONDAY, MONDAY + DAYS * DAY), 2.2), FAULT + 2 * HOUR
    for start in range(MONDAY, until, DAY):
        time = grid(start, min(start + DAY, until))
        site.take(envelope(time, everything[day_of(start)][: len(time)]))
    time = np.array([until + 3 * DAY])
    site.take(replace(envelope(time, values(time)), objects=("cell-3", "cell-4")))

    site.timer(until + 3 * DAY)

    *_, opened, ended = of_elements(site)
    assert (ended.state, ended.episode_id, ended.corroborating) == ("closed", opened.episode_id, opened.corroborating)


def test_a_series_that_made_room_for_another_is_named_by_no_element() -> None:
    cell = run(shift=2.2).state.cells["site-1"]
    before = cell.part(ElementEpisodes).kept.used["worst_top"][0].tolist()

    cell.part(ElementEpisodes).kept.forget(before[0])

    assert cell.part(ElementEpisodes).kept.used["worst_top"][0].tolist() == [-1, *before[1:]]


def test_episodes_of_one_object_that_overlap_are_one_group_and_name_each_other() -> None:
    opened = [e for e in of_series(run(shift=15.0, rows=10)) if e.started_at > FAULT]

    assert {e.managed_object for e in opened} == {"cell-1"}
    assert len({e.group_id for e in opened}) == 1
    assert {name for e in opened for name in e.corroborating} == {e.measurement for e in opened}
    assert len({e.measurement for e in opened}) > 2
    assert all(e.measurement not in e.corroborating for e in opened)


def test_groups_differ_by_object_and_begin_anew_after_an_hour_without_any() -> None:
    everything = values(grid(MONDAY, MONDAY + DAYS * DAY))
    place = int(np.searchsorted(grid(MONDAY, MONDAY + DAYS * DAY), FAULT))
    everything[place : place + 6, 0, 0] += 30
    everything[place : place + 6, 1, 0] += 30
    everything[place + 30 : place + 36, 0, 0] += 60
    site = Site()
    for start in range(MONDAY, MONDAY + DAYS * DAY, DAY):
        site.take(envelope(grid(start, start + DAY), everything[day_of(start)]))

    groups = {e.episode_id: e.group_id for e in of_series(site) if e.started_at >= FAULT - HOUR}
    assert len(groups) == len(set(groups.values())) == 3


def test_a_cell_of_the_release_before_knows_its_open_episodes() -> None:
    site, everything = Site(), values(grid(MONDAY, MONDAY + DAYS * DAY), 15.0)
    for start in range(MONDAY, FAULT + HOUR, DAY):
        time = grid(start, min(start + DAY, FAULT + 2 * HOUR))
        site.take(envelope(time, everything[day_of(start)][: len(time)]))
    cell = load_cell(former(site.state.cells["site-1"].dump(), 10), 2)

    elements = cell.part(ElementEpisodes).kept.of(cell.series.pairs).elements
    before = site.state.cells["site-1"].part(ElementEpisodes).kept.used
    assert elements["episodes"][:2].tolist() == before["episodes"].tolist()
    assert elements["group"][:2].tolist() == before["group"].tolist()
    assert elements["episodes"][0] > 2
    assert load_cell(cell.dump()).dump() == cell.dump()


def test_elements_without_series_leave_with_them() -> None:
    limits = PolicyValue("detection", "series_limit", "10"), PolicyValue("detection", "forget_days", "1")
    site = Site(catalogue_of(*limits))
    for start in range(8):
        time = np.array([MONDAY + 3 * start * DAY])
        named = envelope(time, values(time))
        renamed = Measurements(
            **{
                **{name: getattr(named, name) for name in named.__dataclass_fields__},
                "objects": (f"cell-{2 * start}", f"cell-{2 * start + 1}"),
            }
        )
        site.take(renamed)

    cell = site.state.cells["site-1"]
    cell.part(ElementEpisodes).kept.of(cell.series.pairs)
    assert len(cell.part(ElementEpisodes).kept.names) == 2
    assert load_cell(cell.dump()).dump() == cell.dump()


def before_the_fault_is_over() -> DomainCell:
    """A cell whose first element has an open episode."""
    site, everything = Site(), values(grid(MONDAY, MONDAY + DAYS * DAY), 2.2)
    for start in range(MONDAY, FAULT + 2 * HOUR, DAY):
        time = grid(start, min(start + DAY, FAULT + 2 * HOUR))
        site.take(envelope(time, everything[day_of(start)][: len(time)]))
    return site.state.cells["site-1"]


@pytest.mark.parametrize(("layout", "kpi_layout"), [(ELEMENT_1, KPI_1), (ELEMENT_2, KPI)], ids=["first", "second"])
def test_elements_of_earlier_releases_go_on_with_what_they_had_learned(layout: np.dtype, kpi_layout: np.dtype) -> None:
    cell = before_the_fault_is_over()
    kept = cell.part(ElementEpisodes).kept.packed(cell.series.pairs)
    records = as_layout(np.frombuffer(kept.elements, ELEMENT_RECORD), layout)
    records["judged"] = [1, 0]
    before = ElementBytes(records.tobytes(), as_layout(np.frombuffer(kept.kpis, KPI), kpi_layout).tobytes())

    loaded = load_elements(before, cell.series.pairs, cell.series.state)

    for name in set(layout.names or ()) - {"spare", "judged"}:
        np.testing.assert_array_equal(loaded.used[name], cell.part(ElementEpisodes).kept.used[name])
    assert loaded.used["open"].tolist() == [1, 0]
    assert loaded.used["weighed"].tolist() == [1, 0]
    assert loaded.used["judged"].tolist() == loaded.used["steps"].tolist()
    assert loaded.kpis["usual"][:10].min() > 0
    assert (loaded.used["hours"] > 0).tolist() == [layout is ELEMENT_2] * 2


def as_layout(records: np.ndarray, layout: np.dtype) -> np.ndarray:
    """The records with only the fields of an earlier layout."""
    found = np.zeros(len(records), layout)
    for name in set(layout.names or ()) & set(records.dtype.names or ()):
        found[name] = records[name]
    return found
