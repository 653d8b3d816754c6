"""Destinations in one notation, so that a price's prefix and a dialled number meet however each is written."""

import re
from collections.abc import Iterator
from typing import Final

_PUNCTUATION: Final = re.compile(r"[\s().\-/]")
_TRUNK: Final = re.compile(r"\(\s*0\s*\)")
_WHOLE: Final = 7  # digits that the edge keeps of a number of ten or more; no short number has as many


def one_notation(written: str) -> str:
    """`+` and digits for what is written with + or 00 before it, digits alone for the rest; names stay as they are.

    A trunk zero in brackets, which nobody dials from abroad, goes.

    >>> one_notation("0049 30"), one_notation("+49 (0)30-1"), one_notation("116 117"), one_notation("ims.example")
    ('+4930', '+49301', '116117', 'ims.example')
    """
    if _numeric(written.removeprefix("+")) and not written.startswith("00"):
        return written  # as nearly all are
    plain = _PUNCTUATION.sub("", written)
    if plain.startswith(("+", "00")):
        digits = _PUNCTUATION.sub("", _TRUNK.sub("", written))
        digits = digits[1:] if digits.startswith("+") else digits[2:]
        return f"+{digits}" if _numeric(digits) else written
    return plain if _numeric(plain) else written


def lookups(destination: str) -> Iterator[str]:
    """The prefixes that would match a destination in one notation, longest first, the empty one last.

    A prefix of digits alone matches an international number as well as a short or national one. Digits alone are an
    international number where they are what the edge keeps of ten or more, and begin with no zero.

    >>> list(lookups("+49")), list(lookups("112"))
    (['+49', '49', '+4', '4', ''], ['112', '11', '1', ''])
    """
    digits = destination.removeprefix("+")
    signed = destination.startswith("+") or (len(digits) >= _WHOLE and digits[0] != "0" and _numeric(digits))
    for length in range(len(digits), 0, -1):
        if signed:
            yield "+" + digits[:length]
        yield digits[:length]
    yield ""


def _numeric(text: str) -> bool:
    return text.isascii() and text.isdigit()
