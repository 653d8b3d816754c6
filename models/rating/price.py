"""The exact price of usage under one rule, for a single record and, bit for bit the same, for a whole column."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from telassure.kernel.errors import InvalidInput
from telassure.kernel.money import MICRO, round_half_up

FLAT: Final = "flat"
PER_UNIT: Final = "per_unit"
_INT64: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class PriceRule:
    """What one record costs: `rate` a record (flat), or `rate` for every `per` units used (per_unit).

    Per unit, the volume is first rounded up to whole `increment`s (60 = by the begun minute). `rate` is in major units
    and exact; the price is rounded once, half away from zero, to a micro-unit. InvalidInput for a rule without sense.

    >>> price(PriceRule("per_unit", Fraction("0.09"), per=60, increment=60), 61)
    180000
    """

    kind: str
    rate: Fraction
    per: int = 1
    increment: int = 1
    unit_micros: Fraction = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in (FLAT, PER_UNIT):
            raise InvalidInput(f'kind {self.kind!r} is not a price; write "flat" or "per_unit"')
        if self.per < 1 or self.increment < 1:
            raise InvalidInput(f"per {self.per} and increment {self.increment} must be whole numbers from 1")
        object.__setattr__(self, "unit_micros", self.rate * MICRO / self.per)


def price(rule: PriceRule, volume: int) -> int:
    """Micro-units for `volume` >= 0 units; InvalidInput for a negative volume."""
    if volume < 0:
        raise InvalidInput(f"volume {volume} is negative")
    if rule.kind == FLAT:
        return round_half_up(rule.rate * MICRO)
    return round_half_up(rule.unit_micros * (-(-volume // rule.increment) * rule.increment))


def price_column(rule: PriceRule, volumes: NDArray[np.int64]) -> NDArray[Any]:
    """`price` of every row. int64 where all of it provably fits, else an object column of Python integers."""
    if len(volumes) == 0:
        return np.zeros(0, np.int64)
    if int(volumes.min()) < 0:
        raise InvalidInput("a volume of the column is negative")
    largest = price(rule, int(volumes.max()))
    if abs(largest) > _INT64:
        return _each(volumes, lambda volume: price(rule, volume))
    if rule.kind == FLAT:
        return np.full(len(volumes), largest, np.int64)
    if not _fits(rule, int(volumes.max())):
        return np.array([price(rule, volume) for volume in volumes.tolist()], np.int64)
    numerator, denominator = abs(rule.unit_micros.numerator), rule.unit_micros.denominator
    units = -(-volumes // rule.increment) * rule.increment
    magnitude: NDArray[np.int64] = (units * (2 * numerator) + denominator) // (2 * denominator)
    return magnitude if rule.rate >= 0 else -magnitude


def _fits(rule: PriceRule, volume: int) -> bool:
    """Whether no intermediate of the int64 arithmetic can overflow for volumes up to `volume`."""
    units = volume + rule.increment
    widest = 2 * units * abs(rule.unit_micros.numerator) + rule.unit_micros.denominator
    return max(widest, 2 * rule.unit_micros.denominator, units) <= _INT64


def _each(volumes: NDArray[np.int64], exact: Callable[[int], int]) -> NDArray[Any]:
    column = np.empty(len(volumes), object)
    column[:] = [exact(volume) for volume in volumes.tolist()]
    return column
