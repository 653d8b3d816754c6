"""Elements: what an object's KPIs show at once and none alone, and the groups that their episodes make."""

import re

import msgpack
import numpy as np
import pytest

from streams.catalogue import Catalogue
from streams.operators.anomaly import Anomaly
from streams.operators.domain_series import load_domain
from telassure.events import KpiEpisode, Measurements, Policy
from telassure.events.kpi import ELEMENT
from telassure.instant import DAY, HOUR, MINUTE, Instant
from tests.models.detection_shapes import MONDAY, grid
from tests.operators.test_anomaly import Site

NAMES = ("drops", "load", "power", "throughput", "users")
OBJECTS = ("cell-1", "cell-2")
DAYS = 6
FAULT = MONDAY + 5 * DAY + 10 * HOUR
QUIET = Policy("detection", "element_evidence", "0")


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


def run(shift: float, rows: int = 0, order: np.ndarray | None = None, *policies: Policy) -> Site:
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


def catalogue_of(*policies: Policy) -> Catalogue:
    catalogue = Catalogue()
    catalogue.apply(policies)
    return catalogue


def of_elements(site: Site) -> list[KpiEpisode]:
    return [episode for episode in site.emitted(KpiEpisode) if episode.measurement == ELEMENT]


def of_series(site: Site) -> list[KpiEpisode]:
    return [episode for episode in site.emitted(KpiEpisode) if episode.measurement != ELEMENT]


def test_kpis_that_are_each_a_little_odd_at_once_are_an_episode_of_their_element() -> None:
    site = run(shift=2.0)

    opened, *_, closed = of_elements(site)

    assert [e for e in of_series(site) if e.started_at >= FAULT] == []
    assert {e.managed_object for e in of_elements(site)} == {"cell-1"}
    assert (opened.state, closed.state, opened.episode_id == closed.episode_id) == ("open", "closed", True)
    assert FAULT < opened.started_at <= opened.changed_at <= FAULT + 90 * MINUTE
    assert opened.value > opened.expected == 2.0
    assert opened.corroborating == ("load", "power", "users")
    words = r"5 KPIs of cell-1 are odd together: load \(\d\d% of it\), power \(\d\d%\), users \(\d\d%\) and 2 more; "
    assert re.fullmatch(words + r"evidence [\d.]+ where 2 is too much, score [\d.]+", opened.reason)
    assert closed.reason.startswith("normal again after ")


def test_quiet_elements_have_no_episode() -> None:
    assert of_elements(run(shift=0.0)) == []


def test_the_policy_of_no_evidence_turns_them_off() -> None:
    assert of_elements(run(2.0, 0, None, QUIET)) == []


def test_what_single_kpis_tell_is_no_news_of_their_element() -> None:
    site = run(shift=15.0)

    alarmed = [e for e in of_series(site) if e.state == "open" and e.started_at > FAULT]
    assert len({e.measurement for e in alarmed}) > 2
    assert of_elements(site) == []


@pytest.mark.parametrize("rows", [1, 7, 100])
def test_the_cut_into_envelopes_changes_nothing(rows: int) -> None:
    whole, cut = run(shift=2.0), run(shift=2.0, rows=rows)

    assert of_elements(cut) == of_elements(whole) != []
    assert cut.state.cells["site-1"].dump() == whole.state.cells["site-1"].dump()


def test_the_order_of_the_kpis_of_a_step_changes_nothing() -> None:
    order = np.random.default_rng(1).permutation(len(OBJECTS) * len(NAMES))
    straight, mixed = of_elements(run(shift=2.0)), of_elements(run(2.0, 0, order))

    assert len(mixed) == len(straight) > 0
    for one, other in zip(straight, mixed, strict=True):
        assert (other.episode_id, other.group_id, other.reason) == (one.episode_id, one.group_id, one.reason)
        assert (other.changed_at, other.severity) == (one.changed_at, one.severity)
        assert other.value == pytest.approx(one.value, rel=1e-4)


def test_a_cell_that_is_stored_and_loaded_goes_on_alike() -> None:
    whole, stored = run(shift=2.0), Site()
    everything = values(grid(MONDAY, MONDAY + DAYS * DAY), 2.0)
    for start in range(MONDAY, MONDAY + DAYS * DAY, DAY):
        for part in (slice(0, 44), slice(44, 96)):
            stored.take(envelope(grid(start, start + DAY)[part], everything[day_of(start)][part])).reload()

    assert of_elements(stored) == of_elements(whole)
    assert stored.state.cells["site-1"].dump() == whole.state.cells["site-1"].dump()


def test_a_missing_kpi_delays_a_step_until_the_next() -> None:
    everything = values(grid(MONDAY, MONDAY + DAYS * DAY), 2.0)
    everything[np.searchsorted(grid(MONDAY, MONDAY + DAYS * DAY), FAULT) + 1 :, 0, 4] = np.nan
    site = Site()
    for start in range(MONDAY, MONDAY + DAYS * DAY, DAY):
        site.take(envelope(grid(start, start + DAY), everything[day_of(start)]))

    opened = of_elements(site)[0]
    assert FAULT < opened.started_at < opened.changed_at <= FAULT + 2 * HOUR
    used = site.state.cells["site-1"].elements.used
    assert all(np.isfinite(used[name]).all() for name in ("usual_novelty", "usual_stray", "stray_spread", "peak"))


def test_an_element_that_falls_silent_ends_its_episode_by_timer() -> None:
    site, everything = Site(), values(grid(MONDAY, MONDAY + DAYS * DAY), 2.0)
    until = FAULT + 2 * HOUR
    for start in range(MONDAY, until, DAY):
        time = grid(start, min(start + DAY, until))
        site.take(envelope(time, everything[day_of(start)][: len(time)]))
    assert of_elements(site)[-1].state == "open"

    for _ in range(3):
        site.timer(site.state.timers.get("site-1", until + DAY))

    ended = of_elements(site)[-1]
    assert (ended.state, ended.reason[:14]) == ("closed", "no more values")
    assert not site.state.cells["site-1"].elements.used["open"].any()


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
    blob = site.state.cells["site-1"].dump()
    end = 4 + int.from_bytes(blob[:4], "little")
    header = msgpack.packb(msgpack.unpackb(blob[4:end], strict_map_key=False)[:10])

    cell = load_domain(len(header).to_bytes(4, "little") + header + blob[end:])

    elements = cell.elements.of(cell.pairs).elements
    before = site.state.cells["site-1"].elements.used
    assert elements["episodes"][:2].tolist() == before["episodes"].tolist()
    assert elements["group"][:2].tolist() == before["group"].tolist()
    assert elements["episodes"][0] > 2
    assert load_domain(cell.dump()).dump() == cell.dump()


def test_elements_without_series_leave_with_them() -> None:
    limits = Policy("detection", "series_limit", "10"), Policy("detection", "forget_days", "1")
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
    cell.elements.of(cell.pairs)
    assert len(cell.elements.names) == 2
    assert Anomaly(site.catalogue).load(cell.dump(), 2).dump() == cell.dump()
