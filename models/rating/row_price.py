"""What a row of a tariff makes of used units alone: of one record and, bit for bit the same, of a whole column."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.rating.rate_row import FREE, RateRow
from models.rating.rounding import RoundingRule, rounded_column
from telassure.kernel.errors import InvalidInput
from telassure.kernel.money import MICRO, round_half_up

_INT64: Final = 2**63 - 1
_MICRO_DECIMALS: Final = 6


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Units after `begins` up to `ends` (None: all) in whole increments, each at `each`."""

    begins: int
    ends: int | None
    increment: int
    each: Fraction


@dataclass(frozen=True, slots=True)
class RowPrice:
    """A row's price of a record that it prices from begin to end, in micro-units.

    Law: the same as `rate_session` by a deck that has only this row, whatever the hour. InvalidInput for negative
    units.

    >>> from models.rating.rate_row import RateGroup
    >>> by_begun_minute = RowPrice(RateRow((RateGroup(Fraction("0.09"), per=60, increment=60),)))
    >>> by_begun_minute.micros(61), by_begun_minute.column(np.array([0, 60, 61])).tolist()
    (180000, [0, 90000, 180000])
    """

    row: RateRow
    _stretches: tuple[_Stretch, ...] = field(init=False, repr=False, compare=False)
    _scaled: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """What the fees and each stretch's increment cost, in `_below`ths of the rounding's last decimal."""
    _below: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        stretches = tuple(_stretches(self.row))
        exact = [each * 10**self.row.rounding.decimals for each in (self._fees(), *(s.each for s in stretches))]
        below = lcm(*(each.denominator for each in exact))
        object.__setattr__(self, "_stretches", stretches)
        object.__setattr__(self, "_below", below)
        object.__setattr__(self, "_scaled", tuple(int(each * below) for each in exact))

    def micros(self, units: int) -> int:
        """Of one record."""
        if units < 0:
            raise InvalidInput(f"volume {units} is negative")
        if units == 0:
            return _micros(self.row.rounding.apply(self.row.record_fee))
        exact = self._fees()
        for stretch in self._stretches:
            reached = units if stretch.ends is None else min(units, stretch.ends)
            exact += max(0, -(-(reached - stretch.begins) // stretch.increment)) * stretch.each
        return _micros(self.row.bounds.held(self.row.rounding.apply(exact)))

    def column(self, units: NDArray[np.int64]) -> NDArray[Any]:
        """Of every record. int64 where all of it fits, else an object column of Python integers."""
        if len(units) == 0:
            return np.zeros(0, np.int64)
        if int(units.min()) < 0:
            raise InvalidInput("a volume of the column is negative")
        found = self._in_int64(units)
        return _each([self.micros(each) for each in units.tolist()]) if found is None else found

    def _in_int64(self, units: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """None where an intermediate could overflow: both the arithmetic and the proof stay in whole numbers."""
        rounding, most, below = self.row.rounding, int(units.max()), self._below
        base, *steps = self._scaled
        widest = abs(base) + sum(
            abs(step) * (most // stretch.increment + 2) for step, stretch in zip(steps, self._stretches, strict=True)
        )
        furthest = max(stretch.increment + max(stretch.begins, stretch.ends or 0) for stretch in self._stretches)
        finest = 10 ** max(0, _MICRO_DECIMALS - rounding.decimals)
        if max(2 * widest + 2 * below, most + furthest, widest * finest) > _INT64:
            return None
        total: NDArray[np.int64] = np.full(len(units), base, np.int64)
        for step, stretch in zip(steps, self._stretches, strict=True):
            total += step * _increments(units, stretch)
        return self._with_terms(units, _in_micros(rounded_column(rounding.way, total, below), rounding))

    def _with_terms(self, units: NDArray[np.int64], found: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """Held to the bounds; what was not used pays neither them nor the connect fee."""
        bounds = self.row.bounds
        if bounds.least is None and bounds.most is None and not self.row.groups[0].connect_fee:
            return found
        least = None if bounds.least is None else _micros(bounds.least)
        most = None if bounds.most is None or bounds.beyond != FREE else _micros(bounds.most)
        unused = self.micros(0)
        if max(abs(limit) for limit in (least or 0, most or 0, unused)) > _INT64:
            return None
        if least is not None or most is not None:
            found = np.clip(found, least, most)
        return np.where(units == 0, np.int64(unused), found)

    def _fees(self) -> Fraction:
        return self.row.record_fee + self.row.groups[0].connect_fee


def _stretches(row: RateRow) -> list[_Stretch]:
    """Where each rate group is entered: a group's last increment may reach into the next one, or beyond it."""
    found: list[_Stretch] = []
    begins: int | None = 0
    while begins is not None:
        group, ends = row.group_at(begins)
        found.append(_Stretch(begins, ends, group.increment, group.step()))
        begins = None if ends is None else begins - (-(ends - begins) // group.increment) * group.increment
    return found


def _increments(units: NDArray[np.int64], stretch: _Stretch) -> NDArray[np.int64]:
    if stretch.begins or stretch.ends is not None:
        units = np.clip(units, stretch.begins, stretch.ends) - stretch.begins
    increments: NDArray[np.int64] = -(-units // stretch.increment) if stretch.increment > 1 else units
    return increments


def _in_micros(found: NDArray[np.int64], rounding: RoundingRule) -> NDArray[np.int64]:
    beyond = rounding.decimals - _MICRO_DECIMALS
    if beyond > 0:
        return rounded_column("half_up", found, 10**beyond)
    return found * 10**-beyond if beyond else found


def _micros(amount: Fraction) -> int:
    return round_half_up(amount * MICRO)


def _each(exact: Sequence[int]) -> NDArray[Any]:
    column = np.empty(len(exact), object if any(abs(each) > _INT64 for each in exact) else np.int64)
    column[:] = exact
    return column
