"""Customers, their accounts and subscribers, and the tariffs they are on (TMF629, TMF620)."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

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
    """A charging group: one balance or one bill. `payment` is "prepaid" or "postpaid".

    From `valid_from` on it is on this product, until another entry of the account begins; None holds from ever.
    """

    account_id: str
    customer: str
    product: str
    payment: str
    opening_balance: Money
    valid_from: Instant | None = None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who uses: the pseudonym of an MSISDN or IMSI, and the account that pays from `valid_from` on (None: always)."""

    subscriber: str
    account: str
    valid_from: Instant | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A product offering: the recurring monthly fee, and the usage tariff from `valid_from` on (None: from ever)."""

    product_id: str
    name: str
    monthly_fee: Money
    tariff: str
    valid_from: Instant | None = None


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """When a price holds, and how the record that it prices is rounded and bounded. The default always holds.

    It holds from the `start`th used unit of a record on, from `from_second` of the local day on, on days that every
    stated condition allows (`weekdays` are ISO, 1 is Monday; empty = all). Of prices that hold at once the highest
    `weight` wins, then the latest hour. `least` and `most` bound a record's cost.
    """

    start: int = 0
    connect_fee: Fraction = Fraction(0)
    from_second: int = 0
    weekdays: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    on_holidays: bool = False
    weight: int = 0
    rounding: str = "half_up"
    decimals: int = 6
    least: Fraction | None = None
    most: Fraction | None = None


PLAIN_TERMS: Final = PriceTerms()


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
    terms: PriceTerms = PLAIN_TERMS


@dataclass(frozen=True, slots=True)
class Tariff:
    """Prices that hold in [valid_from, valid_to). Several versions of one id may follow each other.

    Their hours and days are those of `zone`; `holidays` are dates in it (2026-12-25).
    """

    tariff_id: str
    valid_from: Instant
    valid_to: Instant | None
    currency: str
    prices: tuple[Price, ...]
    zone: str = "UTC"
    holidays: tuple[str, ...] = ()
