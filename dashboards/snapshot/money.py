"""Charges of the day and open leakage, as sums in one currency each."""

from collections.abc import Mapping, Sequence

from dashboards.shell.theme import priced
from dashboards.snapshot.views import ControlLeakage, MoneyToday
from telassure.kernel.instant import Instant, day_of
from telassure.kernel.money import Money
from telassure.kernel.ports import AssuranceReader, OpenLeakage


def money_of(reader: AssuranceReader, now: Instant) -> MoneyToday:
    """As the stores have it."""
    return money_today(reader.charged_since(day_of(now)), reader.open_leakage(), now)


def money_today(charged: Mapping[str, int], leaking: Sequence[OpenLeakage], now: Instant) -> MoneyToday:
    """Charges by currency, and open leakage by control and currency, largest first; no sum holds unpriced cases."""
    by_control = [ControlLeakage(each.control, each.cases, Money(each.micros, each.currency)) for each in leaking]
    totals: dict[str, Money] = {}
    for line in (line for line in by_control if priced(line.amount)):
        currency = line.amount.currency
        totals[currency] = totals.get(currency, Money.zero(currency)) + line.amount
    largest = sorted(charged.items(), key=lambda sum_: (-sum_[1], sum_[0]))
    return MoneyToday(
        day=day_of(now),
        charged=tuple(Money(micros, currency) for currency, micros in largest),
        leakage=tuple(
            sorted(by_control, key=lambda line: (not priced(line.amount), -line.amount.micros, line.control))
        ),
        totals=tuple(totals[currency] for currency in sorted(totals)),
    )
