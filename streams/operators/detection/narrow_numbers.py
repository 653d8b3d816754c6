"""Columns of whole numbers in as few bytes as they need: codes of a few values, and times that lie on a grid."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.detection.layout import NEVER
from telassure.kernel.events.kpi import Times
from telassure.kernel.instant import Duration, Instant

WIDTHS: Final = (1, 2, 4, 8)
Codes = NDArray[np.unsignedinteger[Any]]


def width_of(count: int) -> int:
    """The bytes in which so many things are told apart.

    >>> width_of(256), width_of(257), width_of(100_000)
    (1, 2, 4)
    """
    return next(width for width in WIDTHS if count <= 256**width)


def codes_from(packed: bytes, count: int) -> Codes:
    """The codes of `count` things, from their bytes."""
    return np.frombuffer(packed, f"<u{width_of(count)}")


@dataclass(slots=True)
class GridTimes:
    """Times as multiples of `step` microseconds after `first`, counted from 1; 0 is NEVER. Any times are kept exactly:
    where they lie on no grid, `step` is 1 and `codes` are as wide as the times."""

    first: Instant = 0
    step: Duration = 1
    width: int = 1
    codes: bytes = b""

    def times(self) -> Times:
        """The times again."""
        codes = np.frombuffer(self.codes, f"<u{self.width}").astype(np.uint64)
        found = np.array([self.first], np.int64).view(np.uint64) + (codes - np.uint64(1)) * np.uint64(self.step)
        return np.where(codes == 0, NEVER, found.view(np.int64))


def on_grid(times: Times) -> GridTimes:
    """Times by the grid on which they lie; the inverse of `GridTimes.times`."""
    known = times != NEVER
    codes = np.zeros(len(times), np.uint64)
    if not known.any():
        return GridTimes(codes=codes.astype("u1").tobytes())
    first = int(times[known].min())
    away = times[known].view(np.uint64) - np.array([first], np.int64).view(np.uint64)  # past 2**63 too
    step = int(np.gcd.reduce(away)) or 1
    codes[known] = away // np.uint64(step) + np.uint64(1)
    width = width_of(int(codes.max()) + 1)
    return GridTimes(first, step, width, codes.astype(f"<u{width}").tobytes())
