"""What a series said last: its newest rows by time, so that a row that comes again, or with another value, is known."""

from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detection.compiled import compiled
from models.detection.layout import NEVER, Numbers, Record, Records
from models.detection.memory import fetch

KEPT: Final = 3  # rows of a series
AHEAD: Final = 8  # rows before its own at which a series is asked for

FIRST: Final = 0  # what a row is beside those before it: the first of its time,
REPEATED: Final = 1  # the same value again,
REVISED: Final = 2  # another value for the same time,
BEHIND: Final = 3  # or older than all that is remembered

RECENT: Final = np.dtype([("at", "i8", (KEPT,)), ("value", "f8", (KEPT,))])
"""The newest rows of a series, the newest first; NEVER where there are fewer. 48 bytes."""


def fresh_recent(count: int) -> Records:
    """Series that have said nothing."""
    recent = np.zeros(count, RECENT)
    recent["at"] = NEVER
    return recent


@compiled
def insert(series: Record, place: int, time: int, value: float) -> None:
    """Remember a row at its place; the oldest is forgotten."""
    for later in range(KEPT - 1, place, -1):
        series.at[later], series.value[later] = series.at[later - 1], series.value[later - 1]
    series.at[place], series.value[place] = time, value


@compiled
def place_of(series: Record, time: int) -> int:
    """How many of the rows remembered are newer."""
    place = 0
    while place < KEPT and series.at[place] > time:
        place += 1
    return place


@compiled
def recall(
    recent: Records,
    slot: NDArray[np.int32],
    time: NDArray[np.int64],
    value: Numbers,
    suspect: NDArray[np.bool_],
    found: NDArray[np.uint8],
) -> int:
    """Say of each row what it is beside those before it, and remember it; how many are not FIRST. `found` holds FIRST.

    A suspect row, or one without a value, is not remembered; after one that was, it is a revision of that.
    """
    count = 0
    for row in range(len(slot)):
        if row + AHEAD < len(slot):
            fetch(recent[slot[row + AHEAD]])
        if slot[row] < 0:
            continue
        series: Record = recent[slot[row]]
        known = isfinite(value[row]) and not suspect[row]
        if time[row] > series.at[0]:
            if known:
                insert(series, 0, time[row], value[row])
            continue
        place = place_of(series, time[row])
        if place == KEPT:
            found[row] = BEHIND
        elif series.at[place] == time[row]:
            found[row] = REPEATED if known and series.value[place] == value[row] else REVISED
            series.value[place] = value[row] if known else np.nan
        elif known:
            insert(series, place, time[row], value[row])
        if found[row] != FIRST:
            count += 1
    return count
