"""The view models say what the stores hold."""

from dataclasses import replace
from typing import TypeVar

from dashboards.pages.live.address import Address
from dashboards.pages.live.kpi import KpiQuery
from dashboards.pages.live.queries import LISTED, incidents, selected
from dashboards.pages.live.reads import INCIDENTS, LAST_CLOSED, LAST_REFUSED, SEVERITIES
from dashboards.pages.live.views import IncidentDetail
from dashboards.shell.reading import Read, Screen
from dashboards.snapshot.reads import FEEDS, MONEY
from dashboards.snapshot.views import Acknowledged
from streams.operators.desk.ticketing import ticket_of
from telassure.kernel.events import ActOutcome, PerceivedSeverity
from telassure.kernel.events.shares import loudest
from telassure.kernel.instant import DAY, HOUR, MINUTE
from telassure.kernel.money import Money
from tests.ui.night import CAUSES, MINOR, TOP, WARNING, Night, alarm, charge, episode, leakage, problem, ticket

TOP_ID = "sp-17f3a9c21e04"
T = TypeVar("T")


def seen(night: Night, read: Read[T]) -> T:
    return Screen(night.ports).reading().of(read)


def detail(night: Night, address: Address) -> IncidentDetail:
    found = selected(night.reader, incidents(night.reader, address.page), address)
    assert found is not None
    return found


def test_the_top_incident_names_its_cause_its_cost_and_its_ticket(night: Night) -> None:
    top = seen(night, INCIDENTS).rows[0]
    shown = (top.root_cause, top.customers, top.revenue, top.ticket_id, top.ticket_state)
    assert shown == (TOP, 148, Money.of("1284.40", "EUR"), ticket_of(TOP_ID), "acknowledged")


def test_incidents_stand_worst_first(night: Night) -> None:
    rows = seen(night, INCIDENTS).rows
    assert len(rows) == len(CAUSES)
    assert [row.severity for row in rows] == sorted((row.severity for row in rows), reverse=True)


def test_severities_are_counted_in_x733_order(night: Night) -> None:
    found = {tile.severity.name: tile.count for tile in seen(night, SEVERITIES)}
    assert list(found) == ["CRITICAL", "MAJOR", "MINOR", "WARNING", "INDETERMINATE"]
    assert list(found.values()) == [4, 4, 6, 2, 3]


def test_ten_thousand_alarms_are_counted_in_full(night: Night) -> None:
    night.keep([alarm(f"al-flood-{n}", f"cell-ulm-{n}", MINOR, night.now - n) for n in range(10_000)])
    counts = {tile.severity: tile.count for tile in seen(night, SEVERITIES)}
    assert counts[MINOR] == 10_006


def have_a_hundred(night: Night) -> None:
    """In all, with those of the night."""
    night.keep([problem(f"sp-{n:03d}", f"cell-{n}", WARNING, night.now - n) for n in range(100 - len(CAUSES))])


def test_forty_of_a_hundred_are_listed_and_their_number_is_known(night: Night) -> None:
    have_a_hundred(night)
    view = incidents(night.reader)
    assert (len(view.rows), view.total, view.first) == (LISTED, 100, 1)


def test_every_incident_is_on_one_page(night: Night) -> None:
    have_a_hundred(night)
    found = [row.problem_id for page in (1, 2, 3) for row in incidents(night.reader, page).rows]
    assert (len(found), len(set(found))) == (100, 100)


def test_a_page_beyond_the_last_is_the_last(night: Night) -> None:
    have_a_hundred(night)
    view = incidents(night.reader, 9)
    assert (view.first, len(view.rows)) == (81, 20)


def test_an_incident_on_another_page_knows_its_place(night: Night) -> None:
    have_a_hundred(night)
    wanted = incidents(night.reader, 2).rows[4].problem_id
    assert detail(night, Address(incident=wanted, page=2)).place == 45


def test_only_usage_of_today_is_charged_today(night: Night) -> None:
    before = seen(night, MONEY).charged
    night.keep([charge("c-old", "9", night.now - DAY), charge("c-new", "1", night.now - HOUR)], "charging")
    assert before == (Money.of("48210.364", "EUR"), Money.of("120.5", "CHF"))
    assert seen(night, MONEY).charged[0] == Money.of("48211.364", "EUR")


def test_open_leakage_is_summed_by_control(night: Night) -> None:
    view = seen(night, MONEY)
    found = {line.control: (line.cases, str(line.amount)) for line in view.leakage}
    assert found == {"unbilled_usage": (2, "1380.25 EUR"), "missing_usage": (1, "402.77 EUR")}
    assert view.totals == (Money.of("1783.02", "EUR"),)


def test_leakage_without_a_price_stands_last_and_in_no_sum(night: Night) -> None:
    night.keep([leakage("le-x", "missing_usage", "0", night.now, "XXX")], "charging")
    view = seen(night, MONEY)
    assert (view.leakage[-1].control, view.leakage[-1].amount) == ("missing_usage", Money.zero("XXX"))
    assert view.totals == (Money.of("1783.02", "EUR"),)


def test_the_ticket_closed_last_stands_first(night: Night) -> None:
    assert [t.root_cause for t in seen(night, LAST_CLOSED).rows][:2] == ["link-berlin-magdeburg", "cell-kiel-1-2"]


