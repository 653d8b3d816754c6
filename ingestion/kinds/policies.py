"""The value of a policy from outside, judged by its shape and its unit alone: no name of a rule is known here."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import DAY, HOUR, SECOND, Duration

LONGEST: Final[Duration] = 3_650 * DAY
_DIGITS: Final = 12
_LONGEST_TEXT: Final = 4_096
_PLAIN: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_RATIO: Final = re.compile(r"\s*[-+]?[0-9]+\s*/\s*[-+]?[0-9]+\s*", re.ASCII)
_UNITS: Final[Mapping[str, Duration]] = {"s": SECOND, "seconds": SECOND, "hours": HOUR, "days": DAY}


def policy_value(name: str, value: object) -> str:
    """The value as text. InvalidInput for a number that is no plain decimal or fraction of at most 12 digits a part,
    and for a duration (a number whose name ends in _s, _seconds, _hours or _days) of more than ten years.

    >>> policy_value("dedupe_days", 35), policy_value("persistence", "3/5"), policy_value("billed", "no")
    ('35', '3/5', 'no')
    """
    text = fields.text(_written(value), "value", _LONGEST_TEXT).strip()
    if _RATIO.fullmatch(text):
        if max(sum(map(str.isdigit, part)) for part in text.split("/")) > _DIGITS:
            raise InvalidInput(f"value {fields.shown(text)} has more than {_DIGITS} digits on a side")
    elif _is_number(text):
        _judge(name, text)
    return text


def _written(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if abs(value) < 10**_DIGITS else "9" * (_DIGITS + 1)
    return f"{Decimal(str(value)):f}" if isinstance(value, float) else value


def _is_number(text: str) -> bool:
    """Whether any reader could take it for a number: 1e9, 1_000, inf and digits of other scripts are."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _judge(name: str, text: str) -> None:
    if not _PLAIN.fullmatch(text) or sum(map(str.isdigit, text)) > _DIGITS:
        raise InvalidInput(
            f"value {fields.shown(text)} is not a plain decimal of at most {_DIGITS} digits, such as 0.5"
        )
    unit = _UNITS.get(name.rpartition("_")[2]) if "_" in name else None
    if unit is not None and Decimal(text) * unit > LONGEST:
        raise InvalidInput(f"value {fields.shown(text)} of {name} is longer than ten years ({LONGEST // unit})")
