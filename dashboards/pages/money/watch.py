"""What watches the money: every control with what it has found, and the charges of the day."""

from dataclasses import dataclass

from streams.operators.controls.control import Control, controls
from telassure.kernel.events import CaseDecision, Charge, RevenueLeakage
from telassure.kernel.events.case_decision import APPROVED, DISPUTED
from telassure.kernel.instant import Instant, day_of
from telassure.kernel.ports import AnyOf, AssuranceReader, Between, LeakageSum


@dataclass(frozen=True, slots=True)
class ControlState:
    """A control: what it finds and when it judges, and what is open of that, by currency. `recovered` gaps closed."""

    name: str
    text: str
    owner: str
    judges: str
    open: tuple[LeakageSum, ...]
    recovered: int

    @property
    def cases(self) -> int:
        return sum(each.cases for each in self.open)

    @property
    def state(self) -> str:
        """ "open" while it has cases that are, "recovered" where all that it found closed, else "nothing found"."""
        if self.cases:
            return "open"
        return "recovered" if self.recovered else "nothing found"


@dataclass(frozen=True, slots=True)
class ChargedToday:
    """Ledger lines of the UTC day, and how many cases somebody has approved or disputed."""

    day: Instant
    lines: int
    approved: int
    disputed: int


def control_states(reader: AssuranceReader) -> tuple[ControlState, ...]:
    """Every declared control, those with open cases first."""
    found = [_state(reader, control) for control in controls()]
    return tuple(sorted(found, key=lambda each: (not each.cases, each.name)))


def _state(reader: AssuranceReader, control: Control) -> ControlState:
    sums = reader.leakage_sums((), control.findings)
    closed = reader.count(RevenueLeakage, {"control": AnyOf(control.findings), "state": "recovered"})
    return ControlState(control.name, control.text, control.owner, control.judges, tuple(sums), closed)


def charged_today(reader: AssuranceReader, now: Instant) -> ChargedToday:
    """As the stores have it."""
    day = day_of(now)
    lines = reader.count(Charge, {"time": Between(day)})
    approved, disputed = (reader.count(CaseDecision, {"decision": each}) for each in (APPROVED, DISPUTED))
    return ChargedToday(day, lines, approved, disputed)


def newest_charges(reader: AssuranceReader, most: int) -> tuple[Charge, ...]:
    """The newest lines of the ledger."""
    return tuple(reader.find(Charge, limit=most).rows)
