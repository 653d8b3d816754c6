"""When a price of a tariff holds and how its record is rounded, read from the price's row."""

import re
from fractions import Fraction
from functools import lru_cache
from typing import Final

from ingestion.fields.row import Row
from models.rating.rounding import ROUNDING_WAYS
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import PLAIN_TERMS, PriceTerms

TERMS: Final = frozenset(
    {
        "start", "connect_fee", "from_time", "weekdays", "month_days", "months", "on_holidays", "weight", "rounding",
        "decimals", "min_cost", "max_cost",
    }
)  # fmt: skip
_RATE: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?|[0-9]{1,18}/[0-9]{1,18}", re.ASCII)
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?", re.ASCII)
_RANGE: Final = re.compile(r"([0-9]{1,2})(?:-([0-9]{1,2}))?", re.ASCII)
_FINEST: Final = 12
_HEAVIEST: Final = 1_000_000


def price_terms(row: Row) -> PriceTerms:
    """The plain ones where the row states none of its own."""
    if not any(name in row for name in TERMS):
        return PLAIN_TERMS
    least, most = _amount(row, "min_cost"), _amount(row, "max_cost")
    if least is not None and most is not None and least > most:
        raise InvalidInput("min_cost is above max_cost")
    return PriceTerms(
        start=row.whole("start") if "start" in row else 0,
        connect_fee=_amount(row, "connect_fee") or Fraction(0),
        from_second=_from_second(row),
        weekdays=_days(row, "weekdays", 7),
        month_days=_days(row, "month_days", 31),
        months=_days(row, "months", 12),
        on_holidays=row.flag("on_holidays", False),
        weight=_upto(row, "weight", _HEAVIEST, 0),
        rounding=row.choice("rounding", ROUNDING_WAYS) if "rounding" in row else "half_up",
        decimals=_upto(row, "decimals", _FINEST, 6),
        least=least,
        most=most,
    )


def exact_amount(value: object, field: str) -> Fraction:
    """An amount in major units, exact; InvalidInput for a float, a comma or a negative one."""
    written = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(written, str):
        raise InvalidInput(f'{field} {fields.shown(value)} is not exact; write it as text: "0.10"')
    return _exact(written, field)


@lru_cache(4_096)  # a deck has few rates
def _exact(written: str, field: str) -> Fraction:
    if not _RATE.fullmatch(written.strip()):
        better = written.strip().replace(",", ".")
        hint = better if _RATE.fullmatch(better) else "0.10"
        raise InvalidInput(f"{field} {fields.shown(written)} is not a decimal number; write {hint}")
    try:
        return Fraction(written.strip())
    except ZeroDivisionError:
        raise InvalidInput(f"{field} {fields.shown(written)} divides by zero") from None


def _amount(row: Row, name: str) -> Fraction | None:
    return exact_amount(row.raw(name), name) if name in row else None


def _upto(row: Row, name: str, most: int, default: int) -> int:
    found = row.whole(name) if name in row else default
    if found > most:
        raise InvalidInput(f"{name} {found} is above {most:,}")
    return found


def _from_second(row: Row) -> int:
    if "from_time" not in row:
        return 0
    written = row.text("from_time")
    found = _CLOCK.fullmatch(written)
    if found is None:
        raise InvalidInput(f"from_time {fields.shown(written)} is not an hour of the day; write 18:00 or 18:00:30")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def _days(row: Row, name: str, most: int) -> tuple[int, ...]:
    """An array of numbers, or text as a CSV file has it: `6;7`, `1-5`."""
    if name not in row:
        return ()
    stated = row.raw(name)
    parts = stated.split(";") if isinstance(stated, str) else stated if isinstance(stated, list) else [stated]
    found: set[int] = set()
    for part in parts:
        found.update(_range(str(part).strip(), name, most))
    return tuple(sorted(found))


def _range(written: str, name: str, most: int) -> range:
    found = _RANGE.fullmatch(written)
    first, last = (int(found.group(1)), int(found.group(2) or found.group(1))) if found else (0, 0)
    if not 1 <= first <= last <= most:
        raise InvalidInput(
            f"{name} {fields.shown(written)} is not from 1 to {most}; write {most - 1};{most} or 1-{most}"
        )
    return range(first, last + 1)
