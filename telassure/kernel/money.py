"""Exact money: whole micro-units of one currency; rates are exact fractions, rounding is always said."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Final

from telassure.kernel.errors import InvalidInput

MICRO: Final = 1_000_000
NO_CURRENCY: Final = "XXX"  # ISO 4217: no currency is involved


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount in micro-units (one millionth of the major unit) of `currency` (ISO 4217).

    Sums and comparisons across currencies raise InvalidInput.

    >>> Money.of("1.25", "EUR") + Money.of("0.10", "EUR")
    Money(micros=1350000, currency='EUR')
    >>> str(Money.of("-0.5", "EUR"))
    '-0.50 EUR'
    """

    micros: int
    currency: str

    @classmethod
    def of(cls, text: str | int, currency: str) -> "Money":
        """From a decimal text in major units; InvalidInput where it is none or finer than a micro-unit."""
        try:
            scaled = Decimal(text) * MICRO
        except InvalidOperation:
            raise InvalidInput(f"amount {text!r} is not a decimal number; write 0.10") from None
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise InvalidInput(f"amount {text!r} is not a whole number of micro-units")
        return cls(int(scaled), currency)

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(0, currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.micros + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.micros - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.micros, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.micros < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.micros <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.micros > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.micros >= self._same(other)

    def __bool__(self) -> bool:
        return self.micros != 0

    def __str__(self) -> str:
        sign = "-" if self.micros < 0 else ""
        whole, part = divmod(abs(self.micros), MICRO)
        digits = f"{part:06d}".rstrip("0").ljust(2, "0")
        return f"{sign}{whole}.{digits} {self.currency}"

    def _same(self, other: "Money") -> int:
        if self.currency != other.currency:
            raise InvalidInput(f"cannot combine {self.currency} with {other.currency}")
        return other.micros


def round_half_up(exact: Fraction) -> int:
    """The nearest whole number, halves away from zero (the rule of the rating cases).

    >>> [round_half_up(Fraction(n, 2)) for n in (1, 3, -1)]
    [1, 2, -1]
    """
    magnitude = (abs(exact.numerator) * 2 + exact.denominator) // (2 * exact.denominator)
    return magnitude if exact >= 0 else -magnitude
