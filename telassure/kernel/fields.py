"""One value from outside becomes one value of ours, or an error that names the field and says what to write instead."""

import math
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Final
from unicodedata import normalize

from telassure.kernel.errors import CONTROL, InvalidInput, shown
from telassure.kernel.money import Money
from telassure.kernel.time_field import moment, out_of_range

__all__ = [
    "choice",
    "currency_code",
    "flag",
    "free_text",
    "known_only",
    "moment",
    "money",
    "number",
    "optional_text",
    "out_of_range",
    "prose",
    "record_id",
    "shown",
    "text",
    "whole",
]

LONGEST_TEXT: Final = 512
LONGEST_FREE_TEXT: Final = 4_096
LARGEST_WHOLE: Final = (1 << 62) - 1
_LONG_NUMBER: Final = re.compile(r"\d{7,}")
_LONGEST_NAME: Final = 64
_NO_WIDTH: Final = re.compile(  # the letters that Unicode calls default-ignorable, of which no screen shows anything
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
_BLANK: Final = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_UNDECODED: Final = re.compile("[\ud800-\udfff]")
_LINE_BREAK: Final = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_UNSHOWABLE: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_WHOLE: Final = re.compile(r"-?[0-9]{1,20}", re.ASCII)
_DECIMAL: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)
_COMMA: Final = re.compile(r"[-+]?[0-9]{1,20},[0-9]{1,20}", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_MISSING: Final = frozenset({"", "nan", "null", "nil", "none", "na", "n/a"})
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}


def text(value: object, field: str, limit: int = LONGEST_TEXT) -> str:
    """A non-empty text without control characters."""
    if not isinstance(value, str):
        raise InvalidInput(f"{field} is {type(value).__name__}, not text; write it in quotes")
    if not value or value.isspace():
        raise InvalidInput(f"{field} is empty; give a text")
    if len(value) > limit:
        raise InvalidInput(f"{field} has {len(value)} characters; at most {limit} are taken")
    if not (value.isascii() and value.isprintable()) and CONTROL.search(value):
        wrong = "bytes that are not UTF-8" if _UNDECODED.search(value) else "control characters"
        raise InvalidInput(f"{field} contains {wrong}; send printable UTF-8")
    return value


def record_id(value: object, field: str) -> str:
    """The id of a record in one spelling, so that what no eye tells apart is one record: composed (NFC), without blanks
    around it and without characters that have no width; a blank within is a blank, whatever its width.

    >>> record_id("x9 ", "id") == record_id("x9\u200b", "id"), record_id("cafe\u0301", "id") == "caf\u00e9"
    (True, True)
    """
    found = text(value, field)
    if found.isascii():
        return found.strip()
    return text(normalize("NFC", _BLANK.sub(" ", _NO_WIDTH.sub("", found))).strip(), field)


def optional_text(value: object, field: str, limit: int = LONGEST_TEXT) -> str:
    """A text, or "" where there is none."""
    return "" if value is None or value == "" else text(value, field, limit)


