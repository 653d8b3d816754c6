"""Where money leaks: open leakage by what causes it, and the cases of one cause."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

from dashboards.pages.money.choice import MoneyChoice
from dashboards.pages.money.incidents import Explanation, explained, incidents_in
from streams.operators.controls.control import Control, controls
from telassure.kernel.events import CaseDecision, RevenueLeakage, SwitchCount
from telassure.kernel.instant import Instant
from telassure.kernel.money import Money
from telassure.kernel.ports import AnyOf, AssuranceReader, LeakageSum, Where

LISTED: Final = 60
CAUSES: Final = 60


@dataclass(frozen=True, slots=True)
class LeakageCause:
    """Open cases of one control and service, of one switch where switches are compared (`subject`; "" where accounts
    are, of which so many `subjects` are hit). `begun` to `ended` is what they cover; `incidents` explain them."""

    control: str
    service: str
    subject: str
    cases: int
    subjects: int
    amount: Money
    begun: Instant
    ended: Instant
    incidents: tuple[Explanation, ...] = ()

    @property
    def choice(self) -> MoneyChoice:
        return MoneyChoice(self.control, self.service, self.subject)


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case; `decision` is what somebody decided about it, "" where nobody has; `personal`: its subject is a
    customer's account."""

    case: RevenueLeakage
    personal: bool
    decision: str = ""
    decided_by: str = ""
    incidents: tuple[Explanation, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseList:
    """Some of the open cases of a cause, the dearest first, and how many of how many."""

    rows: tuple[CaseLine, ...] = field(default=())
    said: str = "0"


@cache
def control_of(finding: str) -> Control | None:
    """The control that keeps its findings under a word."""
    return next((each for each in controls() if finding in each.findings), None)


def by_switch(finding: str) -> bool:
    """Does the control compare what switches say, so that the subject of its cases is one?"""
    control = control_of(finding)
    return control is not None and SwitchCount in control.evidence


def causes(reader: AssuranceReader) -> tuple[LeakageCause, ...]:
    """The dearest causes first, with the incidents that explain those of one switch."""
    found = sorted({each.control for each in reader.open_leakage()})
    switches = [name for name in found if by_switch(name)]
    accounts = [name for name in found if not by_switch(name)]
    of_switches = [_of_switch(each) for each in reader.leakage_sums(("control", "service", "subject"), switches)]
    of_accounts = [_of_accounts(each) for each in reader.leakage_sums(("control", "service"), accounts)]
    whole = sorted((*of_switches, *of_accounts), key=lambda each: (-each.amount.micros, each.control, each.service))
    chosen = whole[:CAUSES]
    places = [(each.subject, each.begun, each.ended) for each in chosen if each.subject]
    near = incidents_in(reader, places)
    return tuple(replace(each, incidents=explained(near, each.subject, each.begun, each.ended)) for each in chosen)


def cases(reader: AssuranceReader, choice: MoneyChoice) -> CaseList:
    """Of the cause that is chosen, of every one where none is."""
    named = {"control": choice.control, "service": choice.service, "subject": choice.subject}
    where: Where = {"state": "open", **{name: value for name, value in named.items() if value}}
    found = reader.find(RevenueLeakage, where, limit=LISTED)
    return CaseList(tuple(lines(reader, found.rows)), found.said)


def lines(reader: AssuranceReader, several: Sequence[RevenueLeakage]) -> list[CaseLine]:
    """Each case with what was decided about it, and the incidents that explain it."""
    if not several:
        return []
    decided = {"leakage_id": AnyOf([case.leakage_id for case in several])}
    decisions = {each.leakage_id: each for each in reader.find(CaseDecision, decided, limit=len(several)).rows}
    switches = [case for case in several if by_switch(case.control)]
    near = incidents_in(reader, [(case.subject, case.period_start, case.period_end) for case in switches])
    return [_line(case, decisions.get(case.leakage_id), near) for case in several]


def _line(case: RevenueLeakage, decision: CaseDecision | None, near: Sequence[Explanation]) -> CaseLine:
    switch = by_switch(case.control)
    found = explained(near, case.subject, case.period_start, case.period_end) if switch else ()
    if decision is None:
        return CaseLine(case, not switch, incidents=found)
    return CaseLine(case, not switch, decision.decision, decision.user, found)


def _of_switch(each: LeakageSum) -> LeakageCause:
    control, service, subject = each.alike
    return _cause(each, control, service, subject)


def _of_accounts(each: LeakageSum) -> LeakageCause:
    control, service = each.alike
    return _cause(each, control, service, "")


def _cause(each: LeakageSum, control: str, service: str, subject: str) -> LeakageCause:
    amount = Money(each.micros, each.currency)
    return LeakageCause(control, service, subject, each.cases, each.subjects, amount, each.begun, each.ended)
