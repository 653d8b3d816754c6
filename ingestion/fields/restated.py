"""Rows of a body that name what an earlier row of it names: the same said again, or something else said of it."""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ingestion.fields.terms import NO_ROWS, RowNumbers

Whole: TypeAlias = NDArray[np.int64]
_ODD: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))


def restated(key: Whole, time: Whole, *content: Whole) -> tuple[RowNumbers, RowNumbers]:
    """(repeats, changes) among rows of a key and a time: a row is a repeat where its content is that of the row before
    it with the same key and time, else a change.

    >>> key, time = np.array([1, 2, 1, 1]), np.array([9, 9, 9, 9])
    >>> [rows.tolist() for rows in restated(key, time, np.array([5, 5, 5, 6]))]
    [[2], [3]]
    """
    if _all_differ(key, time):
        return NO_ROWS, NO_ROWS
    order = np.lexsort((time, key))  # a stable sort: rows that name the same stay in their order
    earlier, later = order[:-1], order[1:]
    named_again = (key[earlier] == key[later]) & (time[earlier] == time[later])
    earlier, later = earlier[named_again], later[named_again]
    same = np.ones(len(later), dtype=np.bool_)
    for column in content:
        same &= column[earlier] == column[later]
    return np.sort(later[same]), np.sort(later[~same])


def _all_differ(key: Whole, time: Whole) -> bool:
    """Whether surely no two rows name the same: by far the most bodies, found out by one sort of mixed numbers."""
    if len(key) < 2:
        return True
    if bool((np.diff(key) > 0).all()):
        return True
    mixed = np.sort(key.view(np.uint64) * _ODD[0] ^ time.view(np.uint64) * _ODD[1])
    return not bool((mixed[1:] == mixed[:-1]).any())
