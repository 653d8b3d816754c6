"""The queue: its lines in order, what an address chooses of them, the rows that leave, and the drawer."""

from dataclasses import replace

import pytest
from dash._utils import to_json

from dashboards.pages.queue.board import ALARM, INCIDENT, RESTORE_WITHIN, board
from dashboards.pages.queue.choice import QueueChoice, counts, lines_of, shown
from dashboards.pages.queue.page import QUEUE
from dashboards.pages.queue.rows import BLOCK, rows_between
from dashboards.shell.acting import given
from dashboards.shell.reading import Screen
from dashboards.shell.refresh import answer
from telassure.access.principal import Principal
from telassure.kernel.commands import Instruction, Reply
from telassure.kernel.events import ActOutcome, Alarm
from telassure.kernel.instant import HOUR, MINUTE, SECOND
from tests.ui.conftest import NOW
from tests.ui.night import CAUSES, CRITICAL, MAJOR, MINOR, TOP, WARNING, Night, alarm, problem, ticket

EVE = Principal("eve", frozenset({"operator"}))
HOSTILE = "<script>alert('x')</script>"


def incident(name: str, members: tuple[str, ...], euros: str = "1", opened: int = NOW - HOUR) -> object:
    return replace(problem(name, f"cause-{name}", MAJOR, opened, 2, euros), members=members)


def test_incidents_come_by_impact_and_loose_alarms_by_severity_behind_them(quiet: Night) -> None:
    quiet.keep([incident("cheap", ()), incident("dear", (), "9")])
    quiet.keep([alarm("al-1", "a", MINOR, NOW), alarm("al-2", "b", CRITICAL, NOW), alarm("al-3", "c", WARNING, NOW)])
    assert [line.line_id for line in board(quiet.reader).lines] == ["dear", "cheap", "al-2", "al-1", "al-3"]


def test_an_alarm_of_an_incident_is_not_loose(quiet: Night) -> None:
    quiet.keep([incident("p", ("al-1", "al-2")), *(alarm(f"al-{n}", "a", MINOR, NOW) for n in (1, 2, 3))])
    found = board(quiet.reader)
    assert [line.line_id for line in found.lines] == ["p", "al-3"]
    assert [line.line_id for line in found.alarms["p"]] == ["al-1", "al-2"]


def test_every_unacknowledged_alarm_is_counted_once(screen: Screen, night: Night) -> None:
    night.keep([alarm("al-seen", "cell-trier-7", MINOR, NOW, ack=True)])
    stored = night.reader.count(Alarm, {"state": "active", "ack_state": "unacknowledged"})
    assert board(screen.reader).waiting == stored


def test_a_line_has_the_owner_the_note_and_the_ticket(quiet: Night) -> None:
    of = problem("p", TOP, CRITICAL, NOW - HOUR)
    noted = ("2026-03-12 02:00:00 UTC eve: crew left", "2026-03-12 02:10:00 UTC eve: crew is there")
    quiet.keep([of, replace(ticket(of, "inProgress"), assignee="eve", notes=noted)])
    (line,) = board(quiet.reader).lines
    assert (line.owner, line.note, line.ticket_state) == ("eve", noted[-1], "inProgress")


def test_who_acknowledged_an_incident_owns_it_until_somebody_works_on_it(quiet: Night) -> None:
    act = ActOutcome("a-1", "ack", "problem", "p", "d", (), "ann", True, "", "page", NOW, "done", "")
    quiet.keep([problem("p", TOP, CRITICAL, NOW - HOUR), act])
    (line,) = board(quiet.reader).lines
    assert (line.owner, line.acknowledged_by) == ("ann", "ann")


@pytest.mark.parametrize("severity", [CRITICAL, MAJOR, MINOR, WARNING])
def test_the_clock_to_restore_begins_when_the_incident_opened(quiet: Night, severity: object) -> None:
    quiet.keep([problem("p", TOP, severity, NOW - HOUR)])  # type: ignore[arg-type]  # parametrised
    (line,) = board(quiet.reader).lines
    within = RESTORE_WITHIN.get(severity)  # type: ignore[call-overload]  # parametrised
    assert line.due == (None if within is None else NOW - HOUR + within)


@pytest.mark.parametrize(
    "query",
    ["", "?q=a+b%26c", "?severity=critical.minor&unowned=1", "?flat=1&open=p-1&open=p-2", "?alarm=al-1&part=ticket"],
)
def test_an_address_says_what_it_was_read_from(query: str) -> None:
    assert QueueChoice.read(QueueChoice.read(query).href) == QueueChoice.read(query)


