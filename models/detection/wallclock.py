"""The wall clock where a series lives: hour and weekday by local time, a day off as the Sunday before it.

A day on which the clocks change has 23 or 25 hours, yet its rush hour is at the same hour of the wall clock; so seasons
follow the wall, while intervals and rates follow the time.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Times: TypeAlias = NDArray[np.int64]

SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND
DAY_SECONDS: Final = 86_400
WEEK: Final = 7
EPOCH_WEEKDAY: Final = 3  # 1970-01-01 was a Thursday; Monday is 0
FIRST_YEAR: Final = 1971
LAST_YEAR: Final = 2199  # beyond, the offset of the nearest known year stands


def offset_at(zone: ZoneInfo, second: int) -> int:
    """Seconds that the wall clock is ahead of UTC."""
    ahead = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
    return int(ahead.total_seconds()) if ahead is not None else 0


@lru_cache(maxsize=256)
def changes_of(zone: str, year: int) -> tuple[Times, Times]:
    """The starts (microseconds UTC, the year's first) and the offsets (microseconds) of a year in a zone.

    >>> starts, offsets = changes_of("Europe/Berlin", 2026)
    >>> [str(np.datetime64(int(at), "us"))[:16] for at in starts[1:]], [int(o) // 3_600_000_000 for o in offsets]
    (['2026-03-29T01:00', '2026-10-25T01:00'], [1, 2, 1])
    """
    known = ZoneInfo(zone)
    first, end = (int(datetime(y, 1, 1, tzinfo=UTC).timestamp()) for y in (year, year + 1))
    starts, offsets = [first], [offset_at(known, first)]
    for day in range(first, end, DAY_SECONDS):
        after = min(day + DAY_SECONDS, end - 1)
        if offset_at(known, after) != offsets[-1]:
            low, high = day, after
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset_at(known, middle) == offsets[-1] else (low, middle)
            starts.append(high)
            offsets.append(offset_at(known, high))
    return np.array(starts, np.int64) * SECOND, np.array(offsets, np.int64) * SECOND


def year_of(time: int) -> int:
    """The calendar year (UTC) of a time, within the years that zones are known for."""
    bounded = min(max(time // SECOND, 0), 7_258_118_400)
    return min(max(datetime.fromtimestamp(bounded, UTC).year, FIRST_YEAR), LAST_YEAR)


def wall_clock(time: Times, zone: str) -> Times:
    """Local times, in microseconds since the local 1970-01-01 00:00."""
    if not len(time):
        return time
    first, last = year_of(int(time.min())), year_of(int(time.max()))
    years = [changes_of(zone, year) for year in range(first, last + 1)]
    starts = np.concatenate([each[0] for each in years])
    offsets = np.concatenate([each[1] for each in years])
    segment = np.clip(np.searchsorted(starts, (time.min(), time.max()), "right") - 1, 0, None)
    if segment[0] == segment[1]:
        return np.asarray(time + offsets[segment[0]])
    return np.asarray(time + offsets[np.clip(np.searchsorted(starts, time, "right") - 1, 0, None)])


def days_off(local: Times, days: Times) -> NDArray[np.bool_]:
    """Which local times lie on one of these days (since 1970-01-01, sorted)."""
    day = local // DAY
    if not len(days) or not len(day) or day.min() > days[-1] or day.max() < days[0]:
        return np.zeros(len(local), np.bool_)
    place = np.minimum(np.searchsorted(days, day), len(days) - 1)
    return np.asarray(days[place] == day)


def as_sundays(local: Times, off: NDArray[np.bool_]) -> Times:
    """The local times with those of days off moved to the same time of the Sunday before."""
    if not off.any():
        return local
    weekday = (local // DAY + EPOCH_WEEKDAY) % WEEK
    return np.asarray(np.where(off, local - (weekday + 1) % WEEK * DAY, local))
