"""The page of money: sums that are the stores' own, causes down to their records, and who sees which account."""

from dataclasses import replace
from typing import Any

import pytest
from dash._utils import to_json

from dashboards.pages.money.choice import MoneyChoice
from dashboards.pages.money.evidence import opened_case
from dashboards.pages.money.leaks import cases, causes
from dashboards.pages.money.page import MONEY_PAGE
from dashboards.pages.money.suspense import suspense
from dashboards.pages.money.watch import charged_today, control_states
from dashboards.shell.reading import Screen
from dashboards.shell.refresh import answer
from dashboards.shell.visit import VISITOR
from telassure.access.admission import Visitor
from telassure.access.principal import Principal
from telassure.kernel.instant import HOUR, MINUTE, SECOND
from tests.ui.conftest import NOW
from tests.ui.leaks import DOWN, PRICE, SWITCH, let_leak, missing
from tests.ui.night import MAJOR, Night, alarm, charge, problem

OF_SWITCH = "?control=missing_usage&service=voice&subject=msc-1&case=le-v0"
OF_ACCOUNT = "?control=unbilled_usage&service=data&case=le-b7"


@pytest.fixture
def leaking(night: Night) -> Night:
    let_leak(night)
    return night


def as_role(role: str) -> Any:
    return VISITOR.set(Visitor(Principal("ann", frozenset({role})), known=True))


def drawn(night: Night, panel: str, query: str = "") -> str:
    return str(to_json(answer(Screen(night.ports), MONEY_PAGE, query, {})[0][panel]))


def test_the_causes_sum_to_all_open_leakage(leaking: Night) -> None:
    found = causes(leaking.reader)
    open_leakage = leaking.reader.open_leakage()
    assert sum(each.amount.micros for each in found) == sum(each.micros for each in open_leakage)
    assert sum(each.cases for each in found) == sum(each.cases for each in open_leakage)


def test_usage_of_a_switch_is_a_cause_of_its_own_and_accounts_are_counted(leaking: Night) -> None:
    found = {(each.control, each.service, each.subject): (each.cases, each.subjects) for each in causes(leaking.reader)}
    assert found["missing_usage", "voice", SWITCH] == (6, 1)
    assert found["unbilled_usage", "data", ""] == (31, 30)  # 2 of acc-0042 and 30 others, of which one is disputed


def test_an_incident_explains_what_its_switch_lost_while_it_was_open(leaking: Night) -> None:
    found = {each.subject: [why.cause for why in each.incidents] for each in causes(leaking.reader)}
    assert found == {SWITCH: [DOWN], "acc-0042": [], "": []}


@pytest.mark.parametrize(
    ("opened", "cleared", "explains"),
    [
        (NOW - 5 * HOUR, NOW - 4 * HOUR, False),
        (NOW - 5 * HOUR, NOW - HOUR, True),
        (NOW - 10 * MINUTE, None, False),
    ],
)
def test_only_an_incident_of_that_time_explains_a_case(
    quiet: Night, opened: int, cleared: int | None, explains: bool
) -> None:
    of = replace(problem("sp", SWITCH, MAJOR, opened, 3), members=("al-1",), cleared_at=cleared)
    if cleared is not None:
        of = replace(of, state="cleared", changed_at=cleared)
    quiet.keep([of])
    quiet.keep([missing("le-1", 0, "voice", "5", NOW)], "charging")
    (line,) = cases(quiet.reader, MoneyChoice()).rows
    assert bool(line.incidents) is explains


def test_an_incident_of_another_switch_explains_nothing(quiet: Night) -> None:
    of = replace(problem("sp", "msc-2", MAJOR, NOW - 5 * HOUR, 3), members=("al-1",))
    quiet.keep([of, alarm("al-1", "msc-2", MAJOR, NOW - 5 * HOUR)])
    quiet.keep([missing("le-1", 0, "voice", "5", NOW)], "charging")
    assert causes(quiet.reader)[0].incidents == ()


def test_a_cause_lists_its_cases_the_dearest_first(leaking: Night) -> None:
    found = cases(leaking.reader, MoneyChoice("missing_usage", "voice", SWITCH))
    assert [line.case.leakage_id for line in found.rows] == [f"le-v{number}" for number in range(6)]
    assert found.said == "6"


def test_a_case_of_a_switch_shows_what_was_counted_and_what_arrived(leaking: Night) -> None:
    found = opened_case(leaking.reader, "le-v0")
    assert found is not None
    assert [(each.what, each.record, each.units) for each in found.records] == [
        ("counted by the switch", "480 records", 28_800),
        ("arrived and rated", "360 records", 21_600),
    ]


def test_a_case_of_an_account_shows_the_charges_of_its_time(leaking: Night) -> None:
    leaking.keep([replace(charge("c-own", "2.5", NOW - HOUR), account="acc-00007")], "charging")
    found = opened_case(leaking.reader, "le-b7")
    assert found is not None
    assert [each.record for each in found.records] == ["r-c-own"]


def test_what_waits_is_told_by_its_reason(leaking: Night) -> None:
    found = suspense(leaking.reader)
    assert (found.waiting, found.reasons[0].reason, found.reasons[0].letters) == (9, PRICE, 8)
    assert found.waiting == leaking.reader.letter_counts("rate").open


def test_every_control_says_what_is_open(leaking: Night) -> None:
    assert {each.name: (each.state, each.cases) for each in control_states(leaking.reader)} == {
        "missing_usage": ("open", 10),
        "unbilled_usage": ("open", 31),
    }


def test_the_ledger_of_the_day_is_counted(leaking: Night) -> None:
    found = charged_today(leaking.reader, NOW)
    assert (found.lines, found.approved, found.disputed) == (22, 0, 1)


@pytest.mark.parametrize(
    ("role", "shown"), [("viewer", False), ("analyst", False), ("operator", True), ("billing", True)]
)
def test_accounts_are_named_to_those_whose_work_they_are(leaking: Night, role: str, shown: bool) -> None:
    before = as_role(role)
    texts = [drawn(leaking, panel, OF_ACCOUNT) for panel in ("cases", "case", "charges", "suspense")]
    VISITOR.reset(before)
    assert ["acc-0" in text for text in texts] == [shown] * 4


@pytest.mark.parametrize(("role", "offered"), [("viewer", False), ("operator", False), ("billing", True)])
def test_a_case_is_decided_by_billing_alone(leaking: Night, role: str, offered: bool) -> None:
    before = as_role(role)
    text = drawn(leaking, "case", OF_SWITCH)
    VISITOR.reset(before)
    assert ("data-command" in text) is offered


def test_without_leakage_the_page_says_so(quiet: Night) -> None:
    assert "No money is missing." in drawn(quiet, "causes")
    assert "Nothing is in suspense." in drawn(quiet, "suspense")
    assert "Nothing was charged yet." in drawn(quiet, "charges")
    assert "This case is not known here." in drawn(quiet, "case", "?case=gone")


def test_nothing_of_money_is_drawn_anew_while_nothing_changes(leaking: Night) -> None:
    screen = Screen(leaking.ports)
    _, seen = answer(screen, MONEY_PAGE, OF_SWITCH, {})
    leaking.clock.time += 10 * SECOND
    assert answer(screen, MONEY_PAGE, OF_SWITCH, seen)[0] == {}


def test_a_hostile_name_is_text(quiet: Night) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    quiet.keep([replace(missing("le-1", 0, "voice", "5", NOW), subject=hostile)], "charging")
    (cause,) = causes(quiet.reader)
    assert "<" not in cause.choice.href
