"""The decision about one case of leakage as it stands: what it is, who made it, and when."""

from dataclasses import dataclass
from typing import Final

from streams.cells import CellCodec
from telassure.kernel.events import Act
from telassure.kernel.instant import Instant, in_utc


@dataclass(slots=True)
class CaseCell:
    """`decision` "" until there is one."""

    decision: str = ""
    user: str = ""
    at: Instant = 0

    def decide(self, decision: str, act: Act) -> str:
        """Take a decision; "", or why that changes nothing: of two the one given later holds."""
        if self.decision == decision:
            return f"the case is {decision} already by {self.user}, at {in_utc(self.at)}"
        if act.given_at < self.at:
            return f"another decision, given later, at {in_utc(self.at)}, was here first"
        self.decision, self.user, self.at = decision, act.user, act.given_at
        return ""


CASE_CELL: Final = CellCodec(CaseCell)
