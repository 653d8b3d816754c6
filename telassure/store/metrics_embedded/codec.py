"""One block of points as bytes: columns of the narrowest width that keeps them exactly, and an index of its series.

Layout (little endian, every column padded to 8 bytes): header; series ids; where each series begins; times as multiples
of a unit from a base; values (float32 where exact); of expected, lower, upper and score (float32) those with a number;
the code of each score above 0 (`events.shares`), where any is known. A release that does not know the last column
passes over it, and a block without it reads as not known.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from telassure.kernel.errors import PermanentError
from telassure.kernel.events.shares import UNKNOWN, Codes
from telassure.kernel.instant import MINUTE, SECOND
from telassure.store.points import BAND, Points

_HEADER: Final = struct.Struct(
    "<4sBBBxIIqq"
)  # magic, width of times, width of values, columns after the values, sizes, base, unit
_MAGIC: Final = b"TSb1"
_UNITS: Final = (15 * MINUTE, 5 * MINUTE, MINUTE, 10 * SECOND, SECOND, 1_000, 1)
_SHARES: Final = len(BAND)  # its bit among the columns after the values
_SCORE: Final = BAND.index("score")
_WIDTHS: Final = {1: "<u1", 2: "<u2", 4: "<u4", 8: "<i8"}


@dataclass(frozen=True, slots=True)
class _Index:
    """The part of a block that says where the rest is."""

    series: NDArray[np.int32]
    begins: NDArray[np.uint32]
    time: NDArray[Any]
    value: NDArray[Any]
    band: tuple[NDArray[np.float32] | None, ...]
    shares: Codes | None
    base: int
    unit: int


def encode(points: Points) -> bytes:
    """Points that are strictly sorted by (series, time); at least one."""
    begins = np.append(0, np.flatnonzero(points.series[1:] != points.series[:-1]) + 1)
    base, unit, codes = _narrow_times(points.time)
    value = _narrow_values(points.value)
    numbers = [column for column in points.band if not np.isnan(column).all()]
    kept = sum(1 << i for i, column in enumerate(points.band) if not np.isnan(column).all())
    shares = points.shares[points.band[_SCORE] > 0]
    if bool((shares != UNKNOWN).any()):
        kept |= 1 << _SHARES
    header = _HEADER.pack(_MAGIC, codes.itemsize, value.itemsize, kept, len(begins), len(points), base, unit)
    columns = [points.series[begins].astype("<i4"), begins.astype("<u4"), codes, value, *numbers]
    if kept >> _SHARES:
        columns.append(shares)
    return b"".join([header, *_padded(columns)])


def decode(body: bytes) -> Points:
    """The points of a block, sorted by (series, time)."""
    index = _open(body)
    counts = np.diff(index.begins, append=np.uint32(len(index.time)))
    return _cut(index, np.repeat(index.series, counts), slice(0, len(index.time)))


def decode_series(body: bytes, series: int) -> Points:
    """The points of one series in a block, by time; none where the block has none."""
    index = _open(body)
    place = int(np.searchsorted(index.series, series))
    if place == len(index.series) or index.series[place] != series:
        return _cut(index, np.empty(0, np.int32), slice(0, 0))
    begin = int(index.begins[place])
    end = int(index.begins[place + 1]) if place + 1 < len(index.begins) else len(index.time)
    return _cut(index, np.full(end - begin, series, np.int32), slice(begin, end))


def _narrow_times(time: NDArray[np.int64]) -> tuple[int, int, NDArray[Any]]:
    base = int(time.min())
    ahead = time - base
    widest = int(ahead.max())
    for unit in _UNITS:
        if widest % unit == 0 and not np.any(ahead % unit):
            break
    width = next(w for w in (1, 2, 4, 8) if w == 8 or widest // unit < 1 << 8 * w)
    return base, unit, (ahead // unit).astype(_WIDTHS[width])


def _narrow_values(value: NDArray[np.float64]) -> NDArray[Any]:
    with np.errstate(over="ignore"):
        short = value.astype("<f4")
    exact = (short == value) | np.isnan(value)
    return short if bool(exact.all()) else value.astype("<f8")


def _padded(columns: list[NDArray[Any]]) -> Iterator[bytes]:
    for column in columns:
        raw = column.tobytes()
        yield raw
        if len(raw) % 8:
            yield bytes(-len(raw) % 8)


def _open(body: bytes) -> _Index:
    if body[:4] != _MAGIC:
        raise PermanentError(f"a block of the metric store begins with {body[:4]!r}: written by another release")
    _, time_width, value_width, kept, groups, rows, base, unit = _HEADER.unpack_from(body)
    place = _HEADER.size

    def column(dtype: str, count: int) -> NDArray[Any]:
        nonlocal place
        found = np.frombuffer(body, dtype, count, place)
        place += found.nbytes + -found.nbytes % 8
        return found

    series, begins = column("<i4", groups), column("<u4", groups)
    time, value = column(_WIDTHS[time_width], rows), column(f"<f{value_width}", rows)
    band = tuple(column("<f4", rows) if kept >> i & 1 else None for i in range(len(BAND)))
    shares = np.frombuffer(body, np.uint8, offset=place) if kept >> _SHARES & 1 else None
    return _Index(series, begins, time, value, band, shares, base, unit)


def _cut(index: _Index, series: NDArray[np.int32], rows: slice) -> Points:
    time = index.time[rows].astype(np.int64)
    time *= index.unit
    time += index.base
    band = np.full((len(BAND), len(time)), np.nan, np.float32)
    for i, column in enumerate(index.band):
        if column is not None:
            band[i] = column[rows]
    return Points(series, time, index.value[rows].astype(np.float64), band, _shares(index, rows))


def _shares(index: _Index, rows: slice) -> Codes:
    found = np.full(rows.stop - rows.start, UNKNOWN, np.uint8)
    score = index.band[_SCORE]
    if index.shares is not None and score is not None:
        divided = score[rows] > 0
        first = int(np.count_nonzero(score[: rows.start] > 0))
        found[divided] = index.shares[first : first + int(np.count_nonzero(divided))]
    return found
