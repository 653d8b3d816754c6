"""What the operator's separate billing system says it has billed: its lines, and the bills that they make up."""

from dataclasses import dataclass
from typing import Final

from telassure.kernel.instant import Instant
from telassure.kernel.kept import BusinessRecord, Kept
from telassure.kernel.money import Money
from telassure.kernel.rights import VIEW


@dataclass(frozen=True, slots=True)
class BilledLine:
    """One line of a customer bill (TMF678): usage of one service by one account in one period, and its price.

    The period is [period_start, period_end); usage lines cover one UTC day. `time` is when the bill was issued.
    """

    line_id: str
    bill_id: str
    feed: str
    account: str
    service: str
    period_start: Instant
    period_end: Instant
    quantity: int
    amount: Money
    time: Instant


@dataclass(frozen=True, slots=True)
class CustomerBill(BusinessRecord):
    """TMF678: a bill of one account as far as its lines have come. `bill_id` is the billing system's own number.

    `amount` is the sum of its `lines`; [period_start, period_end) is what they cover together, `issued_at` the newest
    time of any.
    """

    customer_bill_id: str
    bill_id: str
    account: str
    feed: str
    period_start: Instant
    period_end: Instant
    lines: int
    amount: Money
    issued_at: Instant

    @property
    def time(self) -> Instant:
        return self.issued_at


CUSTOMER_BILLS: Final = Kept(
    CustomerBill,
    "customer_bill",
    time="issued_at",
    order=("-issued_at",),
    filters=("bill_id", "account", "issued_at"),
    indexes=(("account", "issued_at"),),
    shown_to=(VIEW,),
)
