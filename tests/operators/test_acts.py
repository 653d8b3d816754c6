"""What commands do to alarms, problems and tickets, and what is kept of them: who, when, why, and what became of it."""

from typing import Any

import pytest

from streams.operators.commands import owner_of
from streams.topologies.assurance import ASSURANCE
from telassure.kernel.errors import PermanentError
from telassure.kernel.events import (
    Act,
    ActOutcome,
    Alarm,
    AlarmAction,
    AlarmNotification,
    PerceivedSeverity,
    PolicyValue,
    ServiceProblem,
    TroubleTicket,
)
from telassure.kernel.events.act import DONE, REFUSED
from telassure.kernel.instant import DAY, MINUTE, SECOND, parse_instant
from tests.driver import Driver

START = parse_instant("2026-03-04T10:00:00")
MAJOR, CLEARED = PerceivedSeverity.MAJOR, PerceivedSeverity.CLEARED
NOON = START + 2 * 60 * MINUTE


@pytest.fixture
def driver() -> Driver:
    """One open alarm, problem and ticket."""
    driver = Driver(ASSURANCE, catalogue=[PolicyValue("ticketing", "alone_seconds", "0")])
    driver.pipe(notification(0))
    driver.advance(START + 10 * MINUTE)
    return driver


def notification(at: int, severity: PerceivedSeverity = MAJOR) -> AlarmNotification:
    name = f"{at}-{int(severity)}"
    return AlarmNotification(name, "north", "ems", "olt-3", "equipmentAlarm", "los", "", severity, START + at * SECOND)


def act(driver: Driver, command: str, kind: str, name: str = "act-1", **more: Any) -> Act:
    """A command of eve's on the one alarm, problem or ticket there is."""
    [alarm], [problem], [ticket] = (driver.records(each) for each in (Alarm, ServiceProblem, TroubleTicket))
    found = {
        "alarm": (alarm.alarm_id, (alarm.alarm_id,)),
        "problem": (problem.problem_id, (alarm.alarm_id,)),
        "ticket": (ticket.ticket_id, (problem.problem_id,)),
    }
    object_id, targets = found[kind]
    said: dict[str, Any] = {"targets": targets, "given_at": NOON, "arguments": (), "user": "eve", **more}
    return Act(
        name,
        command,
        kind,
        object_id,
        "north",
        "ems",
        alarm.time,
        said["targets"],
        said["arguments"],
        said["user"],
        True,
        "seen",
        "page",
        said["given_at"],
    )


def outcomes(driver: Driver) -> list[tuple[str, str]]:
    return [(each.outcome, each.reason) for each in driver.outputs(ActOutcome)]


def test_an_acknowledged_alarm_says_by_whom_and_when(driver: Driver) -> None:
    driver.pipe(act(driver, "ack", "alarm"))
    [alarm] = driver.records(Alarm)
    assert (alarm.ack_state, alarm.ack_user, alarm.acked_at) == ("acknowledged", "eve", NOON)


def test_the_outcome_keeps_who_when_and_why(driver: Driver) -> None:
    driver.pipe(act(driver, "ack", "alarm"))
    [kept] = driver.records(ActOutcome)
    assert (kept.user, kept.stated, kept.given_at, kept.why, kept.face) == ("eve", True, NOON, "seen", "page")


def test_an_alarm_that_is_acknowledged_already_refuses_and_says_by_whom(driver: Driver) -> None:
    driver.pipe(act(driver, "ack", "alarm"), act(driver, "ack", "alarm", "act-2", user="adam"))
    assert outcomes(driver)[1] == (REFUSED, "the alarm is acknowledged already by eve, at 2026-03-04 12:00:00 UTC")


def test_an_acknowledgement_can_be_taken_back(driver: Driver) -> None:
    driver.pipe(act(driver, "ack", "alarm"), act(driver, "unack", "alarm", "act-2"))
    [alarm] = driver.records(Alarm)
    assert (alarm.ack_state, alarm.ack_user, alarm.acked_at) == ("unacknowledged", "", None)


