"""A tariff from outside: a version whole, each prefix once and in one notation, or every bad price named."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from ingestion.fields.row import Row
from ingestion.kinds.price_terms import TERMS, exact_amount, price_terms
from models.rating import TariffCalendar, one_notation, rate_rows
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import PLAIN_TERMS, Price, PriceTerms, Tariff

MOST_PRICES: Final = 500_000
_SHOWN: Final = 100  # bad prices of one version that are named
_MOST_HOLIDAYS: Final = 5_000
_DIGITS: Final = 15  # of a number, ITU-T E.164
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*", re.ASCII)
_LONG_DIGITS: Final = re.compile(r"[0-9]{7}", re.ASCII)
PRICE: Final = (frozenset(Price.__dataclass_fields__) - {"terms"}) | TERMS
_Holding = tuple[int, int, int, tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], bool]]
_ALWAYS: Final[_Holding] = (0, 0, 0, ((), (), (), False))
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
        zone=_zone(row),
        holidays=_holidays(row),
    )


def _zone(row: Row) -> str:
    return TariffCalendar(row.text("zone")).zone if "zone" in row else "UTC"


def _holidays(row: Row) -> tuple[str, ...]:
    """Dates in the tariff's zone: an array, or text with `;` between them."""
    if "holidays" not in row:
        return ()
    stated = row.raw("holidays")
    days = stated.split(";") if isinstance(stated, str) else stated
    if not isinstance(days, list) or len(days) > _MOST_HOLIDAYS:
        raise InvalidInput(f'holidays is not an array of at most {_MOST_HOLIDAYS:,} dates; write ["2026-12-25"]')
    return tuple(sorted({_day(day) for day in days}))


def _day(stated: object) -> str:
    try:
        return date.fromisoformat(str(stated).strip()).isoformat()
    except ValueError:
        raise InvalidInput(f"holidays: {fields.shown(stated)} is no date; write 2026-12-25") from None


def _prices(rows: Sequence[object], place: Place) -> tuple[Price, ...]:
    """In the order of services and prefixes, so that a deck in another order is the same deck."""
    good: list[Price] = []
    faults: dict[int, str] = {}
    first: dict[tuple[str, str, _Holding], int] = {}
    timed: dict[tuple[str, str], list[int]] = {}
    for number, row in enumerate(rows):
        try:
            price = _price(Row(row, PRICE, f"prices[{number}]."))
        except InvalidInput as error:
            faults[number] = error.reason
            continue
        towards = price.service, price.prefix.removeprefix("+")
        if price.terms is not PLAIN_TERMS:
            timed.setdefault(towards, []).append(number)
        before = first.setdefault((*towards, _holding(price.terms)), number)
        if before != number:
            faults[number] = _twice(number, price, place(before))
            faults.setdefault(before, _twice(before, price, place(number)))
        good.append(price)
    if not faults and timed:
        faults = _contradictions(good, timed)
    if faults:
        raise BadPrices(sorted(faults.items()))
    return tuple(sorted(good, key=lambda price: (price.service, price.prefix, _holding(price.terms))))


def _holding(terms: PriceTerms) -> _Holding:
    """When a price holds: two of one prefix that hold at other times or from other units are two prices."""
    if terms is PLAIN_TERMS:
        return _ALWAYS
    days = terms.weekdays, terms.month_days, terms.months, terms.on_holidays
    return terms.start, terms.from_second, terms.weight, days


def _contradictions(prices: Sequence[Price], timed: dict[tuple[str, str], list[int]]) -> dict[int, str]:
    """Where prices of one service and prefix make no row together, at each that has terms of its own."""
    together: dict[tuple[str, str], list[Price]] = {towards: [] for towards in timed}
    for price in prices:
        towards = price.service, price.prefix.removeprefix("+")
        if towards in together:
            together[towards].append(price)
    faults: dict[int, str] = {}
    for towards, lines in together.items():
        try:
            rate_rows(lines)
        except InvalidInput as refusal:
            faults.update(dict.fromkeys(timed[towards], refusal.reason))
    return faults


def _twice(number: int, price: Price, other: str) -> str:
    prefix = f"prefix {price.prefix}" if price.prefix else "the empty prefix"
    return f"prices[{number}].{prefix} of service {price.service} stands twice in this version, also at {other}"


def _price(row: Row) -> Price:
    return Price(
        service=row.text("service"),
        prefix=_prefix(row),
        kind=row.choice("kind", ("flat", "per_unit")),
        rate=exact_amount(row.raw("rate"), "rate"),
        per=row.whole("per", 1) if "per" in row else 1,
        increment=row.whole("increment", 1) if "increment" in row else 1,
        terms=price_terms(row),
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
