"""Policies on detection, through the operator: what is told, what is learned, and when; changeable while running."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.terms import Terms
from ingestion.kinds.catalogue import entries
from models.detection.wallclock import as_sundays, wall_clock
from streams.catalogue import Catalogue
from streams.operators.detection.calendar import Calendar, days_of
from streams.operators.detection.cell import load_cell
from streams.operators.detection.element_episodes import ElementEpisodes
from streams.operators.detection.gaps import SeriesGaps
from streams.operators.detection.meters import Meters
from streams.operators.detection.policies import PUBLIC_HOLIDAYS
from streams.operators.detection.windows import in_windows, within, within_week
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import KpiEpisode, Measurements, PerceivedSeverity, PolicyValue, ScoredPoints
from telassure.kernel.instant import DAY, HOUR, MINUTE, Instant, iso, parse_instant
from telassure.kernel.policies.calendar_text import MINUTES, WEEKDAYS, Windows, days_in, windows_in
from tests.models.detection_shapes import MONDAY, grid, noisy, weekly
from tests.operators.golden.former import end_of, former
from tests.operators.test_anomaly import HISTORY, LIVE, Site, faulted, many, throughput

MINUTES_A_WEEK = 7 * MINUTES
NOON = LIVE + 12 * HOUR
DEEP = faulted(NOON, NOON + 2 * HOUR, 0.0)
HIGH = faulted(NOON, NOON + 2 * HOUR, 2.5)


def ruled(*policies: tuple[str, ...]) -> Site:
    """A site that has learned two weeks; each policy is (name, value, selector?)."""
    site = Site().learn()
    site.catalogue.apply([PolicyValue("detection", *policy) for policy in policies])
    site.outputs.clear()
    return site


def opened(site: Site) -> list[KpiEpisode]:
    return [episode for episode in site.emitted(KpiEpisode) if episode.state == "open"]


def window(start: Instant, end: Instant) -> str:
    return f"{iso(start)}/{iso(end)}"


@pytest.mark.parametrize(("direction", "low", "high"), [("both", 1, 1), ("down", 1, 0), ("up", 0, 1)])
def test_only_the_watched_direction_is_told(direction: str, low: int, high: int) -> None:
    below = ruled(("direction", direction, "throughput")).take(DEEP)
    above = ruled(("direction", direction, "throughput")).take(HIGH)

    assert [len({e.episode_id for e in opened(site)}) for site in (below, above)] == [low, high]
    assert [bool((site.emitted(ScoredPoints)[0].score > 1).any()) for site in (below, above)] == [low, high]


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (("least_deviation", "10"), True),
        (("least_deviation", "500"), False),
        (("least_relative", "0.5"), True),
        (("least_relative", "1.5"), False),
    ],
)
def test_a_deviation_that_is_too_small_is_not_told(policy: tuple[str, str], told: bool) -> None:
    site = ruled(policy).take(DEEP)

    assert bool(opened(site)) is told
    assert bool((site.emitted(ScoredPoints)[0].score > 1).any()) is told


def test_a_value_that_cannot_be_is_told_from_the_first_day_and_never_learned() -> None:
    site = Site()
    site.catalogue.apply([PolicyValue("detection", "lowest", "0"), PolicyValue("detection", "highest", "100")])
    time = grid(LIVE, LIVE + 2 * HOUR)

    site.take(throughput(time, np.full(len(time), 104.0)))

    (episode,) = opened(site)[:1]
    assert episode.reason.startswith("throughput 104 is above 100, the greatest value it can have")
    assert (episode.severity, episode.peak_score) == (PerceivedSeverity.MAJOR, 10.0)
    assert site.state.cells["site-1"].series.state["seen"][0] == 0.0


def test_severity_follows_the_scores_and_the_duration_that_policies_name() -> None:
    stern = ruled(("minor_score", "1"), ("major_score", "1"), ("worse_after_s", "1800")).take(DEEP)
    mild = ruled(("minor_score", "900"), ("major_score", "900"), ("worse_after_s", "999999")).take(DEEP)

    assert {e.severity for e in stern.emitted(KpiEpisode)} >= {PerceivedSeverity.CRITICAL}
    assert {e.severity for e in mild.emitted(KpiEpisode)} == {PerceivedSeverity.WARNING}


def test_an_episode_that_is_raised_late_is_cleared_late() -> None:
    """Between the two scores nothing opens, and nothing that is open closes."""
    time = grid(NOON, NOON + 4 * HOUR)
    factor = np.where(np.arange(len(time)) < 6, 0.3, 0.84)
    fault = throughput(time, factor * weekly(time))

    loose, tight = ruled().take(fault), ruled(("clear_score", "0.2")).take(fault)
    never = ruled(("raise_score", "900")).take(fault)

    assert [e.state for e in loose.emitted(KpiEpisode)][-1] == "closed"
    assert [e.state for e in tight.emitted(KpiEpisode)][-1] == "open"
    assert never.emitted(KpiEpisode) == []


@pytest.mark.parametrize("selector", ["", "site-1", "throughput", "cell-1", "cell-*"])
def test_maintenance_is_scored_but_not_told(selector: str) -> None:
    site = ruled(("no_alarm", window(NOON, NOON + 3 * HOUR), selector)).take(DEEP)

    assert site.emitted(KpiEpisode) == []
    assert (site.emitted(ScoredPoints)[0].score > 1).any()


@pytest.mark.parametrize(
    ("hours", "zone", "told"),
    [
        ("Mon 11:00-15:00", "UTC", False),
        ("sun-tue 11:00-15:00", "UTC", False),
        ("Tue,Sun 11:00-15:00", "UTC", True),
        ("daily 13:00-17:00", "Europe/Berlin", False),
        ("daily 13:00-17:00", "Asia/Tokyo", True),
    ],
)
def test_maintenance_repeats_by_the_wall_clock(hours: str, zone: str, told: bool) -> None:
    """The fault is on a Monday, from 12 to 14 UTC."""
    site = ruled(("zone", zone), ("no_alarm", f"2020-01-01T00:00Z/2020-01-02T00:00Z; {hours}")).take(DEEP)

    assert bool(opened(site)) is told


@given(
    st.sampled_from(WEEKDAYS),
    st.integers(0, MINUTES - 1),
    st.integers(0, MINUTES),
    st.sampled_from((0, 1, 15, 60, 1_440, 20_000)),
    st.lists(st.integers(-20_000, 60_000), min_size=1, max_size=20),
)
def test_hours_of_the_week_are_the_windows_of_every_week(
    day: str, start: int, end: int, granularity: int, minutes: list[int]
) -> None:
    assume(start != end)
    time, period = LIVE + np.array(minutes) * MINUTE, granularity * MINUTE
    (first, lasts) = windows_in(f"{day} {clock(start)}-{clock(end)}").weekly[0]
    begin = MONDAY + first * MINUTE - 60 * 7 * DAY

    every = [(begin + week * 7 * DAY, begin + week * 7 * DAY + lasts * MINUTE) for week in range(120)]

    assert np.array_equal(within_week(time, period, "UTC", [(first, lasts)]), within(time, period, every))


@pytest.mark.parametrize("hours", ["Sun 02:00-04:00", "Sun 02:30-03:00", "Sat 23:00-02:30", "Sun 01:00-02:00"])
@pytest.mark.parametrize("eve", ["2026-03-28T20:00Z", "2026-10-24T20:00Z"])
@pytest.mark.parametrize("period", [5 * MINUTE, 15 * MINUTE, HOUR])
def test_on_the_night_the_clocks_change_a_period_is_in_the_hours_that_the_wall_showed(
    hours: str, eve: str, period: int
) -> None:
    ends = fields.moment(eve, "eve") + period * np.arange(1, 12 * HOUR // period)
    ((first, lasts),) = windows_in(hours).weekly
    minutes = ends[:, None] - period + np.arange(0, period, MINUTE)
    shown = (wall_clock(minutes.ravel(), "Europe/Berlin") - MONDAY) // MINUTE - first

    inside = (shown % MINUTES_A_WEEK < lasts).reshape(minutes.shape).any(axis=1)

    assert np.array_equal(within_week(ends, period, "Europe/Berlin", [(first, lasts)]), inside)


def test_windows_of_other_objects_and_domains_exempt_nothing() -> None:
    envelope = many(("cell-1", "cell-2", "dsl-1"), ("drops", "load"), NOON)
    begun = Windows(((NOON - HOUR, NOON + HOUR),))
    weekly = windows_in("daily 00:00-24:00")

    found = in_windows(envelope, "UTC", {begun: ["cell-1", "site-9"], weekly: ["dsl*", "cell-9"]})

    assert {envelope.objects[o] for o in envelope.measured_object[found]} == {"cell-1", "dsl-1"}
    assert in_windows(envelope, "UTC", {begun: ["cell-9", "x*"]}).sum() == 0
    assert in_windows(envelope, "UTC", {begun: ["drops"]}).sum() == 3
    assert in_windows(envelope, "UTC", {begun: ["site-1"]}).all()


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def test_the_zone_of_the_settings_holds_where_no_policy_of_detection_names_one() -> None:
    catalogue = Catalogue()
    catalogue.apply(
        [PolicyValue("network", "zone", "Asia/Tokyo"), PolicyValue("detection", "zone", "Europe/Berlin", "north")]
    )

    assert [days_of(catalogue, domain).zone for domain in ("north", "south")] == ["Europe/Berlin", "Asia/Tokyo"]

    catalogue.apply([PolicyValue("detection", "zone", "UTC")])
    assert [days_of(catalogue, domain).zone for domain in ("north", "south")] == ["Europe/Berlin", "UTC"]


@pytest.mark.parametrize("selector", ["site-2", "cell-2", "cell-2*", "load"])
def test_maintenance_elsewhere_changes_nothing(selector: str) -> None:
    site = ruled(("no_alarm", window(NOON, NOON + 3 * HOUR), selector)).take(DEEP)

    assert site.emitted(KpiEpisode) == ruled().take(DEEP).emitted(KpiEpisode)


def test_learning_is_skipped_without_skipping_alarms() -> None:
    site = ruled(("no_learn", window(NOON, NOON + 3 * HOUR)))
    before = site.state.cells["site-1"].series.state["profile"].copy()

    site.take(DEEP)

    assert np.array_equal(site.state.cells["site-1"].series.state["profile"], before)
    assert opened(site)


def test_a_period_that_overlaps_a_window_is_in_it() -> None:
    ends = window(NOON + 20 * MINUTE, NOON + 110 * MINUTE)

    assert ruled(("no_alarm", ends)).take(faulted(NOON + 15 * MINUTE, NOON + 2 * HOUR, 0.3)).emitted(KpiEpisode) == []


@pytest.mark.parametrize(("policies", "told"), [([], True), ([("holidays", "2024-10-21", "site-1")], False)])
def test_a_holiday_is_judged_as_a_sunday(policies: list[tuple[str, str, str]], told: bool) -> None:
    """Monday 2024-10-21, lived like a Sunday."""
    time = grid(LIVE, LIVE + DAY)
    site = ruled(*policies).take(throughput(time, 0.7 * weekly(time)))

    assert bool(site.emitted(KpiEpisode)) is told


@pytest.mark.parametrize(
    ("countries", "told"), [("JM", False), ("DE-BY, KE", False), ("VG", False), ("DE-BY,FR", True), ("none", True)]
)
def test_a_public_holiday_of_a_country_is_judged_as_a_sunday(countries: str, told: bool) -> None:
    """Monday 2024-10-21, a holiday of Jamaica, Kenya and the British Virgin Islands, lived like a Sunday."""
    time = grid(LIVE, LIVE + DAY)
    site = ruled(("public_holidays", countries, "site-1")).take(throughput(time, 0.7 * weekly(time)))

    assert bool(site.emitted(KpiEpisode)) is told


@pytest.mark.parametrize("cut", [1, 17, 96])
def test_public_holidays_do_not_depend_on_how_rows_over_new_year_are_cut(cut: int) -> None:
    time = grid(parse_instant("2024-12-30T12:00:00Z"), parse_instant("2025-01-02T12:00:00Z"))
    catalogue = Catalogue()
    catalogue.apply([PolicyValue("detection", *one) for one in (("public_holidays", "DE"), ("zone", "Europe/Berlin"))])
    calendar = Calendar(catalogue)

    parts = [time[first : first + cut] for first in range(0, len(time), cut)]
    local = np.concatenate([calendar.exempt(throughput(part, weekly(part))).local for part in parts])

    off = wall_clock(time, "Europe/Berlin") // DAY == days_in("2025-01-01")[0]
    assert np.array_equal(local, as_sundays(wall_clock(time, "Europe/Berlin"), off))


@pytest.mark.parametrize("text", ["XX", "DE-XX", "de", "Germany", "DE-", "DE,,QQ"])
def test_a_country_whose_holidays_nobody_knows_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"policy detection\.public_holidays: .*write codes of ISO 3166 like DE"):
        PUBLIC_HOLIDAYS.value(text)


def test_a_holiday_may_be_left_out_of_learning() -> None:
    site = ruled(("holidays", "2024-10-21"), ("holidays_as", "skip"))
    before = site.state.cells["site-1"].series.state["profile"].copy()

    site.take(throughput(HISTORY[:95] + 14 * DAY, noisy(HISTORY[:95] + 14 * DAY, 3)))

    assert np.array_equal(site.state.cells["site-1"].series.state["profile"], before)


def test_a_counter_is_stored_and_told_as_its_rate() -> None:
    live = grid(LIVE, LIVE + DAY)
    time, rate = np.r_[HISTORY, live], np.r_[noisy(HISTORY, 1), weekly(live)]
    rate[len(HISTORY) + 48 : len(HISTORY) + 56] *= 0.3
    gauge, counter = Site(), Site()
    counter.catalogue.apply([PolicyValue("detection", "kind", "counter", "throughput")])

    gauge.take(throughput(time[1:], rate[1:]))
    for part in np.array_split(np.arange(len(time)), 9):
        counter.take(throughput(time[part], np.cumsum(rate * 900)[part])).reload()

    shown = np.concatenate([p.points.value for p in counter.emitted(ScoredPoints)])
    assert np.allclose(shown[1:], rate[1:], rtol=1e-6)
    of = [[(e.state, e.started_at, e.changed_at) for e in site.emitted(KpiEpisode)] for site in (gauge, counter)]
    assert of[0] == of[1] != []


def test_a_gap_opens_by_timer_and_closes_with_the_next_value() -> None:
    site = ruled(("gap_periods", "8", "site-1"))
    site.take(throughput(grid(LIVE, LIVE + HOUR), weekly(grid(LIVE, LIVE + HOUR))))
    due = site.state.timers["site-1"]

    site.timer(due).reload()
    late = grid(LIVE + 5 * HOUR, LIVE + 5 * HOUR + 15 * MINUTE)
    site.take(throughput(late, np.array([np.nan]))).take(throughput(late, weekly(late)))

    assert due == LIVE + HOUR + 8 * 15 * MINUTE
    assert [(e.state, e.started_at, e.changed_at) for e in site.emitted(KpiEpisode)] == [
        ("open", LIVE + HOUR, due),
        ("closed", LIVE + HOUR, LIVE + 5 * HOUR + 15 * MINUTE),
    ]
    assert len({e.episode_id for e in site.emitted(KpiEpisode)}) == 1
    assert opened(site)[0].reason == "no value of throughput for 2 h where one every 15 min is usual"


@pytest.mark.parametrize("change", [None, PolicyValue("detection", "gap_periods", "0")])
def test_a_gap_that_nobody_waits_for_any_more_closes(change: PolicyValue | None) -> None:
    site = ruled(("gap_periods", "8"), ("forget_days", "1"))
    site.take(throughput(grid(LIVE, LIVE + HOUR), weekly(grid(LIVE, LIVE + HOUR))))
    site.timer(site.state.timers["site-1"])
    site.catalogue.apply([change] if change else [])

    site.timer(site.state.timers["site-1"])

    assert [e.state for e in site.emitted(KpiEpisode)] == ["open", "closed"]
    assert site.emitted(KpiEpisode)[-1].reason.startswith("no longer watched")
    assert site.state.timers == {}


def test_an_episode_names_the_other_kpis_of_its_object() -> None:
    site = Site()
    names = ("drops", "load", "users")
    for at in HISTORY:
        site.take(scaled(many(("cell-1", "cell-2"), names, int(at)), 1.0))
    for step in range(1, 5):
        site.take(scaled(many(("cell-1", "cell-2"), names, NOON + step * 15 * MINUTE), 0.1))

    reasons = {e.measurement: e.reason for e in opened(site) if e.managed_object == "cell-1"}

    assert reasons["load"].endswith("; 2 other KPIs of cell-1 with it: drops, users")
    assert "is usual on weekday afternoons" in reasons["load"]


def scaled(envelope: Measurements, factor: float) -> Measurements:
    """Every series follows the weekly shape."""
    envelope.value[:] = factor * weekly(envelope.time) * (1 + 0.01 * np.sin(envelope.time / MINUTE))
    return envelope


@pytest.mark.parametrize("name", ["direction", "kind", "zone", "holidays", "no_alarm", "lowest", "gap_periods"])
def test_a_stored_policy_that_cannot_be_read_leaves_the_default_in_force(name: str) -> None:
    assert ruled((name, "?!")).take(DEEP).emitted(KpiEpisode) == ruled().take(DEEP).emitted(KpiEpisode)


def test_the_examples_of_the_documentation_are_taken() -> None:
    page = (Path(__file__).parents[2] / "docs/detection.md").read_text(encoding="utf-8")
    body = tomllib.loads(page.split("```toml")[1].split("```")[0])

    good, bad, rows = entries(body, Terms("catalogue"), Pseudonymiser(bytes(16)))

    assert (len(good), bad) == (rows, ())
    assert rows >= 5


def test_a_cell_without_gaps_and_meters_is_read() -> None:
    """As a release before wrote it: the header ends with the traces."""
    blob = ruled().state.cells["site-1"].dump()

    cell = load_cell(former(blob, 7), 2)

    assert (cell.part(SeriesGaps).since, len(cell.part(Meters).rows)) == ({}, 0)
    assert not cell.part(ElementEpisodes).kept.used["steps"].any()
    assert cell.dump()[end_of(cell.dump()) :] == blob[end_of(blob) :]
