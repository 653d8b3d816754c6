"""Silenced objects: they raise no ticket and no notice for a while, and what is open at the end is told as new."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.topologies.assurance import ASSURANCE
from telassure.kernel.events import (
    Act,
    ActOutcome,
    Alarm,
    AlarmNotification,
    PerceivedSeverity,
    PolicyValue,
    Silence,
    TroubleTicket,
)
from telassure.kernel.events.act import DONE, REFUSED
from telassure.kernel.instant import MINUTE, SECOND, parse_instant
from tests.driver import Driver

START = parse_instant("2026-03-04T10:00:00")
MAJOR, CRITICAL, CLEARED = PerceivedSeverity.MAJOR, PerceivedSeverity.CRITICAL, PerceivedSeverity.CLEARED


@pytest.fixture
def driver() -> Driver:
    """Where a single alarm makes a ticket at once."""
    driver = Driver(ASSURANCE)
    driver.change(PolicyValue("ticketing", "alone_seconds", "0"))
    return driver


def heard(
    at: int, severity: PerceivedSeverity = MAJOR, name: str = "site-7/olt-3", ends: int | None = None
) -> AlarmNotification:
    """An alarm of an object, `at` minutes after the start; it is known to end so many after it."""
    number, known = f"{name}-{at}-{int(severity)}", None if ends is None else START + ends * MINUTE
    where = (number, "north", "ems", name, "equipmentAlarm", "los", "")
    return AlarmNotification(*where, severity, START + at * MINUTE, known)


def act(command: str, at: int, *arguments: str, on: str = "alarm's object", name: str = "site-7/olt-3") -> Act:
    number = f"{command}-{at}-{name}"
    when = START + at * MINUTE
    return Act(
        number, command, on, "a-1", "north", "ems", START, (name,), arguments, "eve", True, "works", "page", when
    )


def silence(at: int = 0, minutes: int = 30, objects: str = "", **more: Any) -> Act:
    return act("silence", at, f"minutes={minutes}", f"objects={objects}", **more)


def minute(driver: Driver, at: float) -> None:
    driver.advance(START + int(at * 60) * SECOND)


def opened(driver: Driver) -> list[tuple[str, float]]:
    """The root cause of each ticket and when it opened, in minutes."""
    return [(ticket.root_cause, (ticket.opened_at - START) / MINUTE) for ticket in driver.records(TroubleTicket)]


def reasons(driver: Driver) -> list[str]:
    return [each.reason for each in driver.outputs(ActOutcome) if each.outcome == REFUSED]


def test_a_silenced_object_raises_no_ticket(driver: Driver) -> None:
    driver.pipe(silence(), heard(1))
    minute(driver, 20)
    assert opened(driver) == []


def test_its_alarm_stays_in_the_list(driver: Driver) -> None:
    driver.pipe(silence(), heard(1))
    minute(driver, 20)
    assert [alarm.state for alarm in driver.records(Alarm)] == ["active"]


def test_what_is_open_when_the_silence_ends_is_told_as_new(driver: Driver) -> None:
    driver.pipe(silence(), heard(1))
    minute(driver, 40)
    assert opened(driver) == [("site-7/olt-3", 30)]


def test_what_was_over_before_the_silence_ended_is_never_told(driver: Driver) -> None:
    driver.pipe(silence(), heard(1), heard(15, CLEARED))
    minute(driver, 90)
    assert opened(driver) == []


def test_a_silence_taken_back_tells_at_once(driver: Driver) -> None:
    driver.pipe(silence(), heard(1))
    minute(driver, 10)
    driver.pipe(act("unsilence", 12))
    assert opened(driver) == [("site-7/olt-3", 12)]


def test_other_objects_are_not_silenced(driver: Driver) -> None:
    driver.pipe(silence(), heard(1, name="site-8/olt-1"))
    minute(driver, 20)
    assert [root for root, _ in opened(driver)] == ["site-8/olt-1"]


def test_a_beginning_silences_all_whose_names_begin_so(driver: Driver) -> None:
    driver.pipe(silence(objects="site-7*"), heard(1, name="site-7/bts-9"))
    minute(driver, 20)
    assert opened(driver) == []


def test_what_another_silence_covers_stays_silent_when_one_ends(driver: Driver) -> None:
    driver.pipe(silence(minutes=10), silence(1, 40, "site-7*"), heard(2))
    minute(driver, 30)
    assert opened(driver) == []


def test_an_open_ticket_does_not_change_while_its_object_is_silenced(driver: Driver) -> None:
    driver.pipe(heard(0))
    minute(driver, 5)
    driver.pipe(silence(5), heard(6, CRITICAL))
    minute(driver, 20)
    assert [ticket.severity for ticket in driver.records(TroubleTicket)] == [MAJOR]


def test_an_open_ticket_is_resolved_also_while_its_object_is_silenced(driver: Driver) -> None:
    driver.pipe(heard(0))
    minute(driver, 5)
    driver.pipe(silence(5, 60), heard(6, CLEARED))
    minute(driver, 9)
    assert [ticket.state for ticket in driver.records(TroubleTicket)] == ["resolved"]


def test_a_ticket_whose_problem_returned_in_silence_goes_on_afterwards(driver: Driver) -> None:
    driver.pipe(heard(0, ends=6))
    minute(driver, 13)
    driver.pipe(silence(5), heard(5, ends=90))
    minute(driver, 34)
    quiet = [ticket.state for ticket in driver.records(TroubleTicket)]
    minute(driver, 40)
    assert (quiet, [t.state for t in driver.records(TroubleTicket)]) == (["resolved"], ["inProgress"])


def test_a_ticket_whose_problem_returned_and_ended_in_silence_closes(driver: Driver) -> None:
    driver.pipe(heard(0, ends=6))
    minute(driver, 13)
    driver.pipe(silence(5, 60), heard(5, ends=20))
    minute(driver, 50)
    assert [ticket.state for ticket in driver.records(TroubleTicket)] == ["closed"]


def test_a_silence_is_kept_with_who_why_and_until_when(driver: Driver) -> None:
    driver.pipe(silence())
    [kept] = driver.records(Silence)
    said = (kept.objects, kept.state, kept.user, kept.why, kept.began_at, kept.until)
    assert said == ("site-7/olt-3", "active", "eve", "works", START, START + 30 * MINUTE)


def test_one_that_ends_by_itself_is_over_and_nobody_ended_it(driver: Driver) -> None:
    driver.pipe(silence(), heard(1))
    minute(driver, 40)
    assert [(kept.state, kept.ended_by) for kept in driver.records(Silence)] == [("over", "")]


def test_one_taken_back_says_by_whom(driver: Driver) -> None:
    driver.pipe(silence(), act("unsilence", 5))
    assert [(kept.state, kept.ended_by) for kept in driver.records(Silence)] == [("over", "eve")]


def test_a_second_silence_of_the_same_objects_takes_the_place_of_the_first(driver: Driver) -> None:
    driver.pipe(silence(), silence(10, 60), heard(11))
    minute(driver, 45)
    assert (opened(driver), sorted(kept.state for kept in driver.records(Silence))) == ([], ["active", "over"])


def test_the_cause_that_a_ticket_blames_is_silenced_by_the_ticket(driver: Driver) -> None:
    driver.pipe(silence(on="ticket's object"), heard(1))
    minute(driver, 20)
    assert (opened(driver), [each.outcome for each in driver.outputs(ActOutcome)]) == ([], [DONE])


def test_what_is_not_silenced_cannot_be_taken_back(driver: Driver) -> None:
    driver.pipe(act("unsilence", 5))
    assert reasons(driver) == ["site-7/olt-3 is not silenced"]


@pytest.mark.parametrize(
    ("objects", "words"),
    [("*", "is too short"), ("si*", "is too short"), ("site-8*", "does not cover"), ("olt-3", "does not cover")],
)
def test_objects_that_cannot_be_meant_are_refused(driver: Driver, objects: str, words: str) -> None:
    driver.pipe(silence(objects=objects))
    assert [words in reason for reason in reasons(driver)] == [True]


def test_a_silence_outlives_a_crash(driver: Driver) -> None:
    driver.pipe(silence(), heard(1))
    minute(driver, 20)
    driver.crash()
    minute(driver, 40)
    assert opened(driver) == [("site-7/olt-3", 30)]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 30), st.booleans()), max_size=6))
def test_after_the_last_silence_an_open_problem_has_its_ticket(said: list[tuple[int, int, bool]]) -> None:
    driver = Driver(ASSURANCE)
    driver.pipe(heard(0))
    for at, minutes, ends in sorted(said):
        driver.pipe(act("unsilence", at) if ends else silence(at, minutes))
    minute(driver, 120)
    assert [ticket.state for ticket in driver.records(TroubleTicket)] == ["acknowledged"]
