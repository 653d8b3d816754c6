"""Types of policies that are numbers: whole, decimal, parts, counts, and lengths of time."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration
from telassure.kernel.policies.calendar_text import NONE
from telassure.kernel.policies.value_range import ANY, Range, unreadable

LONGEST: Final[Duration] = 3_650 * DAY  # ten years: a timer so far ahead still is an instant
DIGITS: Final = 12
_WHOLE: Final = re.compile(rf"-?[0-9]{{1,{DIGITS}}}", re.ASCII)
_DECIMAL: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_FRACTION: Final = re.compile(rf"[0-9]{{1,{DIGITS}}}/0*[1-9][0-9]{{0,{DIGITS - 1}}}", re.ASCII)


def decimal(text: str) -> Fraction | None:
    """A plain decimal of at most twelve digits; None for anything else, such as 1e9, 1_000 or inf.

    >>> decimal("0.50"), decimal("1e9"), decimal("1234567890123")
    (Fraction(1, 2), None, None)
    """
    short = len(text) <= DIGITS + 2 and sum(map(str.isdigit, text)) <= DIGITS
    return Fraction(text) if short and _DECIMAL.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number of at most twelve digits."""

    example: str = "4"
    noun: str = "a whole number"

    @property
    def name(self) -> str:
        return f"{self.noun} of at most {DIGITS} digits"

    def read(self, text: str, within: Range) -> int:
        if not _WHOLE.fullmatch(text):
            raise unreadable(self)
        within.judge(Fraction(text))
        return int(text)

    def of_range(self, within: Range) -> str:
        return str(within)


@dataclass(frozen=True, slots=True)
class Number:
    """A plain decimal number of at most twelve digits."""

    example: str = "0.5"
    noun: str = "a plain decimal number"

    @property
    def name(self) -> str:
        return f"{self.noun} of at most {DIGITS} digits"

    def read(self, text: str, within: Range) -> float:
        found = decimal(text)
        if found is None:
            raise unreadable(self)
        within.judge(found)
        return float(text)

    def of_range(self, within: Range) -> str:
        return str(within)


@dataclass(frozen=True, slots=True)
class Bound:
    """A number, or "none" where there is no bound: that reads as `without`."""

    without: float
    example: str = "100 or none"
    name: str = f"a plain decimal number of at most {DIGITS} digits, nor none"

    def read(self, text: str, within: Range) -> float:
        if text == NONE:
            return self.without
        found = decimal(text)
        if found is None:
            raise unreadable(self)
        within.judge(found)
        return float(text)

    def of_range(self, within: Range) -> str:
        return f"{str(within) or 'any number'}, or none"


@dataclass(frozen=True, slots=True)
class Ratio:
    """An exact part of a whole: a decimal or a fraction."""

    example: str = "0.005 or 1/200"
    name: str = f"a plain decimal or fraction of at most {DIGITS} digits a side"

    def read(self, text: str, within: Range) -> Fraction:
        found = Fraction(text) if _FRACTION.fullmatch(text) else decimal(text)
        if found is None:
            raise unreadable(self)
        within.judge(found)
        return found

    def of_range(self, within: Range) -> str:
        return str(within)


@dataclass(frozen=True, slots=True)
class CountOf:
    """n of m, written n/m, with 1 <= n <= m; the range is m's."""

    example: str = "3/5"
    name: str = "n/m with 1 <= n <= m"

    def read(self, text: str, within: Range) -> tuple[int, int]:
        count, _, whole = (part.strip() for part in text.partition("/"))
        if not (_WHOLE.fullmatch(count) and _WHOLE.fullmatch(whole) and 1 <= int(count) <= int(whole)):
            raise unreadable(self)
        within.judge(Fraction(whole))
        return int(count), int(whole)

    def of_range(self, within: Range) -> str:
        return f"m {within}".removesuffix("m ")


@dataclass(frozen=True, slots=True)
class Lasting:
    """A length of time in units, whole or not as `number` reads them, at most ten years; it reads as microseconds.

    >>> HOURS.read("36", ANY) // HOUR, FINE_DAYS.read("0.5", ANY) // HOUR, HOURS.of_range(Range(1))
    (36, 12, '1 to 87,600 hours')
    """

    number: Whole | Number
    units: str
    unit: Duration
    example: str

    @property
    def name(self) -> str:
        return f"{self.number.noun} of {self.units}"

    def read(self, text: str, within: Range) -> Duration:
        try:
            self.number.read(text, ANY)
        except InvalidInput:
            raise unreadable(self) from None
        self._held(within).judge(Fraction(text), f" {self.units}")
        return int(Fraction(text) * self.unit)

    def of_range(self, within: Range) -> str:
        return f"{self._held(within)} {self.units}"

    def _held(self, within: Range) -> Range:
        return Range(max(within.least, 0), min(within.most, LONGEST // self.unit))


WHOLE: Final = Whole()
NUMBER: Final = Number()
RATIO: Final = Ratio()
COUNT_OF: Final = CountOf()
SECONDS: Final = Lasting(WHOLE, "seconds", SECOND, "300")
MINUTES: Final = Lasting(WHOLE, "minutes", MINUTE, "15")
HOURS: Final = Lasting(WHOLE, "hours", HOUR, "36")
DAYS: Final = Lasting(WHOLE, "days", DAY, "35")
FINE_SECONDS: Final = Lasting(NUMBER, "seconds", SECOND, "3600")
FINE_HOURS: Final = Lasting(NUMBER, "hours", HOUR, "1.5")
FINE_DAYS: Final = Lasting(NUMBER, "days", DAY, "30")
