"""Deciding about a case of revenue leakage: that it is money lost, or that it is none."""

from typing import Final

from streams.operators.controls.case_cell import CaseCell
from telassure.kernel.commands import CASE, Command
from telassure.kernel.events import Act
from telassure.kernel.events.case_decision import APPROVED, DISPUTED
from telassure.kernel.rights import BILL


def _approve(cell: CaseCell, act: Act) -> str:
    return cell.decide(APPROVED, act)


def _dispute(cell: CaseCell, act: Act) -> str:
    return cell.decide(DISPUTED, act)


APPROVE: Final = Command(
    "approve", CASE, "Approve a case of leakage: it is money lost, and counts as open.", _approve, right=BILL
)
DISPUTE: Final = Command(
    "dispute",
    CASE,
    "Dispute a case of leakage: it is no money lost, and no longer counts as open.",
    _dispute,
    needs_why=True,
    right=BILL,
    example='ID --why "a test account"',
)