def test_a_cleared_alarm_is_not_acknowledged(driver: Driver) -> None:
    driver.pipe(notification(900, CLEARED), act(driver, "ack", "alarm"))
    assert outcomes(driver) == [
        (REFUSED, "the alarm cleared at 2026-03-04 10:15:00 UTC; only an active one is acknowledged")
    ]


def test_a_raise_after_the_command_was_given_is_not_cleared_by_it(driver: Driver) -> None:
    driver.pipe(notification(900), act(driver, "clear", "alarm", given_at=START + 600 * SECOND))
    [alarm] = driver.records(Alarm)
    assert (alarm.state, outcomes(driver)[0][0]) == ("active", REFUSED)


def test_an_act_on_an_alarm_that_is_not_there_is_refused_and_kept(driver: Driver) -> None:
    driver.pipe(act(driver, "clear", "alarm", targets=("none-0",)))
    assert outcomes(driver) == [(REFUSED, "no such alarm; it may have been forgotten after it cleared")]


def test_a_problem_is_acknowledged_with_its_alarms_by_one_act(driver: Driver) -> None:
    driver.pipe(act(driver, "ack", "problem"))
    [alarm] = driver.records(Alarm)
    assert (alarm.ack_user, outcomes(driver)) == ("eve", [(DONE, "")])


def test_a_problem_of_episodes_alone_is_acknowledged_once(driver: Driver) -> None:
    driver.pipe(act(driver, "ack", "problem", targets=()), act(driver, "ack", "problem", "act-2", targets=()))
    assert outcomes(driver) == [
        (DONE, ""),
        (REFUSED, "the problem is acknowledged already by eve, at 2026-03-04 12:00:00 UTC"),
    ]


def test_a_ticket_is_assigned_and_in_progress(driver: Driver) -> None:
    driver.pipe(act(driver, "assign", "ticket", arguments=("to=field-3",)))
    [ticket] = driver.records(TroubleTicket)
    assert (ticket.assignee, ticket.state) == ("field-3", "inProgress")


def test_a_note_says_who_wrote_it_and_when(driver: Driver) -> None:
    driver.pipe(act(driver, "note", "ticket", arguments=("text=called the owner",)))
    [ticket] = driver.records(TroubleTicket)
    assert ticket.notes == ("2026-03-04 12:00:00 UTC eve: called the owner",)


def test_a_closed_ticket_takes_no_note(driver: Driver) -> None:
    late = act(driver, "note", "ticket", arguments=("text=x",))
    driver.pipe(notification(900, CLEARED))
    driver.advance(START + DAY)
    driver.pipe(late)
    assert outcomes(driver) == [(REFUSED, "there is no such ticket, or it is closed or cancelled")]


def test_an_act_moves_no_clock(driver: Driver) -> None:
    driver.pipe(act(driver, "ack", "alarm", given_at=START + 300 * DAY), notification(1_000))
    [alarm] = driver.records(Alarm)
    assert (alarm.state, alarm.occurrences) == ("active", 2)


def test_what_no_operator_obeys_has_no_partition_and_becomes_a_dead_letter(driver: Driver) -> None:
    with pytest.raises(PermanentError, match="no operator obeys explode on an object of type alarm"):
        owner_of(act(driver, "explode", "alarm"))


def test_an_action_of_an_earlier_release_has_an_outcome_too(driver: Driver) -> None:
    [alarm] = driver.records(Alarm)
    driver.pipe(AlarmAction("old-1", "north", alarm.alarm_id, "acknowledge", "noc", NOON))
    [kept] = driver.records(ActOutcome)
    assert (kept.act_id, kept.command, kept.user, kept.outcome) == ("old-1", "ack", "noc", DONE)


def test_what_commands_did_outlives_a_crash(driver: Driver) -> None:
    driver.pipe(act(driver, "ack", "alarm"), act(driver, "assign", "ticket", "act-2", arguments=("to=field-3",)))
    driver.crash()
    driver.pipe(notification(1_000), act(driver, "note", "ticket", "act-3", arguments=("text=still here",)))
    [alarm], [ticket] = driver.records(Alarm), driver.records(TroubleTicket)
    assert (alarm.ack_user, ticket.assignee, len(ticket.notes)) == ("eve", "field-3", 1)
