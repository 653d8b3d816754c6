"""Scored points as columns: what the parts of the metric stores pass to each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from telassure.kernel.events.shares import UNKNOWN, Codes

Series: TypeAlias = NDArray[np.int32]
Times: TypeAlias = NDArray[np.int64]
Values: TypeAlias = NDArray[np.float64]
Bands: TypeAlias = NDArray[np.float32]
Hashes: TypeAlias = NDArray[np.uint64]

BAND: Final = ("expected", "lower", "upper", "score")
_WIDEST_KEY: Final = 1 << 62


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """n points: series numbers (n), times in microseconds UTC (n), exact values (n), the columns of BAND (4, n), and
    how the scores divide between the channels (n), UNKNOWN where they are not above 0."""

    series: Series
    time: Times
    value: Values
    band: Bands
    shares: Codes

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> "Points":
        """Only these rows (indices, a mask or a slice), in that order."""
        if isinstance(rows, slice):
            return Points(self.series[rows], self.time[rows], self.value[rows], self.band[:, rows], self.shares[rows])
        chosen = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        band = self.band.take(chosen, axis=1)  # five times as fast as band[:, chosen]
        return Points(self.series[chosen], self.time[chosen], self.value[chosen], band, self.shares[chosen])


def nothing() -> Points:
    """No points at all."""
    none = np.empty((4, 0), np.float32), np.empty(0, np.uint8)
    return Points(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0), *none)


def joined(parts: Sequence[Points]) -> Points:
    """The parts one after the other."""
    if not parts:
        return nothing()
    if len(parts) == 1:
        return parts[0]
    return Points(
        np.concatenate([p.series for p in parts]),
        np.concatenate([p.time for p in parts]),
        np.concatenate([p.value for p in parts]),
        np.concatenate([p.band for p in parts], axis=1),
        np.concatenate([p.shares for p in parts]),
    )


def latest(parts: Sequence[Points]) -> Points:
    """One set of the parts, oldest first: sorted by (series, time), the last point of a (series, time) stands."""
    whole = joined(parts)
    if len(whole) < 2:
        return whole
    order = _order(whole)
    if order is None:
        return whole
    series, time = whole.series[order], whole.time[order]
    stands = np.append((series[1:] != series[:-1]) | (time[1:] != time[:-1]), True)
    return whole.take(order[stands])


def _order(points: Points) -> NDArray[np.intp] | None:
    """The stable order by (series, time); None where the points are in strict order already."""
    first = int(points.time.min())
    span = int(points.time.max()) - first + 1
    if (int(points.series.max()) + 1) * span >= _WIDEST_KEY:
        return np.lexsort((points.time, points.series))
    key = points.series.astype(np.int64)
    key *= span
    key += points.time - first
    if bool(np.all(key[1:] > key[:-1])):
        return None
    return np.argsort(key, kind="stable")  # timsort: the parts are sorted runs, so this is a merge


def hashes(points: Points, names: Hashes) -> Hashes:
    """64 well-mixed bits of each point; `names[id]` is the hash of a series' name, so that ids leave no trace."""
    mixed = names[points.series] ^ _mixed(points.time.view(np.uint64))
    mixed = _mixed(mixed) + _bits(points.value).view(np.uint64)
    for column in points.band:
        mixed = _mixed(mixed) + _bits(column).view(np.uint32).astype(np.uint64)
    known = np.uint64(UNKNOWN) - points.shares.astype(np.uint64)  # 0 leaves the hash as releases without shares had it
    return _mixed(mixed + known * np.uint64(0x9E3779B97F4A7C15))


def second_hashes(first: Hashes) -> Hashes:
    """64 further bits, so that the sum of a whole store is 128 bits wide."""
    return _mixed(first + np.uint64(0x9E3779B97F4A7C15))


def _bits(column: Values | Bands) -> Values | Bands:
    plain = column.copy()
    plain[np.isnan(plain)] = np.nan  # one bit pattern for every NaN
    return plain


def _mixed(words: Hashes) -> Hashes:
    """The finaliser of splitmix64."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def name_hash(managed_object: str, measurement: str) -> int:
    """64 bits of a series' name."""
    name = f"{len(managed_object)}:{managed_object}{measurement}".encode()
    return int.from_bytes(blake2b(name, digest_size=8).digest(), "big")
