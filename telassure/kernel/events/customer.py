"""Customers, their accounts and subscribers, and the tariffs they are on (TMF629, TMF620)."""

from dataclasses import dataclass
from fractions import Fraction

from telassure.kernel.instant import Instant
from telassure.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Customer:
    """A party that pays. `contact` is an address for notices, kept out of logs."""

    customer_id: str
    name: str
    segment: str
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """A charging group: one balance or one bill. `payment` is "prepaid" or "postpaid"."""

    account_id: str
    customer: str
    product: str
    payment: str
    opening_balance: Money


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who uses: the pseudonym of an MSISDN or IMSI, and the account that pays."""

    subscriber: str
    account: str


@dataclass(frozen=True, slots=True)
class Product:
    """A product offering: the recurring monthly fee and the usage tariff."""

    product_id: str
    name: str
    monthly_fee: Money
    tariff: str


@dataclass(frozen=True, slots=True)
class Price:
    """What one service costs towards destinations that start with `prefix` ("" = any; the longest match wins).

    `kind` is "flat" (`rate` per record) or "per_unit" (`rate` per `per` units, usage rounded up to whole `increment`s).
    `rate` is exact, in major units of the tariff's currency.
    """

    service: str
    prefix: str
    kind: str
    rate: Fraction
    per: int = 1
    increment: int = 1


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices that hold in [valid_from, valid_to). Several versions of one id may follow each other."""

    tariff_id: str
    valid_from: Instant
    valid_to: Instant | None
    currency: str
    prices: tuple[Price, ...]
