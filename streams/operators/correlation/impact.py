"""What a problem costs: affected services, their customers, and the recurring revenue at risk."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from streams.catalogue import Catalogue, affected_services
from telassure.kernel.money import MICRO, NO_CURRENCY, Money, round_half_up

HOURS_A_MONTH: Final = 730  # 365 days of 24 hours over 12 months
SHOWN: Final = 10_000


@dataclass(frozen=True, slots=True)
class Impact:
    """`services` and `customers` sorted, the first 10,000 of each; `revenue` per hour counts all.

    Revenue is the monthly fee of each affected service's product (of its account's, where it names none that is known),
    over 730 hours, in the currency with the largest sum; `note` names the sums in other currencies.
    """

    services: tuple[str, ...]
    customers: tuple[str, ...]
    revenue: Money
    note: str


def impact(catalogue: Catalogue, resources: set[str]) -> Impact:
    """Of the services that any of these resources carries."""
    services = affected_services(catalogue, resources)
    accounts = sorted({catalogue.services[s].account for s in services} & catalogue.accounts.keys())
    customers = sorted({catalogue.accounts[a].customer for a in accounts})
    sums: dict[str, int] = {}
    shared: set[str] = set()  # accounts whose own product is counted, once for all services that name none
    for service in map(catalogue.services.__getitem__, services):
        product = catalogue.products.get(service.product)
        if product is None and service.account in catalogue.accounts and service.account not in shared:
            shared.add(service.account)
            product = catalogue.products.get(catalogue.accounts[service.account].product)
        if product is not None:
            fee = product.monthly_fee
            sums[fee.currency] = sums.get(fee.currency, 0) + fee.micros
    hourly = [Money(round_half_up(Fraction(total, HOURS_A_MONTH)), currency) for currency, total in sums.items()]
    hourly.sort(key=lambda money: (-money.micros, money.currency))
    note = f"also at risk per hour: {', '.join(_cents(m) for m in hourly[1:])}" if hourly[1:] else ""
    revenue = hourly[0] if hourly else Money.zero(NO_CURRENCY)
    return Impact(tuple(services[:SHOWN]), tuple(customers[:SHOWN]), revenue, note)


def _cents(money: Money) -> str:
    return f"{money.micros / MICRO:.2f} {money.currency}"
