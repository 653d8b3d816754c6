"""What a person has decided about a case of revenue leakage."""

from dataclasses import dataclass
from typing import Final

from telassure.kernel.instant import Instant
from telassure.kernel.kept import BusinessRecord, Kept
from telassure.kernel.rights import VIEW

APPROVED: Final = "approved"
DISPUTED: Final = "disputed"


@dataclass(frozen=True, slots=True)
class CaseDecision(BusinessRecord):
    """The newest decision about the case of this id: APPROVED (it is money lost) or DISPUTED (it is not, and no sum of
    open money counts it). `subject` is the case's account or switch."""

    leakage_id: str
    subject: str
    decision: str
    user: str
    why: str
    decided_at: Instant


CASE_DECISIONS: Final = Kept(
    CaseDecision,
    "case_decision",
    time="decided_at",
    order=("-decided_at",),
    filters=("decision", "subject", "user", "decided_at"),
    indexes=(("decision",),),
    removable=False,
    shown_to=(VIEW,),
)
