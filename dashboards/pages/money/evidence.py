"""The records that a case of leakage compares: what was counted or rated, and what arrived or was billed."""

from collections.abc import Iterator
from dataclasses import dataclass

from dashboards.pages.money.leaks import CaseLine, by_switch, lines
from telassure.kernel.events import Charge, CustomerBill, MediatedCount, RevenueLeakage, SwitchCount
from telassure.kernel.instant import Instant
from telassure.kernel.money import NO_CURRENCY, Money
from telassure.kernel.ports import AssuranceReader, Between, Listing, Where

_LISTED = 40


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One record: what it is, its id, when, how much usage, and what that costs."""

    what: str
    record: str
    at: Instant
    units: int
    amount: Money


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case with its records, some of `total`."""

    line: CaseLine
    records: tuple[EvidenceLine, ...]
    total: int


def opened_case(reader: AssuranceReader, leakage_id: str) -> OpenedCase | None:
    """As the stores have it; None where there is no such case."""
    case = reader.get(RevenueLeakage, leakage_id) if leakage_id else None
    if case is None:
        return None
    several, total = (_counts if by_switch(case.control) else _charges)(reader, case)
    return OpenedCase(lines(reader, [case])[0], tuple(several), total)


def _counts(reader: AssuranceReader, case: RevenueLeakage) -> tuple[list[EvidenceLine], int]:
    within = Between(case.period_start, case.period_end)
    where: Where = {"switch": case.subject, "service": case.service, "period_start": within}
    counted, arrived = (reader.find(kind, where, limit=_LISTED) for kind in (SwitchCount, MediatedCount))
    found = [_of_count("counted by the switch", each) for each in counted.rows if isinstance(each, SwitchCount)]
    found += [_of_count("arrived and rated", each) for each in arrived.rows if isinstance(each, MediatedCount)]
    return found, counted.total + arrived.total


def _of_count(what: str, each: SwitchCount | MediatedCount) -> EvidenceLine:
    micros, currency = (each.rated_micros, each.currency) if isinstance(each, MediatedCount) else (0, "")
    name = f"{each.records:,} records"
    return EvidenceLine(what, name, each.period_start, each.volume, Money(micros, currency or NO_CURRENCY))


def _charges(reader: AssuranceReader, case: RevenueLeakage) -> tuple[list[EvidenceLine], int]:
    within = Between(case.period_start, case.period_end)
    where: Where = {"time": within, "account": case.subject, "service": case.service}
    rated = reader.find(Charge, where, limit=_LISTED)
    bills = reader.find(CustomerBill, {"account": case.subject, "issued_at": Between(case.period_start)}, limit=_LISTED)
    found = [*_of_bills(bills, case), *(_of_charge(each) for each in rated.rows)]
    return found, rated.total + len(found) - len(rated.rows)


def _of_bills(bills: Listing[CustomerBill], case: RevenueLeakage) -> Iterator[EvidenceLine]:
    """The bills that cover the case's period, whatever services they are of."""
    for bill in bills.rows:
        if bill.period_start < case.period_end and bill.period_end > case.period_start:
            yield EvidenceLine(f"bill, {bill.lines:,} lines", bill.bill_id, bill.issued_at, 0, bill.amount)


def _of_charge(each: Charge) -> EvidenceLine:
    price = Money(each.amount_micros + each.shortfall_micros, each.currency)
    return EvidenceLine(f"rated by {each.tariff}", each.record_id, each.time, each.volume, price)
