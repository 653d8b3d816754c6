"""The little operator that is tortured: its elements, customers and prices, as a catalogue and as plain numbers."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from telassure.evaluation.entries import spread_domains
from telassure.kernel.money import MICRO, round_half_up

CURRENCY: Final = "EUR"
SWITCHES: Final = ("msc-1", "pgw-1")
SERVICES: Final = ("voice", "sms", "data")
SITES: Final = 2
CELLS: Final = 2
ACCOUNTS: Final = 6
OPENING: Final = "20"
_RATES: Final = {
    "voice": (Fraction("0.09"), 60, 60),
    "sms": (Fraction("0.07"), 0, 1),
    "data": (Fraction("0.0037"), 1_000_000, 1_024),
}
_POLICIES: Final = (
    ("leakage", "bill_settle_minutes", "1"),
    ("leakage", "count_period_minutes", "5"),
    ("leakage", "count_delay_hours", "0.05"),
    ("detection", "highest", "90"),
    ("detection", "persistence", "2/3"),
    ("detection", "recovery", "2/3"),
    ("ticketing", "minimum_severity", "3"),
)


@dataclass(frozen=True, slots=True)
class Land:
    """One domain a partition, and one more."""

    domains: tuple[str, ...]

    @classmethod
    def of(cls, partitions: int) -> "Land":
        return cls((*spread_domains(partitions), "north"))

    def hub(self, domain: str) -> str:
        return f"hub-{domain}"

    def sites(self, domain: str) -> list[str]:
        return [f"site-{domain}-{number}" for number in range(SITES)]

    def cells(self, site: str) -> list[str]:
        return [f"{site.replace('site', 'cell')}-{number}" for number in range(CELLS)]

    def catalogue(self) -> dict[str, Any]:
        """The body for the kind "catalogue"."""
        return {
            "resources": [row for domain in self.domains for row in self._resources(domain)],
            "customers": [{"customer_id": f"c-{n}", "name": f"Customer {n}"} for n in range(ACCOUNTS)],
            "accounts": [account(number) for number in range(ACCOUNTS)],
            "subscribers": [{"msisdn": msisdn(number), "account": f"a-{number}"} for number in range(ACCOUNTS)],
            "products": [
                {
                    "product_id": "plan",
                    "name": "Plan",
                    "tariff": "standard",
                    "monthly_fee": {"amount": "30", "currency": CURRENCY},
                }
            ],
            "services": [self._service(number) for number in range(ACCOUNTS)],
            "tariffs": [tariff()],
            "policies": [{"area": area, "name": name, "value": value} for area, name, value in _POLICIES],
        }

    def _resources(self, domain: str) -> list[dict[str, Any]]:
        hub = self.hub(domain)
        found: list[dict[str, Any]] = [{"resource_id": hub, "kind": "router", "domain": domain}]
        for site in self.sites(domain):
            found.append({"resource_id": site, "kind": "site", "domain": domain, "depends_on": [hub]})
            found += [
                {"resource_id": c, "kind": "cell", "domain": domain, "depends_on": [site]} for c in self.cells(site)
            ]
        return found

    def _service(self, number: int) -> dict[str, Any]:
        domain = self.domains[number % len(self.domains)]
        cell = self.cells(self.sites(domain)[number % SITES])[0]
        return {
            "service_id": f"s-{number}",
            "kind": "mobile",
            "account": f"a-{number}",
            "product": "plan",
            "supported_by": [cell],
        }


def prepaid(number: int) -> bool:
    return number % 2 == 0


def account(number: int) -> dict[str, Any]:
    payment = "prepaid" if prepaid(number) else "postpaid"
    balance = {"amount": OPENING if prepaid(number) else "0", "currency": CURRENCY}
    return {
        "account_id": f"a-{number}",
        "customer": f"c-{number}",
        "product": "plan",
        "payment": payment,
        "opening_balance": balance,
    }


def msisdn(number: int) -> str:
    return f"+4915100000{number:02d}"


def tariff() -> dict[str, Any]:
    """One open-ended version."""
    prices = [
        {
            "service": name,
            "prefix": "",
            "kind": "per_unit" if per else "flat",
            "rate": f"{rate.numerator}/{rate.denominator}",
            "per": per or 1,
            "increment": increment,
        }
        for name, (rate, per, increment) in _RATES.items()
    ]
    return {"tariff_id": "standard", "valid_from": "2020-01-01T00:00:00Z", "currency": CURRENCY, "prices": prices}


def priced(service: str, volume: int) -> int:
    """What usage must cost, in micro-units: worked out apart from the code that charges."""
    rate, per, increment = _RATES[service]
    if not per:
        return round_half_up(rate * MICRO)
    return round_half_up(rate * MICRO * (-(-volume // increment) * increment) / per)
