"""The panels of money: figures of the day, causes, cases, the records of a case, suspense, controls and charges."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.pages.money.choice import MoneyChoice
from dashboards.pages.money.evidence import EvidenceLine, OpenedCase
from dashboards.pages.money.incidents import Explanation
from dashboards.pages.money.leaks import CaseLine, CaseList, LeakageCause
from dashboards.pages.money.suspense import Suspense
from dashboards.pages.money.watch import ChargedToday, ControlState
from dashboards.shell.acting import command_form, offered
from dashboards.shell.identity import named, told
from dashboards.shell.parts import age, empty, figure, utc
from dashboards.shell.theme import money, priced
from dashboards.snapshot.views import MoneyToday
from telassure.kernel.commands import CASE
from telassure.kernel.events import Charge
from telassure.kernel.events.case_decision import APPROVED
from telassure.kernel.instant import DAY, Instant
from telassure.kernel.money import Money

_UNPRICED: Final = "not priced"
_STATES: Final = {"open": "OPEN", "recovered": "RECOVERED", "nothing found": "NOTHING FOUND"}


def figures(today: MoneyToday, counted: ChargedToday, waiting: Suspense, _now: Instant) -> list[Component]:
    """What came in, what is missing, and what waits."""
    charged = [figure(money(amount), "Charged since 00:00 UTC") for amount in today.charged if priced(amount)]
    missing = [figure(money(amount), "Open leakage", kind="risk") for amount in today.totals]
    open_cases = sum(line.cases for line in today.leakage)
    decided = f"  {counted.approved:,} approved, {counted.disputed:,} disputed"
    return [
        *(charged or [figure("nothing", "Charged since 00:00 UTC")]),
        figure(f"{counted.lines:,}", "Ledger lines today"),
        *(missing or [figure(_UNPRICED if open_cases else "nothing", "Open leakage")]),
        figure(f"{open_cases:,}", "Open cases", decided),
        figure(f"{waiting.waiting:,}", "In suspense", f"  {waiting.replayable:,} replayable"),
    ]


def causes(found: Sequence[LeakageCause], choice: MoneyChoice, _now: Instant) -> Component:
    """One line a cause, the dearest first; a line lists its cases."""
    if not found:
        return empty("No money is missing.", "Every control is below; what one finds shows here by its cause.")
    rows = [_cause(each, each.choice == choice.of_case("")) for each in found]
    return _table(("Cause", "Explained by", "Cases", "Missing"), rows, numbers=2)


def _cause(each: LeakageCause, current: bool) -> Component:
    where = each.subject or (f"{each.subjects:,} accounts" if each.subjects > 1 else "1 account")
    words = [html.Strong(_words(each.control)), html.Span(f" {each.service} · {where}", className="soft")]
    return html.Tr(
        [
            html.Td(dcc.Link(words, href=each.choice.href), title=_span(each.begun, each.ended), className="wide"),
            html.Td(_incidents(each.incidents)),
            html.Td(f"{each.cases:,}", className="number"),
            _amount(each.amount),
        ],
        className="current" if current else "",
    )


def cases(found: CaseList, choice: MoneyChoice, rights: Sequence[str], _now: Instant) -> Component:
    """One line a case, the dearest first; a line opens it."""
    if not found.rows:
        return empty("No case is open.", "A case that was recovered leaves this list; its link still shows it.")
    rows = [_case(line, choice, rights) for line in found.rows]
    head = ("Period, UTC", "What", "Account or switch", "Expected", "Found", "Missing")
    title = html.P([html.Span(found.said, className="number"), " cases, the dearest first"], className="hint")
    return html.Div([title, _table(head, rows, numbers=3)], className="scrolled")


def _case(line: CaseLine, choice: MoneyChoice, rights: Sequence[str]) -> Component:
    case = line.case
    link = dcc.Link(_span(case.period_start, case.period_end), href=choice.of_case(case.leakage_id).href)
    decided = [html.Small(f" {line.decision}", title=f"by {line.decided_by}")] if line.decision else []
    return html.Tr(
        [
            html.Td(link, className="number-left"),
            html.Td([f"{_words(case.control)} {case.service}", *decided], className="wide"),
            html.Td(html.Code(_subject(line, rights))),
            _amount(case.expected),
            _amount(case.found),
            _amount(case.amount),
        ],
        className="current" if case.leakage_id == choice.case else "",
    )


def _subject(line: CaseLine, rights: Sequence[str]) -> str:
    return named(line.case.subject, rights) if line.personal else line.case.subject


def case_in_full(
    found: OpenedCase | None, choice: MoneyChoice, rights: Sequence[str], _now: Instant
) -> list[Component]:
    """Why, which incident, what can be decided, and the records behind it."""
    if not choice.case:
        return [empty("No case is opened.", "Choose a period in the list of cases: its records show here.")]
    if found is None:
        return [empty("This case is not known here.", "It may have been removed long ago, or its id is wrong.")]
    line = found.line
    case = line.case
    decided = f"{line.decision} by {line.decided_by}" if line.decision else "nobody has decided about it"
    close = dcc.Link("close", href=choice.of_case("").href, className="range closes")
    return [
        html.Div(
            [
                html.Strong(f"{_words(case.control)}: {money(case.amount)}", className="cause"),
                html.Span(f"{case.service} · {_subject(line, rights)} · {_span(case.period_start, case.period_end)}"),
                close,
            ],
            className="case-head",
        ),
        html.P(case.reason or f"{money(case.expected)} expected, {money(case.found)} found", className="evidence"),
        html.P(["Explained by ", *_incidents(line.incidents)] if line.incidents else "No incident explains it."),
        html.P(decided, className="acknowledged" if line.decision == APPROVED else "hint"),
        *(command_form(command, case.leakage_id) for command in offered(CASE, rights)),
        _records(found),
    ]


def _records(found: OpenedCase) -> Component:
    if not found.records:
        return empty("None of its records is kept any more.")
    words = f"{len(found.records):,} of {found.total:,}" if found.total > len(found.records) else f"{found.total:,}"
    table = _table(("Record", "", "UTC", "Units", "Amount"), [_record(each) for each in found.records], numbers=2)
    return html.Div([html.P([words, " records"], className="hint"), table], className="scrolled")


def _record(each: EvidenceLine) -> Component:
    units = html.Td(f"{each.units:,}" if each.units else "", className="number")
    code = html.Td(html.Code(each.record), className="wide")
    return html.Tr([html.Td(each.what), code, html.Td(utc(each.at)), units, _amount(each.amount)])


def suspended(found: Suspense, rights: Sequence[str], now: Instant) -> Component:
    """Why usage waits, the commonest reason first."""
    if not found.waiting:
        return empty("Nothing is in suspense.", "Usage that cannot be charged waits here until it can.")
    rows = [
        html.Tr(
            [
                html.Td(told(each.reason, rights), className="wide", title=f"refused by {each.operator}"),
                html.Td(age(each.newest, now), className="number"),
                html.Td(f"{each.letters:,}", className="number"),
            ]
        )
        for each in found.reasons
    ]
    looked = f"reasons of the newest {found.looked_at:,} of {found.waiting:,}"
    said = [html.P(looked, className="hint")] if found.waiting > found.looked_at else []
    return html.Div([*said, _table(("Why it waits", "Newest", "Letters"), rows, numbers=2)], className="scrolled")


def control_lines(found: Sequence[ControlState], _now: Instant) -> Component:
    """Every control and its state."""
    rows = [
        html.Tr(
            [
                html.Td(html.Span(_STATES[each.state], className=f"state {'leaks' if each.cases else 'live'}")),
                html.Td([html.Strong(_words(each.name)), html.Small(f" {each.text}")], className="wide wrapped"),
                html.Td(each.owner, title=f"judges {each.judges}"),
                html.Td(f"{each.cases:,}", className="number"),
                html.Td(f"{each.recovered:,}", className="number"),
            ]
        )
        for each in found
    ]
    return _table(("State", "Control", "Owner", "Open", "Recovered"), rows, numbers=2)


def charges(found: Sequence[Charge], rights: Sequence[str], now: Instant) -> Component:
    """The newest lines of the ledger, each with the balance after it."""
    if not found:
        return empty("Nothing was charged yet.", "A line shows here for each usage record and recharge.")
    rows = [_charge(each, rights, now) for each in found]
    return _table(("Account", "For", "Ago", "Charged", "Balance then"), rows, numbers=3)


def _charge(each: Charge, rights: Sequence[str], now: Instant) -> Component:
    what = f"{each.service}, {each.tariff}" if each.service else "recharge"
    short = [html.Small(" balance too low", className="risk")] if each.shortfall_micros else []
    return html.Tr(
        [
            html.Td(html.Code(named(each.account, rights))),
            html.Td([what + (", late" if each.correction else ""), *short], className="wide"),
            html.Td(age(each.time, now), className="number"),
            _amount(Money(each.amount_micros, each.currency)),
            _amount(Money(each.balance_micros, each.currency)),
        ]
    )


def _table(head: Sequence[str], rows: Sequence[Component], numbers: int) -> Component:
    """A table whose last columns are numbers."""
    first = len(head) - numbers
    cells = [html.Th(name, className="number" if place >= first else "") for place, name in enumerate(head)]
    return html.Table([html.Thead(html.Tr(cells)), html.Tbody(rows)])


def _incidents(found: Sequence[Explanation]) -> list[Any]:
    if not found:
        return [html.Span("–", className="hint")]
    first = found[0]
    more = f" and {len(found) - 1} more" if found[1:] else ""
    link = html.A(first.cause, href=f"/incidents/{quote(first.problem_id, safe='')}", className="explains")
    return [link, more]


def _amount(amount: Money) -> Component:
    return html.Td(money(amount), className="number") if priced(amount) else html.Td("–", className="number hint")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _span(begun: Instant, ended: Instant) -> str:
    """From when to when, in the least words.

    >>> _span(0, 86_400_000_000), _span(0, 300_000_000)
    ('1970-01-01', '1970-01-01 00:00 to 00:05')
    """
    first, last = utc(begun), utc(ended)
    if begun % DAY == 0 and ended % DAY == 0:
        final = utc(ended - 1)[:10]
        return first[:10] if final == first[:10] else f"{first[:10]} to {final}"
    return f"{first[:16]} to {last[11:16] if last[:10] == first[:10] else last[:16]}"