def test_dead_letters_come_with_place_and_reason(night: Night) -> None:
    view = seen(night, LAST_REFUSED)
    assert (view.count, view.newest[0].place) == (2, "usage.csv:812")
    assert "add a price" in view.newest[0].reason


def test_a_link_to_an_incident_shows_it(night: Night) -> None:
    found = detail(night, Address(incident="sp-37f3a9c21e04"))
    assert (found.incident.root_cause, found.place) == ("router-leipzig", 3)


def test_a_link_to_a_cleared_incident_still_shows_it(night: Night) -> None:
    gone = replace(
        problem("sp-gone", "link-kiel-norden", MINOR, night.now - HOUR), state="cleared", cleared_at=night.now
    )
    night.keep([gone, ticket(gone, "closed", night.now)])
    found = detail(night, Address(incident="sp-gone"))
    assert (found.incident.state, found.place, found.incident.ticket_state) == ("cleared", 0, "closed")


def test_alarms_that_wait_for_an_acknowledgement_are_counted(night: Night) -> None:
    night.keep([alarm(f"al-{TOP_ID}-1", TOP, PerceivedSeverity.CRITICAL, night.now - MINUTE, ack=True)])
    found = detail(night, Address())
    assert (found.active_alarms, found.unacknowledged) == (2, 1)


def acted(command: str, name: str, at: int, outcome: str = "done") -> ActOutcome:
    return ActOutcome(name, command, "problem", TOP_ID, "d", (), "eve", True, "", "page", at, outcome, "")


def test_who_acknowledged_is_told_until_it_is_taken_back(night: Night) -> None:
    night.keep([acted("ack", "a-1", night.now - 5), acted("unack", "a-2", night.now - 3, "refused")])
    before = detail(night, Address()).incident.acknowledged
    night.keep([acted("unack", "a-3", night.now - 1)])
    assert before == Acknowledged("eve", night.now - 5, True)
    assert detail(night, Address()).incident.acknowledged is None


def test_an_empty_house_has_an_empty_board(quiet: Night) -> None:
    view = seen(quiet, INCIDENTS)
    assert (view.rows, view.total, seen(quiet, LAST_CLOSED).rows, seen(quiet, FEEDS)) == ((), 0, (), ())
    assert selected(quiet.reader, view, Address()) is None


# --- which series is shown ---


def test_the_newest_open_episode_is_charted(night: Night) -> None:
    night.keep([episode("ep-new", "router-leipzig", "CPU.UsageMean", night.now)])
    chart = KpiQuery(night.reader, night.metrics).chart(Address(), detail(night, Address()))
    assert chart is not None
    assert (chart.managed_object, chart.unit, chart.why) == ("router-leipzig", "%", "newest open episode")


def test_of_ranked_episodes_the_most_probable_is_charted_and_says_so(night: Night) -> None:
    older = replace(episode("ep-sure", "cell-koeln-2-3", "DRB.UEThpDl", night.now - DAY), rank=0.93)
    doubtful = replace(episode("ep-new", "router-leipzig", "CPU.UsageMean", night.now), rank=0.08)
    night.keep([older, doubtful])
    chart = KpiQuery(night.reader, night.metrics).chart(Address(), detail(night, Address()))
    assert chart is not None
    assert (chart.managed_object, chart.why) == ("cell-koeln-2-3", "open episode, 93% likely to be a true one")


def test_without_an_episode_the_root_cause_is_charted(quiet: Night) -> None:
    quiet.keep([problem("sp-1", "router-leipzig", MINOR, quiet.now)])
    quiet.measure("cell-koeln-2-3", "DRB.UEThpDl")
    quiet.measure("router-leipzig", "CPU.UsageMean")
    chart = KpiQuery(quiet.reader, quiet.metrics).chart(Address(), detail(quiet, Address()))
    assert chart is not None
    assert chart.managed_object == "router-leipzig"


def test_a_chosen_series_stays_and_the_next_one_differs(night: Night) -> None:
    address = Address(series=("cell-koeln-2-3", "DRB.UEThpDl"))
    chart = KpiQuery(night.reader, night.metrics).chart(address, detail(night, address))
    assert chart is not None
    assert (chart.managed_object, chart.pinned, chart.next_series) == ("cell-koeln-2-3", True, (TOP, "LINK.Util"))


def test_the_anomalous_points_are_counted(night: Night) -> None:
    chart = KpiQuery(night.reader, night.metrics).chart(Address(range="6h"), None)
    assert chart is not None
    assert (chart.anomalies, len(chart.time)) == (6, 24)
    assert chart.newest_anomaly is not None
    assert chart.newest_anomaly.time == chart.newest
    assert loudest(chart.newest_anomaly.shares) == [("jump", 0.65), ("level", 0.3), ("rhythm", 0.05)]


def test_a_series_that_ended_long_ago_is_shown_up_to_its_end(night: Night) -> None:
    old = Night(night.settings.home, night.now - 300 * DAY)
    old.measure("replayed", "kpi")
    old.close()
    chart = KpiQuery(night.reader, night.metrics).chart(Address(series=("replayed", "kpi")), None)
    assert chart is not None
    assert (chart.newest, len(chart.time)) == (night.now - 300 * DAY - night.now % (15 * MINUTE), 96)


def test_no_series_is_no_chart(quiet: Night) -> None:
    assert KpiQuery(quiet.reader, quiet.metrics).chart(Address(), None) is None
