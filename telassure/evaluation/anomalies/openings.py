"""Alarm openings of many series, and the simple ways to raise them that a detector must beat."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from telassure.evaluation.anomalies.corpus import Floats, Times
from telassure.kernel.instant import DAY, MINUTE

OPEN_COUNT, OPEN_OF = 3, 5  # as the product's default persistence: 3 of the last 5 rows open an episode
CLOSE_COUNT: Final = 4  # 4 normal ones of the last 5 close it
SIGMAS: Final = 3.0
SLOT: Final = 30 * MINUTE


class Openings(NamedTuple):
    """When alarms were raised, and on which series (its number)."""

    time: Times
    series: NDArray[np.int64]


Raise: TypeAlias = Callable[[Times, Floats, int], Openings]


def opened(time: Times, outside: NDArray[np.bool_]) -> Openings:
    """Where episodes open by the product's persistence; `outside` is (rows, series)."""
    recent = np.zeros((OPEN_OF, outside.shape[1]), np.bool_)
    standing = np.zeros(outside.shape[1], np.bool_)
    places: list[tuple[int, int]] = []
    for row, now in enumerate(outside):
        recent[row % OPEN_OF] = now
        count = recent.sum(axis=0)
        new = ~standing & (count >= OPEN_COUNT)
        places += [(row, int(series)) for series in np.flatnonzero(new)]
        closed = standing & (OPEN_OF - count >= CLOSE_COUNT)
        recent[:, closed] = False
        standing = (standing | new) & ~closed
    found = np.array(places, np.int64).reshape(-1, 2)
    return Openings(time[found[:, 0]], found[:, 1])


def static_three_sigma(time: Times, value: Floats, history: int) -> Openings:
    """Outside mean -/+ 3 deviations of the series' history (the first `history` rows), whatever the hour."""
    known = value[:history]
    mean, deviation = np.nanmean(known, axis=0), np.nanstd(known, axis=0)
    return opened(time[history:], np.abs(value[history:] - mean) > SIGMAS * deviation)


def daily_three_sigma(time: Times, value: Floats, history: int) -> Openings:
    """The same per half hour of the day in which the period ended, weekdays and weekends apart."""
    slot = (time - 1) % DAY // SLOT + (DAY // SLOT) * ((time // DAY + 3) % 7 >= 5)
    outside = np.zeros((len(time) - history, value.shape[1]), np.bool_)
    for one in np.unique(slot[history:]):
        known, rows = value[:history][slot[:history] == one], np.flatnonzero(slot[history:] == one)
        if len(known) > 1:
            mean, deviation = np.nanmean(known, axis=0), np.nanstd(known, axis=0)
            outside[rows] = np.abs(value[history:][rows] - mean) > SIGMAS * deviation
    return opened(time[history:], outside)


SIMPLE: Final[Mapping[str, Raise]] = {
    "static_three_sigma": static_three_sigma,
    "daily_three_sigma": daily_three_sigma,
}
