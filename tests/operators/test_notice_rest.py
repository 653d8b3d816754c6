"""A rest between notices: how often a customer is told, that no end is left out, and that nothing goes uncounted."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.operators.desk.notice import Notice
from streams.operators.desk.notice_matter import HANDOVER
from streams.operators.desk.notice_rest import NoticeRest
from streams.topologies.assurance import by_domain
from streams.topology import Source, Topology
from telassure.kernel.events import Notification, PolicyValue, TroubleTicket
from telassure.kernel.instant import MINUTE, Instant
from tests.driver import Driver
from tests.operators.test_notice import OPENED, START

REST = 60
CUSTOMERS = ("acme", "beta")
NOTICES = Topology(
    "notices",
    (Source(TroubleTicket, by_domain),),
    lambda catalogue: (Notice(catalogue), NoticeRest(catalogue)),
    notices=(Notification,),
)


def resting(minutes: int = REST) -> Driver:
    return Driver(NOTICES, catalogue=[PolicyValue("notice", "rest_seconds", str(60 * minutes), "north")])


@pytest.fixture
def driver() -> Driver:
    return resting()


def ticket(minute: int, name: str = "A", state: str = "inProgress", **changes: object) -> TroubleTicket:
    return replace(OPENED, ticket_id=name, state=state, changed_at=START + minute * MINUTE, **changes)


def minute_of(at: Instant) -> int:
    return (at - START) // MINUTE


def told(driver: Driver, customer: str = "acme") -> list[tuple[int, str, str]]:
    """(minute, ticket, disrupted or restored)."""
    return [
        (minute_of(notice.time), notice.ticket_id, notice.subject.split()[-1])
        for notice in driver.outputs(Notification)
        if notice.customer == customer
    ]


def later(driver: Driver, minute: int = 10_000) -> Driver:
    return driver.advance(START + minute * MINUTE)


def test_a_ticket_that_flaps_is_told_of_once_and_what_was_held_back_is_counted(driver: Driver) -> None:
    for minute in range(0, 40, 4):
        driver.pipe(ticket(minute), ticket(minute + 2, state="resolved"))

    assert told(later(driver)) == [(0, "A", "disrupted"), (2, "A", "restored")]
    assert driver.counters["notices_held"] == 9


def test_a_disruption_that_still_lasts_when_the_rest_ends_is_told_then_under_an_id_of_its_own(driver: Driver) -> None:
    driver.pipe(ticket(0), ticket(5, state="resolved"), ticket(10), ticket(90, state="resolved"))

    assert told(driver) == [(0, "A", "disrupted"), (5, "A", "restored"), (60, "A", "disrupted"), (90, "A", "restored")]
    assert len(driver.records(Notification)) == 4


def test_another_ticket_of_the_domain_waits_and_the_end_of_the_first_waits_with_it(driver: Driver) -> None:
    """Nobody whose services are still disrupted reads that they are restored, until the rest is over."""
    driver.pipe(ticket(0), ticket(10, "B"), ticket(20, state="resolved"), ticket(70, "B", "resolved"))

    assert told(driver) == [(0, "A", "disrupted"), (60, "A", "restored"), (60, "B", "disrupted"), (70, "B", "restored")]


def test_the_end_is_told_as_soon_as_nothing_is_held_back_any_more(driver: Driver) -> None:
    driver.pipe(ticket(0), ticket(10, "B"), ticket(20, state="resolved"), ticket(30, "B", "resolved"))

    assert told(later(driver)) == [(0, "A", "disrupted"), (30, "A", "restored")]
    assert "was resolved at 2024-03-04T10:20:00" in driver.outputs(Notification)[-1].body


def test_a_disruption_that_returns_before_its_end_was_told_never_ended(driver: Driver) -> None:
    driver.pipe(ticket(0), ticket(10, "B"), ticket(20, state="resolved"), ticket(30), ticket(40, "B", "resolved"))

    driver.pipe(ticket(50, state="resolved"))

    assert told(later(driver)) == [(0, "A", "disrupted"), (50, "A", "restored")]


def test_of_several_that_are_held_back_one_a_rest_is_told(driver: Driver) -> None:
    driver.pipe(ticket(0), ticket(1, "B"), ticket(2, "C"))

    assert told(later(driver)) == [(0, "A", "disrupted"), (60, "B", "disrupted"), (120, "C", "disrupted")]


def test_who_was_told_of_an_absorbed_ticket_hears_of_the_end_of_what_absorbed_it(driver: Driver) -> None:
    driver.pipe(ticket(0), ticket(10, "B"), ticket(10, state="cancelled"), ticket(30, "B", "resolved"))

    assert told(later(driver)) == [(0, "A", "disrupted"), (30, "A", "restored")]


def test_who_was_told_of_both_hears_once_that_it_is_over(driver: Driver) -> None:
    driver.pipe(ticket(0), ticket(70, "B"), ticket(80, state="cancelled"), ticket(95, "B", "resolved"))

    assert told(later(driver)) == [(0, "A", "disrupted"), (70, "B", "disrupted"), (95, "B", "restored")]


def test_an_absorbed_ticket_whose_customer_nobody_names_ends_by_itself(driver: Driver) -> None:
    driver.pipe(ticket(0), ticket(10, state="cancelled"), ticket(11, "B", affected_customers=("beta",)))

    assert told(later(driver)) == [(0, "A", "disrupted"), (10 + HANDOVER // MINUTE, "A", "restored")]


def test_a_customer_whom_the_ticket_names_no_longer_is_not_told_when_the_rest_ends(driver: Driver) -> None:
    driver.pipe(ticket(0), ticket(10, "B"), ticket(20, "B", affected_customers=()))
    driver.pipe(ticket(0, "C", affected_customers=("beta",)), ticket(30, "D", affected_customers=("beta",)))
    driver.pipe(ticket(40, "D", affected_customers=()), ticket(50, "D", affected_customers=("beta",)))

    assert told(later(driver)) == [(0, "A", "disrupted")]
    assert told(driver, "beta") == [(0, "C", "disrupted"), (60, "D", "disrupted")]


def test_who_was_told_hears_of_the_end_also_of_a_ticket_that_names_them_no_longer(driver: Driver) -> None:
    driver.pipe(ticket(0), ticket(10, affected_customers=()), ticket(20, state="resolved", affected_customers=()))

    assert told(later(driver)) == [(0, "A", "disrupted"), (20, "A", "restored")]


def test_an_absorbed_ticket_ends_no_sooner_than_what_is_held_back(driver: Driver) -> None:
    driver.pipe(ticket(0), ticket(10, "B"), ticket(10, state="cancelled"), ticket(20, "C"), ticket(30, "C", "resolved"))

    driver.pipe(ticket(90, "B", "resolved"))

    assert told(later(driver)) == [(0, "A", "disrupted"), (60, "B", "disrupted"), (90, "B", "restored")]


def test_customers_and_domains_rest_apart(driver: Driver) -> None:
    driver.pipe(ticket(0), ticket(1, "B", affected_customers=("acme", "beta")))
    driver.pipe(ticket(2, "C", domain="south"), ticket(3, "D", domain="south"))

    assert told(driver, "beta") == [(1, "B", "disrupted")]
    assert told(driver) == [(0, "A", "disrupted"), (2, "C", "disrupted"), (3, "D", "disrupted")]


def test_a_rest_that_is_set_or_lifted_meanwhile_leaves_no_end_untold(driver: Driver) -> None:
    lifted, none = PolicyValue("notice", "rest_seconds", "0"), Driver(NOTICES)
    none.pipe(ticket(0)).change(PolicyValue("notice", "rest_seconds", "3600")).pipe(ticket(5, state="resolved"))
    driver.pipe(ticket(0), ticket(10, "B"), ticket(20, state="resolved")).change(replace(lifted, selector="north"))

    driver.pipe(ticket(30, "B", "resolved"))

    assert told(none) == [(0, "A", "disrupted"), (5, "A", "restored")]
    assert told(later(driver)) == [(0, "A", "disrupted"), (30, "A", "restored")]


SET, LIFTED = PolicyValue("notice", "rest_seconds", "3600"), PolicyValue("notice", "rest_seconds", "0", "north")


def test_who_was_told_before_the_rest_was_set_hears_of_the_end_when_it_is_the_end() -> None:
    """B was open when the rest was set, and absorbs A: it goes on for those who were told of A."""
    driver = Driver(NOTICES).pipe(ticket(0, "B")).change(SET).pipe(ticket(10))

    driver.pipe(ticket(20, "B", title="also what A was"), ticket(20, state="cancelled"), ticket(60, "B", "resolved"))

    assert told(later(driver)) == [(0, "B", "disrupted"), (10, "A", "disrupted"), (60, "B", "restored")]


def test_who_was_told_before_the_rest_was_set_hears_of_an_end_also_where_what_absorbed_it_was_held_back() -> None:
    driver = Driver(NOTICES).pipe(ticket(0)).change(SET).pipe(ticket(10, "C"), ticket(11, "B"))

    driver.pipe(ticket(12, "C", "resolved"), ticket(13, state="cancelled"), ticket(14, "B", "resolved"))

    assert told(later(driver))[2:] == [(14, "C", "restored"), (13 + HANDOVER // MINUTE, "A", "restored")]


def test_nobody_whose_services_are_disrupted_again_reads_that_they_are_restored_when_the_rest_is_lifted(
    driver: Driver,
) -> None:
    driver.pipe(ticket(0), ticket(5, "B"), ticket(10, state="resolved")).change(LIFTED)

    driver.pipe(ticket(20), ticket(120, state="resolved"), ticket(130, "B", "resolved"))

    assert [notice for notice in told(later(driver)) if notice[1] == "A"] == [
        (0, "A", "disrupted"),
        (120, "A", "restored"),
    ]


def test_nothing_is_remembered_once_the_rest_is_over(driver: Driver) -> None:
    driver.pipe(ticket(0), ticket(10, "B"), ticket(20, state="resolved"), ticket(30, "B", "resolved"))
    driver.pipe(ticket(40, state="closed"), ticket(40, "B", state="closed"))

    later(driver).settle()

    assert [row for row in driver.memory.stored("notices", 0) if row.operator.startswith("notice")] == []


@st.composite
def nights(draw: st.DrawFn) -> list[TroubleTicket]:
    """Tickets that open, name other customers, are resolved, open again, and are absorbed, in the order of time."""
    events: list[TroubleTicket] = []
    last: dict[str, TroubleTicket] = {}
    for minute in sorted(draw(st.lists(st.integers(0, 300), max_size=25, unique=True))):
        name = draw(st.sampled_from("ABC"))
        before = last.get(name)
        lasts = before is not None and before.state == "inProgress"
        state = draw(st.sampled_from(("resolved", "resolved", "inProgress", "cancelled"))) if lasts else "inProgress"
        if before is None or before.state != "cancelled":
            named = tuple(sorted(draw(st.sets(st.sampled_from(CUSTOMERS), min_size=1))))
            customers = before.affected_customers if before is not None and state != "inProgress" else named
            last[name] = ticket(minute, name, state, affected_customers=customers)
            events.append(last[name])
    return events


def standing(driver: Driver, customer: str) -> Counter[str]:
    """How many more disruptions than ends the customer was told of, by ticket."""
    notices = told(driver, customer)
    found = Counter(name for _, name, what in notices if what == "disrupted")
    found.subtract(name for _, name, what in notices if what == "restored")
    return found


@settings(max_examples=300, deadline=None)
@given(nights(), st.integers(1, 120))
def test_between_two_disruptions_lies_a_rest_and_the_last_word_is_the_truth(
    night: list[TroubleTicket], rest: int
) -> None:
    driver = later(resting(rest).pipe(*night))

    last = {event.ticket_id: event for event in night}
    for customer in CUSTOMERS:
        notices, balance = told(driver, customer), standing(driver, customer)
        begun = [minute for minute, _, what in notices if what == "disrupted"]
        assert all(second - first >= rest for first, second in pairwise(begun))
        assert all(
            balance[n] == 1 for n, e in last.items() if e.state == "inProgress" and customer in e.affected_customers
        )
        assert all(balance[name] == 0 for name, event in last.items() if event.state == "resolved")
        assert set(balance.values()) <= {0, 1}
        if notices and all(event.state != "inProgress" for event in last.values()):
            assert notices[-1][2] == "restored"


@settings(max_examples=200, deadline=None)
@given(nights(), st.integers(1, 120))
def test_every_disruption_is_told_when_it_comes_or_counted(night: list[TroubleTicket], rest: int) -> None:
    """As many as are told without a rest."""
    events = [replace(event, affected_customers=CUSTOMERS) for event in night]
    free, rested = Driver(NOTICES).pipe(*events), resting(rest).pipe(*events)

    begun = {(m, n, c) for c in CUSTOMERS for m, n, what in told(free, c) if what == "disrupted"}
    at_once = begun & {(m, n, c) for c in CUSTOMERS for m, n, what in told(rested, c) if what == "disrupted"}
    assert rested.counters.get("notices_held", 0) == len(begun) - len(at_once)