def free_text(value: object, field: str, limit: int = LONGEST_FREE_TEXT) -> str:
    """What a person or an element wrote in its own words, or "" where it wrote nothing. Text is text: line breaks and
    tabs stay (every line break as "\\n"), a character that no screen shows becomes U+FFFD, and what goes beyond the
    limit is cut with a mark that says how long it was. Only what is no text at all is refused.

    >>> free_text("link down\\r\\n\\tport 3", "text"), free_text("a" * 60, "text", limit=30)
    ('link down\\n\\tport 3', 'aaaaaaaaaaaa … [60 characters]')
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidInput(f"{field} is {type(value).__name__}, not text; write it in quotes")
    if not value or value.isspace():
        return ""
    plain = value if value.isprintable() else _UNSHOWABLE.sub("\ufffd", _LINE_BREAK.sub("\n", value))
    if len(plain) <= limit:
        return plain
    mark = f" … [{len(plain)} characters]"
    return plain[: limit - len(mark)] + mark


def prose(value: object, field: str, limit: int = LONGEST_TEXT) -> str:
    """What a person wrote just now, as `free_text` keeps it; beyond the limit it is refused, as who wrote it is there
    to shorten it.

    >>> prose("crew is out\\r\\nback at 12", "why")
    'crew is out\\nback at 12'
    """
    if isinstance(value, str) and len(value) > limit:
        raise InvalidInput(f"{field} has {len(value)} characters; at most {limit} are taken")
    return free_text(value, field, limit)


def whole(value: object, field: str, low: int = 0, high: int = LARGEST_WHOLE) -> int:
    """A whole number in [low, high], as a number or as text."""
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(f"{field} {shown(value)} is not a whole number; write digits only")
    if value < low:
        wrong = "negative" if value < 0 and low == 0 else f"below {low}"
        raise InvalidInput(f"{field} {shown(value)} is {wrong}; give {low} or more")
    if value > high:
        raise InvalidInput(f"{field} is above {high}; check its unit")
    return value


def number(value: object, field: str) -> float:
    """A finite number; NaN where the source says that there is none (null, empty, NaN)."""
    if value is None:
        return math.nan
    if isinstance(value, str):
        value = _parsed(value.strip(), field)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(f"{field} {shown(value)} is not a number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if math.isinf(found):
        raise InvalidInput(f"{field} is infinite; write null where there is no value")
    return found


def _parsed(value: str, field: str) -> float:
    if value.lower() in _MISSING:
        return math.nan
    try:
        if len(value) > 64 or "_" in value:
            raise ValueError
        return float(value)
    except ValueError:
        hint = "; write a decimal point" if _COMMA.fullmatch(value) else ""
        raise InvalidInput(f"{field} {shown(value)} is not a number{hint}") from None


def flag(value: object, field: str) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    found = _FLAGS.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise InvalidInput(f"{field} {shown(value)} is neither true nor false")
    return found


def choice(value: object, field: str, words: tuple[str, ...]) -> str:
    """One of a few words."""
    if not isinstance(value, str) or value not in words:
        raise InvalidInput(f"{field} {shown(value)} is unknown; write one of {', '.join(words)}")
    return value


def money(value: object, currency: object, field: str) -> Money:
    """An amount as decimal text (or a whole number) with its currency, or {"amount": ..., "currency": ...}."""
    if isinstance(value, Mapping):
        known_only(value, ("amount", "currency"), f"{field}.")
        return money(value.get("amount"), value.get("currency"), field)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**12 else "?"
    if not isinstance(value, str):
        raise InvalidInput(f'{field} {shown(value)} is not exact; write it as text: "1.25"')
    if not _DECIMAL.fullmatch(value.strip()):
        raise InvalidInput(f"{field} {shown(value)} is not a decimal number; write {_suggested(value)}")
    return Money.of(value.strip(), currency_code(currency, field))


def currency_code(value: object, field: str) -> str:
    """An ISO 4217 code."""
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise InvalidInput(f"currency {shown(value)} of {field} is no ISO 4217 code; write EUR")
    return value


def _suggested(value: str) -> str:
    better = value.strip().replace(",", ".")
    return better if _DECIMAL.fullmatch(better) else "0.10"


def known_only(row: Mapping[str, object], fields: Iterable[str], place: str = "") -> None:
    """Refuse a field that nobody reads: a misspelt one would lose money in silence."""
    unknown = sorted(set(map(str, row.keys())) - set(fields))
    if unknown:
        raise InvalidInput(_unknown(place, unknown[0], tuple(sorted(fields))))


@lru_cache(maxsize=256)  # a misspelt column is told once a row
def _unknown(place: str, name: str, known: tuple[str, ...]) -> str:
    """Why a field is refused. A name that holds a long number may be somebody's: it is not repeated."""
    written = shown(_LONG_NUMBER.sub("…", place + name))
    nearest = get_close_matches(name[:_LONGEST_NAME].lower(), known, 1)
    hint = f"; the nearest is {nearest[0]}" if nearest else ""
    return f"unknown field {written}{hint}; known are {', '.join(known)}"