@pytest.mark.parametrize("query", ["?severity=purple", "?unowned=yes", "?q=" + "x" * 600, "?part=all"])
def test_what_is_unknown_in_an_address_chooses_nothing(query: str) -> None:
    assert QueueChoice.read(query) == QueueChoice()


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("?severity=major", ["p"]),
        ("?severity=minor", ["al-2"]),
        ("?loose=1", ["al-2"]),
        ("?incidents=1", ["p"]),
        ("?unacknowledged=1", ["p"]),
        ("?q=CAUSE-p", ["p"]),
        ("?q=nothing", []),
        ("?flat=1", ["al-1", "al-2"]),
        ("?open=p", ["p", "al-1", "al-2"]),
    ],
)
def test_an_address_chooses_lines(quiet: Night, query: str, ids: list[str]) -> None:
    alarms = alarm("al-1", "a", CRITICAL, NOW), alarm("al-2", "b", MINOR, NOW, ack=True)
    quiet.keep([incident("p", ("al-1",)), *alarms])
    found = board(quiet.reader)
    assert [line.line_id for line in shown(found, QueueChoice.read(query))] == ids


def test_each_facet_says_how_many_lines_it_would_show_alone(screen: Screen) -> None:
    found = board(screen.reader)
    said = counts(found, QueueChoice())
    for name, count in said.facets.items():
        assert len(lines_of(found, QueueChoice.read(f"?{name}=1"))) == count
    for name, count in said.severities.items():
        assert len(lines_of(found, QueueChoice.read(f"?severity={name}"))) == count


def test_how_many_of_how_many_is_said(screen: Screen) -> None:
    changed, _ = answer(screen, QUEUE, "?loose=1", {})
    assert f"3 of {len(CAUSES) + 3}" in to_json(changed["facets"])


def test_only_the_rows_that_are_looked_at_leave(quiet: Night) -> None:
    quiet.keep([alarm(f"al-{n:05d}", f"cell-{n}", MINOR, NOW - n * SECOND) for n in range(3_000)])
    screen = Screen(quiet.ports)
    answered = rows_between(screen, "", BLOCK, 2 * BLOCK)
    assert (len(answered["rowData"]), answered["rowCount"]) == (BLOCK, 3_000)
    assert answered["rowData"][0]["id"] != rows_between(screen, "", 0, BLOCK)["rowData"][0]["id"]


def test_a_greedy_browser_gets_no_more_than_ten_blocks(quiet: Night) -> None:
    quiet.keep([alarm(f"al-{n:05d}", f"cell-{n}", MINOR, NOW) for n in range(11 * BLOCK)])
    assert len(rows_between(Screen(quiet.ports), "", 0, 10**9)["rowData"]) == 10 * BLOCK


def test_new_lines_are_told_by_another_version_and_ages_are_not(screen: Screen, night: Night) -> None:
    _, seen = answer(screen, QUEUE, "", {})
    night.clock.time += SECOND
    assert answer(screen, QUEUE, "", seen)[0] == {}
    night.keep([alarm("al-new", "cell-trier-9", CRITICAL, night.now)])
    night.clock.time += SECOND
    assert set(answer(screen, QUEUE, "", seen)[0]) == {"facets", "version"}


def test_opening_a_drawer_asks_for_no_lines(screen: Screen) -> None:
    _, seen = answer(screen, QUEUE, "", {})
    changed, _ = answer(screen, QUEUE, "?incident=sp-17f3a9c21e04", seen)
    assert "drawer" in changed
    assert "version" not in changed


def test_the_drawer_names_rivals_above_five_per_cent_alone(quiet: Night) -> None:
    of = problem("p", TOP, CRITICAL, NOW - HOUR)
    best, rival, unlikely = of.root_causes
    quiet.keep([replace(of, root_causes=(best, replace(rival, score=0.051), replace(unlikely, score=0.05)))])
    drawn = to_json(answer(Screen(quiet.ports), QUEUE, "?incident=p", {})[0]["drawer"])
    assert rival.managed_object in drawn
    assert unlikely.managed_object not in drawn


def test_the_drawer_of_what_is_not_there_says_so(screen: Screen) -> None:
    for query in ("?incident=none", "?alarm=none"):
        assert "not open any more" in to_json(answer(screen, QUEUE, query, {})[0]["drawer"])


def test_names_of_the_network_stay_text(quiet: Night) -> None:
    quiet.keep([problem(HOSTILE, HOSTILE, CRITICAL, NOW - MINUTE), alarm("al", HOSTILE, MINOR, NOW)])
    rows = rows_between(Screen(quiet.ports), "", 0, 10)["rowData"]
    assert [row["what"] for row in rows] == [HOSTILE, HOSTILE]
    assert [row["kind"] for row in rows] == [INCIDENT, ALARM]


class Noting:
    """A desk that keeps what it is given."""

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []

    def give(self, instruction: Instruction) -> Reply:
        self.instructions.append(instruction)
        return Reply("a-1", None)


@pytest.mark.parametrize(
    ("fields", "to"), [("{}", "eve"), ('{"to": ""}', "eve"), ('{"to": "field-team-3"}', "field-team-3")]
)
def test_who_assigns_a_ticket_to_nobody_takes_it(fields: str, to: str) -> None:
    desk = Noting()
    given(desk, f'{{"command": "assign", "object": "t-1", "fields": {fields}}}'.encode(), EVE)
    assert desk.instructions[0].arguments == {"to": to}
