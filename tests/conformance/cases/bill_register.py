"""The laws for BillRegister."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from streams.hosts.driver import Outcome
from streams.operators.controls.bill_register import BillRegister
from telassure.kernel.events import BilledLine, CustomerBill, DeadLetter
from telassure.kernel.instant import DAY
from telassure.kernel.money import Money
from tests.conformance.cases import OperatorCase, _charging


def reflected(inputs: Sequence[Any], outcome: Outcome) -> bool:
    """Every line id of an account is in its bill or in a letter, and counts once."""
    lines = {(line.account, line.line_id) for line in inputs if isinstance(line, BilledLine)}
    accounts = {account for account, _ in lines}
    bills = {bill.account: bill for bill in outcome.of(CustomerBill)}
    letters = [each for each in outcome.of(DeadLetter) if each.operator == BillRegister.name]
    return accounts == bills.keys() and sum(b.lines for b in bills.values()) + len(letters) >= len(lines)


def bill(day: int) -> BilledLine:
    start = _charging.START + day * DAY
    return BilledLine(f"l-{day}", f"b-{day}", "bills", "a-1", "voice", start, start + DAY, 1, Money(5, "EUR"), start)


CASES = (
    OperatorCase(
        operator=BillRegister,
        topology=_charging.topology(lambda catalogue: (BillRegister(catalogue),), BilledLine),
        streams=_charging.streams(st.one_of(_charging.bills)),
        long_run=lambda n: [bill(day) for day in range(n)],
        cell_bound=410,
        reflected=reflected,
        catalogue=_charging.ENTRIES,
    ),
)
