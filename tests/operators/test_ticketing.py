"""Tickets: opened when bad enough, updated on what matters, resolved, closed, reopened, cancelled."""

from dataclasses import replace

import pytest

from streams.operators.desk.ticketing import Ticketing, ticket_of
from streams.topologies.assurance import by_domain
from streams.topology import Source, Topology
from telassure.kernel.events import PerceivedSeverity, PolicyValue, RootCause, ServiceProblem, TroubleTicket
from telassure.kernel.instant import SECOND, parse_instant
from telassure.kernel.money import Money
from tests.driver import Driver

START = parse_instant("2024-03-04T10:00:00")
OPEN = ServiceProblem(
    "p-1",
    "north",
    "ems",
    "open",
    PerceivedSeverity.MAJOR,
    START,
    START,
    None,
    (RootCause("olt-3", 1.0, "own alarm"),),
    ("a-1", "a-2", "a-3"),
    3,
    3,
    (),
    ("acme",),
    Money.of("1", "EUR"),
)


@pytest.fixture
def driver():
    return Driver(Topology("tickets", (Source(ServiceProblem, by_domain),), lambda catalogue: (Ticketing(catalogue),)))


def problem(seconds, **changes):
    return replace(OPEN, changed_at=START + seconds * SECOND, **changes)


def states(driver):
    return [ticket.state for ticket in driver.outputs(TroubleTicket)]


def test_a_problem_below_the_minimum_severity_gets_its_ticket_when_it_worsens(driver):
    driver.pipe(problem(0, perceived_severity=PerceivedSeverity.MINOR), problem(9))

    assert [ticket.opened_at for ticket in driver.outputs(TroubleTicket)] == [START + 9 * SECOND]


def test_the_minimum_severity_is_a_policy_of_the_feed(driver):
    driver.change(PolicyValue("ticketing", "minimum_severity", "1", "ems"))

    driver.pipe(problem(0, perceived_severity=PerceivedSeverity.INDETERMINATE))

    assert states(driver) == ["acknowledged"]


def test_only_a_change_of_cause_severity_or_customers_updates_a_ticket(driver):
    driver.pipe(problem(0), problem(5, member_count=2), problem(9, affected_customers=("acme", "beta")))

    assert [t.affected_customers for t in driver.outputs(TroubleTicket)] == [("acme",), ("acme", "beta")]


def test_a_resolved_ticket_closes_after_the_hold(driver):
    driver.pipe(problem(0), problem(60, state="cleared"))

    driver.advance(START + 661 * SECOND)

    [ticket] = driver.records(TroubleTicket)
    assert (states(driver), ticket.closed_at) == (["acknowledged", "resolved", "closed"], START + 660 * SECOND)


def test_a_problem_that_opens_again_within_the_hold_reopens_its_ticket(driver):
    driver.pipe(problem(0), problem(60, state="cleared"), problem(90))

    driver.advance(START + 800 * SECOND)

    assert states(driver) == ["acknowledged", "resolved", "inProgress"]


def test_an_absorbed_problem_cancels_its_ticket_and_names_the_other(driver):
    driver.pipe(problem(0), problem(60, state="absorbed", absorbed_by="p-0"))

    [ticket] = driver.records(TroubleTicket)
    assert ticket.state == "cancelled"
    assert ticket_of("p-0") in ticket.title


FEW = {"members": ("a-1",), "member_count": 1, "active_count": 1}


@pytest.mark.parametrize("ends", [60, 899])
def test_a_small_problem_that_soon_clears_opens_no_ticket(driver, ends):
    driver.pipe(problem(0, **FEW), problem(ends, state="cleared", **FEW)).advance(START + 3_000 * SECOND)

    assert states(driver) == []


def test_a_small_problem_that_lasts_opens_its_ticket_then(driver):
    driver.pipe(problem(20, **FEW)).advance(START + 1_000 * SECOND)

    assert [ticket.opened_at for ticket in driver.outputs(TroubleTicket)] == [START + 900 * SECOND]


def test_a_small_problem_that_grows_opens_its_ticket_when_it_does(driver):
    driver.pipe(problem(20, **FEW), problem(50)).advance(START + 1_000 * SECOND)

    assert [ticket.opened_at for ticket in driver.outputs(TroubleTicket)] == [START + 50 * SECOND]


def test_a_small_problem_heard_of_late_has_lasted_already(driver):
    driver.pipe(problem(1_200, **FEW))

    assert [ticket.opened_at for ticket in driver.outputs(TroubleTicket)] == [START + 1_200 * SECOND]


@pytest.mark.parametrize("quiet", ["", "cleared", "open"])
def test_an_alarm_that_comes_again_has_to_last_from_then_on(driver, quiet):
    back = FEW | {"member_count": 2}
    told = [problem(400, state=quiet, **FEW | {"active_count": 0})] if quiet else []

    driver.pipe(problem(20, **FEW), *told, problem(500, **back)).advance(START + 2_000 * SECOND)

    assert [ticket.opened_at for ticket in driver.outputs(TroubleTicket)] == [START + 1_400 * SECOND]


def test_a_second_alarm_beside_the_first_does_not_make_a_small_problem_wait_longer(driver):
    driver.pipe(problem(20, **FEW), problem(500, **FEW | {"member_count": 2, "active_count": 2}))

    driver.advance(START + 2_000 * SECOND)

    assert [ticket.opened_at for ticket in driver.outputs(TroubleTicket)] == [START + 900 * SECOND]


def test_an_alarm_that_never_lasts_opens_no_ticket_until_it_came_a_dozen_times(driver):
    for times in range(1, 13):
        driver.pipe(problem(400 * times, **FEW | {"member_count": times}))
        driver.pipe(problem(400 * times + 200, state="cleared", **FEW | {"member_count": times, "active_count": 0}))

    assert [ticket.opened_at for ticket in driver.outputs(TroubleTicket)][:1] == [START + 4_800 * SECOND]


def test_a_small_problem_of_many_customers_opens_its_ticket_at_once(driver):
    driver.pipe(problem(20, affected_customers=tuple(f"c-{n}" for n in range(10)), **FEW))

    assert [ticket.opened_at for ticket in driver.outputs(TroubleTicket)] == [START + 20 * SECOND]


def test_an_alarm_that_came_a_dozen_times_opens_a_ticket(driver):
    driver.pipe(problem(20, **FEW | {"member_count": 12}))

    assert states(driver) == ["acknowledged"]


@pytest.mark.parametrize(("severity", "opened"), [("WARNING", 1), ("MINOR", 1), ("INDETERMINATE", 0)])
def test_a_mass_of_mild_alarms_opens_a_ticket(driver, severity, opened):
    driver.pipe(problem(20, perceived_severity=PerceivedSeverity[severity], active_count=20))

    assert len(states(driver)) == opened


def test_a_small_problem_that_another_absorbs_opens_no_ticket(driver):
    driver.pipe(problem(0, **FEW), problem(60, state="absorbed", absorbed_by="p-0", **FEW))

    driver.advance(START + 3_000 * SECOND)

    assert states(driver) == []


def test_how_long_a_small_problem_waits_is_a_policy_of_the_feed(driver):
    driver.change(PolicyValue("ticketing", "alone_seconds", "60", "ems"))

    driver.pipe(problem(0, **FEW)).advance(START + 100 * SECOND)

    assert [ticket.opened_at for ticket in driver.outputs(TroubleTicket)] == [START + 60 * SECOND]
