"""Golden scenarios: a network, a fault, and the one ticket that must name it."""

import pytest

from streams.topologies.assurance import ASSURANCE
from telassure.kernel.events import (
    Account,
    AlarmNotification,
    Customer,
    KpiEpisode,
    Notification,
    PerceivedSeverity,
    PolicyValue,
    Product,
    Resource,
    Service,
    ServiceProblem,
    TroubleTicket,
)
from telassure.kernel.instant import MINUTE, SECOND, parse_instant
from telassure.kernel.money import Money
from tests.driver import Driver

START = parse_instant("2024-03-04T10:00:00")
MAJOR, CLEARED = PerceivedSeverity.MAJOR, PerceivedSeverity.CLEARED
SITES = range(1, 7)


def resource(name, kind, *depends_on):
    return Resource(name, kind, name, "north", depends_on)


def network():
    """A core; six sites of a power plant, router, radio link and ten cells each; a fibre with a port at either end."""
    entries = [resource("core", "switch")]
    for site in SITES:
        power, router = f"power-{site}", f"router-{site}"
        entries += [resource(power, "power"), resource(router, "router", power, "core")]
        entries += [resource(f"radio-{site}", "radio", power)]
        entries += [resource(f"cell-{site}-{c}", "cell", router) for c in range(10)]
    entries += [resource("fibre", "link")]
    entries += [resource(f"port-{end}", "interface", f"router-{end}", "fibre") for end in (1, 2)]
    entries += [resource("circuit", "circuit", "port-1", "port-2")]
    entries += [Product("gold", "Gold", Money.of("73", "EUR"), "flat"), Customer("acme", "Acme", "business")]
    entries += [Account("acme-1", "acme", "gold", "postpaid", Money.zero("EUR"))]
    entries += [Service(f"vpn-{c}", "vpn", "acme-1", "gold", (f"cell-3-{c}",)) for c in (0, 1)]
    return entries


def notification(managed_object, at, severity=MAJOR, cause="communicationsSubsystemFailure"):
    name = f"{managed_object}@{at}/{int(severity)}"
    return AlarmNotification(
        name, "north", "ems", managed_object, "communicationsAlarm", cause, "", severity, START + int(at * SECOND)
    )


def cleared(managed_object, at):
    return notification(managed_object, at, CLEARED)


def episode(managed_object, at, measurement="latency"):
    start = START + at * SECOND
    name = f"{managed_object}/{measurement}/{at}"
    return KpiEpisode(
        name, "north", "pm", managed_object, measurement, "open", 4, start, start, None, 4.2, 90.0, 20.0, "high"
    )


def site_loss(site=3, power_alarm=True):
    """The power alarm, then everything at the site but one cell within half a minute."""
    events = [notification(f"power-{site}", 0, cause="powerProblem")] if power_alarm else []
    events += [notification(f"radio-{site}", 1), notification(f"router-{site}", 2)]
    return events + [notification(f"cell-{site}-{c}", 3 + c) for c in range(9)]


@pytest.fixture
def driver():
    """Where a single alarm makes a ticket at once."""
    return Driver(ASSURANCE, catalogue=[*network(), PolicyValue("ticketing", "alone_seconds", "0")])


def run(driver, events, until=120):
    driver.pipe(*sorted(events, key=lambda e: e.time))
    driver.advance(START + until * SECOND)
    return driver.records(TroubleTicket)


def roots(tickets):
    return sorted(ticket.root_cause for ticket in tickets if ticket.state != "cancelled")


def test_a_fibre_cut_is_the_cause_of_both_its_ports_and_their_circuit(driver):
    events = [notification("port-1", 0, cause="lossOfSignal"), notification("port-2", 1, cause="lossOfSignal")]

    tickets = run(driver, [*events, notification("circuit", 2)])

    assert roots(tickets) == ["fibre"]


def test_a_site_without_power_is_found_although_the_power_alarm_was_lost(driver):
    tickets = run(driver, site_loss(power_alarm=False))

    assert roots(tickets) == ["power-3"]


def test_the_evidence_of_a_cause_is_said_in_words(driver):
    run(driver, site_loss())

    [problem] = driver.records(ServiceProblem)
    assert problem.root_causes[0].evidence == (
        "explains 12 of 12 alarmed objects; 11 of 12 dependants alarmed; "
        "own alarm 1 s before the first of the others; physical fault reported"
    )


