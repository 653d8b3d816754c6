"""Money that should be there against money that is: the verdict of a revenue control."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from telassure.kernel.money import round_half_up

UNBILLED_USAGE: Final = "unbilled_usage"
UNDER_BILLED: Final = "under_billed"
OVER_BILLED: Final = "over_billed"
AGREED: Final = ""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A gap is rounding, not leakage, up to `floor` micro-units or `share` of what is expected, whichever is larger.

    >>> Tolerance(10_000, Fraction(1, 200)).covers(10_000, expected=0)
    True
    """

    floor: int
    share: Fraction

    def covers(self, gap: int, expected: int) -> bool:
        return abs(gap) <= max(Fraction(self.floor), self.share * abs(expected))


def billing_verdict(rated: int, billed: int, lines: int, tolerance: Tolerance) -> str:
    """Which control speaks (TM Forum GB941-D): rated and billed in micro-units, `lines` the number of billed lines.

    >>> billing_verdict(1_000_000, 400_000, 1, Tolerance(10_000, Fraction(0)))
    'under_billed'
    """
    if tolerance.covers(rated - billed, rated):
        return AGREED
    if billed > rated:
        return OVER_BILLED
    return UNDER_BILLED if lines else UNBILLED_USAGE


def value_of_missing(missing: int, measured: int, micros: int) -> int:
    """Missing quantity at the mean price of what was measured, in micro-units, half up; 0 where nothing was measured.

    >>> value_of_missing(missing=30, measured=60, micros=100_000)
    50000
    """
    return round_half_up(Fraction(micros * missing, measured)) if measured > 0 and missing > 0 else 0
