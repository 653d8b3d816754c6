"""A tariff from outside: a version whole, each prefix once and in one notation, or every bad price named."""

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Final

from ingestion.fields.row import Row
from models.rating import one_notation
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Price, Tariff

MOST_PRICES: Final = 500_000
_SHOWN: Final = 100  # bad prices of one version that are named
_DIGITS: Final = 15  # of a number, ITU-T E.164
_RATE: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?|[0-9]{1,18}/[0-9]{1,18}", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*", re.ASCII)
_LONG_DIGITS: Final = re.compile(r"[0-9]{7}", re.ASCII)
PRICE: Final = frozenset(Price.__dataclass_fields__)
Place = Callable[[int], str]
"""Where a price of the version stands, for a person."""


class BadPrices(InvalidInput):
    """A version that is refused for some of its prices: (index of the price, what is wrong with it)."""

    def __init__(self, faults: Sequence[tuple[int, str]]) -> None:
        super().__init__(f"{len(faults)} bad prices")
        self.faults = faults[:_SHOWN]
        self.beyond = len(faults) - len(self.faults)


def read_tariff(row: Row, place: Place) -> Tariff:
    """InvalidInput for what is wrong with the version, BadPrices for what is wrong with its prices."""
    prices = row.raw("prices")
    if not isinstance(prices, list) or not 0 < len(prices) <= MOST_PRICES:
        raise InvalidInput(f"prices is not an array of 1 to {MOST_PRICES:,} prices")
    start, end = row.moment("valid_from"), row.moment("valid_to") if "valid_to" in row else None
    if end is not None and end <= start:
        raise InvalidInput("valid_to is not after valid_from")
    return Tariff(
        tariff_id=row.text("tariff_id"),
        valid_from=start,
        valid_to=end,
        currency=fields.currency_code(row.raw("currency"), "the tariff"),
        prices=_prices(prices, place),
    )


def _prices(rows: Sequence[object], place: Place) -> tuple[Price, ...]:
    """In the order of services and prefixes, so that a deck in another order is the same deck."""
    good: list[Price] = []
    faults: dict[int, str] = {}
    first: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows):
        try:
            price = _price(Row(row, PRICE, f"prices[{number}]."))
        except InvalidInput as error:
            faults[number] = error.reason
            continue
        before = first.setdefault((price.service, price.prefix.removeprefix("+")), number)
        if before != number:
            faults[number] = _twice(number, price, place(before))
            faults.setdefault(before, _twice(before, price, place(number)))
        good.append(price)
    if faults:
        raise BadPrices(sorted(faults.items()))
    return tuple(sorted(good, key=lambda price: (price.service, price.prefix)))


def _twice(number: int, price: Price, other: str) -> str:
    prefix = f"prefix {price.prefix}" if price.prefix else "the empty prefix"
    return f"prices[{number}].{prefix} of service {price.service} stands twice in this version, also at {other}"


def _price(row: Row) -> Price:
    return Price(
        service=row.text("service"),
        prefix=_prefix(row),
        kind=row.choice("kind", ("flat", "per_unit")),
        rate=_rate(row.raw("rate")),
        per=row.whole("per", 1) if "per" in row else 1,
        increment=row.whole("increment", 1) if "increment" in row else 1,
    )


def _prefix(row: Row) -> str:
    """In one notation. What no destination could begin with is refused: its price would never hold."""
    written = row.optional("prefix", 64)
    prefix = one_notation(written)
    digits = prefix.removeprefix("+")
    if digits.isascii() and digits.isdigit():
        if len(digits) > _DIGITS:
            raise InvalidInput(f"prefix {fields.shown(written)} has more than {_DIGITS} digits, as no number has")
        if prefix.startswith("+0"):
            raise InvalidInput(f"prefix {fields.shown(written)} names no country; write +49 30 or 0049 30 without a 0")
    elif written and not _NAME.fullmatch(written):
        raise InvalidInput(
            f"prefix {fields.shown(written)} is neither digits nor a name; write +4930, 116117 or internet"
        )
    elif _LONG_DIGITS.search(written):
        raise InvalidInput(f"prefix {fields.shown(written)} is a name with a number in it, which is cut on the way in")
    return prefix


def _rate(value: object) -> Fraction:
    written = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(written, str):
        raise InvalidInput(f'rate {fields.shown(value)} is not exact; write it as text: "0.10"')
    return _exact(written)


@lru_cache(4_096)  # a deck has few rates
def _exact(written: str) -> Fraction:
    if not _RATE.fullmatch(written.strip()):
        better = written.strip().replace(",", ".")
        hint = better if _RATE.fullmatch(better) else "0.10"
        raise InvalidInput(f"rate {fields.shown(written)} is not a decimal number; write {hint}")
    try:
        return Fraction(written.strip())
    except ZeroDivisionError:
        raise InvalidInput(f"rate {fields.shown(written)} divides by zero") from None
