"""Rounding of exact amounts: a rule says which way, and to how many decimals."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telassure.kernel.errors import InvalidInput, shown
from telassure.kernel.money import round_half_up

ROUNDING_WAYS: Final = ("up", "half_up", "half_even", "down")
_FINEST: Final = 30


@dataclass(frozen=True, slots=True)
class RoundingRule:
    """`way` is up or down (away from and towards zero), half_up (halves away from zero) or half_even.

    InvalidInput for another way, or for decimals outside 0 to 30.

    >>> [str(RoundingRule(way, 0).apply(Fraction(-5, 2))) for way in ROUNDING_WAYS]
    ['-3', '-3', '-2', '-2']
    """

    way: str = "half_up"
    decimals: int = 6

    def __post_init__(self) -> None:
        if self.way not in ROUNDING_WAYS:
            raise InvalidInput(f"rounding {shown(self.way)} is unknown; write one of {', '.join(ROUNDING_WAYS)}")
        if not 0 <= self.decimals <= _FINEST:
            raise InvalidInput(f"decimals {self.decimals} is not a whole number from 0 to {_FINEST}")

    def apply(self, exact: Fraction) -> Fraction:
        """The rounded amount; one that has no more decimals than the rule stays as it is."""
        scale = 10**self.decimals
        return Fraction(_whole(self.way, exact * scale), scale)


def rounded_column(way: str, above: NDArray[np.int64], below: int) -> NDArray[np.int64]:
    """above / below in whole numbers, each rounded as `RoundingRule` rounds. 2 * (|above| + below) must fit in int64.

    >>> [rounded_column(way, np.array([-5, 4]), 2).tolist() for way in ROUNDING_WAYS]
    [[-3, 2], [-3, 2], [-2, 2], [-2, 2]]
    """
    if below == 1:
        return above
    magnitude = np.abs(above)
    if way == "half_up":
        found = (2 * magnitude + below) // (2 * below)
    elif way == "up":
        found = (magnitude + (below - 1)) // below
    else:
        found = magnitude // below
    if way == "half_even":
        rest = 2 * (magnitude - found * below)
        found += (rest > below) | ((rest == below) & (found % 2 == 1))
    signed: NDArray[np.int64] = np.where(above < 0, -found, found) if int(above.min()) < 0 else found
    return signed


def _whole(way: str, exact: Fraction) -> int:
    if way == "half_up":
        return round_half_up(exact)
    if way == "half_even":
        return round(exact)
    magnitude = abs(exact)
    whole = -(-magnitude.numerator // magnitude.denominator) if way == "up" else int(magnitude)
    return whole if exact >= 0 else -whole