def test_a_congested_core_is_found_from_kpi_episodes_alone(driver):
    events = [episode("core", 20, "load"), *(episode(f"router-{site}", site) for site in SITES)]
    events += [episode(f"cell-{site}-{c}", 10 + c) for site in SITES for c in range(8)]

    assert roots(run(driver, events)) == ["core"]


def test_two_unrelated_faults_at_once_are_two_problems(driver):
    tickets = run(driver, [*site_loss(2), *site_loss(5, power_alarm=False)])

    assert roots(tickets) == ["power-2", "power-5"]


def test_a_cleared_parent_releases_its_children(driver):
    driver.change(PolicyValue("correlation", "release_seconds", "300"))
    run(driver, [notification("router-4", 0), notification("cell-4-7", 1)])
    driver.pipe(cleared("router-4", 300))

    driver.advance(START + 11 * MINUTE)

    states = {ticket.root_cause: ticket.state for ticket in driver.records(TroubleTicket)}
    assert states == {"router-4": "resolved", "cell-4-7": "acknowledged"}


def test_a_cause_heard_of_late_absorbs_the_problems_of_its_dependants(driver):
    run(driver, [notification("cell-1-1", 0), notification("cell-2-1", 0)], until=60)
    driver.pipe(notification("core", 61), *(notification(f"router-{site}", 62) for site in SITES))

    driver.advance(START + 3 * MINUTE)

    absorbed = [p for p in driver.records(ServiceProblem) if p.state == "absorbed"]
    [kept] = [p for p in driver.records(ServiceProblem) if p.state == "open"]
    assert kept.root_causes[0].managed_object == "core"
    assert absorbed
    assert {p.absorbed_by for p in absorbed} == {kept.problem_id}


def test_an_absorbed_problem_cancels_its_ticket_with_a_reference(driver):
    run(driver, [notification("cell-1-1", 0), notification("cell-2-1", 0)], until=60)

    driver.pipe(notification("core", 61), *(notification(f"router-{site}", 62) for site in SITES))
    driver.advance(START + 3 * MINUTE)

    [kept] = [t for t in driver.records(TroubleTicket) if t.state == "acknowledged"]
    cancelled = [t for t in driver.records(TroubleTicket) if t.state == "cancelled"]
    assert cancelled
    assert all(kept.ticket_id in ticket.title for ticket in cancelled)


def test_duplicates_and_disorder_make_the_same_ticket(driver):
    events = site_loss()
    expected = run(driver, events)
    disordered = Driver(ASSURANCE, catalogue=network())
    shuffled = [events[i] for i in (4, 0, 2, 1, 3, 5, 4, 7, 6, 9, 8, 10, 11, 0, 2)]

    disordered.pipe(*shuffled).advance(START + 120 * SECOND)

    assert disordered.records(TroubleTicket) == expected


def test_a_ticket_names_customers_and_the_revenue_of_each_service(driver):
    [ticket] = run(driver, site_loss())

    assert ticket.affected_customers == ("acme",)
    assert ticket.revenue_at_risk == Money.of("0.20", "EUR")


def test_affected_customers_hear_of_a_disruption_and_of_its_end_once(driver):
    run(driver, site_loss())
    driver.pipe(*(notification(e.managed_object, 200, CLEARED, e.probable_cause) for e in site_loss()))

    driver.advance(START + 20 * MINUTE)

    subjects = [(n.customer, n.subject) for n in driver.outputs(Notification)]
    assert subjects == [("acme", "Your services may be disrupted"), ("acme", "Your services are restored")]


def test_a_problem_that_returns_before_its_ticket_closes_reopens_it(driver):
    run(driver, [notification("cell-1-1", 0)], until=30)
    driver.pipe(cleared("cell-1-1", 40)).advance(START + 110 * SECOND)
    driver.pipe(notification("cell-1-1", 120))

    driver.advance(START + 150 * SECOND)

    assert [t.state for t in driver.outputs(TroubleTicket)] == ["acknowledged", "resolved", "inProgress"]
    assert len(driver.records(TroubleTicket)) == 1


def test_an_alarm_that_clears_before_it_settles_makes_no_problem(driver):
    run(driver, [notification("cell-1-1", 0), cleared("cell-1-1", 10)])

    assert driver.records(ServiceProblem) == []
