"""Billed lines: what the operator's separate billing system says it has billed."""

from dataclasses import dataclass

from telassure.kernel.instant import Instant
from telassure.kernel.money import Money


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
