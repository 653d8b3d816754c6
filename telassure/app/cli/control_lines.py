"""Every control of money as a line: who answers, what it compares and when, what is open; and the page of docs/."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from streams.operators.controls.control import Control, controls
from telassure.app.cli.policy_lines import Values, default_of, lines_of
from telassure.kernel.codec import kind_of
from telassure.kernel.events import CaseDecision, RevenueLeakage
from telassure.kernel.events.case_decision import DISPUTED
from telassure.kernel.money import Money
from telassure.kernel.policies import Policy
from telassure.kernel.ports import AnyOf, RecordReader

NOTHING: Final = "nothing found"
OPEN: Final = "open"
RECOVERED: Final = "recovered"
_HEAD: Final = """\
# Controls of money

A control compares two records of the same money and says where one of them is short (TM Forum GB941). Each is one file
in `streams/operators/controls`; what it finds is a `RevenueLeakage` that is open until the gap closes, and recovered
then. `telassure controls list` shows what is open, and the policies in force.

Adding one: [adding/control.md](adding/control.md). This page is written by `telassure controls list --markdown`.
"""


@dataclass(frozen=True, slots=True)
class ControlLine:
    """A control with its state: "open" while it has cases that are, "disputed" where all of these are, "recovered"
    where all it found have closed, else "nothing found". `open` and `amounts`, the money by currency, leave out what is
    `disputed`. Threshold and schedule are policies and the values in force."""

    control: str
    state: str
    open: int
    disputed: int
    recovered: int
    amounts: Mapping[str, str]
    owner: str
    judges: str
    threshold: Mapping[str, str]
    schedule: Mapping[str, str]
    evidence: tuple[str, ...]
    at_risk: str
    text: str


def lines(reader: RecordReader, values: Values) -> list[ControlLine]:
    """Each declared control as it stands."""
    disputed = frozenset(each.leakage_id for each in reader.every(CaseDecision, {"decision": DISPUTED}))
    return [_line(control, reader, values, disputed) for control in controls()]


def _line(control: Control, reader: RecordReader, values: Values, disputed: frozenset[str]) -> ControlLine:
    findings = {"control": AnyOf(control.findings)}
    cases = list(reader.every(RevenueLeakage, {**findings, "state": OPEN}))
    opened = [case for case in cases if case.leakage_id not in disputed]
    recovered = reader.count(RevenueLeakage, {**findings, "state": RECOVERED})
    found = {OPEN: len(opened), DISPUTED: len(cases) - len(opened), RECOVERED: recovered}
    return ControlLine(
        control=control.name,
        state=next((state for state, number in found.items() if number), NOTHING),
        open=found[OPEN],
        disputed=found[DISPUTED],
        recovered=recovered,
        amounts=_amounts(opened),
        owner=control.owner,
        judges=control.judges,
        threshold={str(policy): _in_force(policy, values) for policy in control.threshold},
        schedule={str(policy): _in_force(policy, values) for policy in control.schedule},
        evidence=tuple(map(kind_of, control.evidence)),
        at_risk=control.at_risk,
        text=control.text,
    )


def _amounts(cases: Sequence[RevenueLeakage]) -> dict[str, str]:
    micros: dict[str, int] = {}
    for case in cases:
        if case.amount.micros:
            micros[case.amount.currency] = micros.get(case.amount.currency, 0) + case.amount.micros
    return {currency: str(Money(total, currency)) for currency, total in sorted(micros.items())}


def _in_force(policy: Policy[Any], values: Values) -> str:
    """The value in general, and those of selectors."""
    found = [f"{line.value} for {line.selector}" if line.selector else line.value for line in lines_of(policy, values)]
    return "; ".join(found)


def page() -> str:
    """docs/controls.md."""
    return "\n".join([_HEAD, *map(_section, controls())])


def _section(control: Control) -> str:
    rows = {
        "finds": control.text,
        "owner": control.owner,
        "compares": " with ".join(f"`{kind_of(record)}`" for record in control.evidence),
        "judges": control.judges,
        "schedule": _listed(control.schedule),
        "tolerates": _listed(control.threshold) or "nothing",
        "money at risk": control.at_risk,
        "kept as": ", ".join(f"`{word}`" for word in control.findings),
    }
    table = [f"| {name} | {text} |" for name, text in rows.items()]
    return "\n".join([f"## {control.name}", "", "| | |", "| --- | --- |", *table, ""])


def _listed(policies: tuple[Policy[Any], ...]) -> str:
    return ", ".join(f"[`{policy}`](policies.md#{policy.area}) ({default_of(policy)})" for policy in policies)
