"""Notices: each affected customer once per disruption and once per resolution, within bounds, without private names."""

from dataclasses import replace

import pytest

from streams.operators.desk.notice import MOST_CUSTOMERS, Notice
from streams.topologies.assurance import by_domain
from streams.topology import Source, Topology
from telassure.kernel.events import Notification, PerceivedSeverity, TroubleTicket
from telassure.kernel.instant import SECOND, parse_instant
from telassure.kernel.money import Money
from tests.driver import Driver

START = parse_instant("2024-03-04T10:00:00")
OPENED = TroubleTicket(
    "t-1",
    "p-1",
    "north",
    "ems",
    "acknowledged",
    PerceivedSeverity.MAJOR,
    "Major: olt-3",
    "olt-3",
    ("acme",),
    Money.of("1", "EUR"),
    START,
    START,
    None,
)


@pytest.fixture
def driver():
    return Driver(Topology("notices", (Source(TroubleTicket, by_domain),), lambda catalogue: (Notice(catalogue),)))


def ticket(seconds, **changes):
    return replace(OPENED, changed_at=START + seconds * SECOND, **changes)


def told(driver):
    return [(notice.customer, notice.subject.split()[-1]) for notice in driver.outputs(Notification)]


def test_a_customer_affected_later_is_told_then_and_the_others_not_again(driver):
    driver.pipe(ticket(0), ticket(9, affected_customers=("acme", "beta")))

    assert told(driver) == [("acme", "disrupted"), ("beta", "disrupted")]


def test_a_disruption_that_returns_is_told_again_under_ids_of_its_own(driver):
    driver.pipe(ticket(0), ticket(9, state="resolved"), ticket(20, state="inProgress"), ticket(30, state="resolved"))

    assert told(driver) == [("acme", "disrupted"), ("acme", "restored")] * 2
    assert len(driver.records(Notification)) == 4


def test_a_ticket_tells_at_most_five_hundred_customers(driver):
    driver.pipe(ticket(0, affected_customers=tuple(f"c-{i}" for i in range(600))))

    assert len(driver.outputs(Notification)) == MOST_CUSTOMERS


def test_a_notice_names_no_network_element(driver):
    driver.pipe(ticket(0), ticket(9, state="resolved"))

    assert not any("olt-3" in notice.body + notice.subject for notice in driver.outputs(Notification))


def test_a_cancelled_ticket_says_nothing(driver):
    driver.pipe(ticket(0), ticket(9, state="cancelled"))

    assert told(driver) == [("acme", "disrupted")]
