"""Bursts of alarms: which raises lie together in time and place, and how each kind stands in them."""

from typing import NamedTuple

import numpy as np

from models.correlation.alarm_history import AlarmHistory, Floats, Whole


class Standing(NamedTuple):
    """Of each kind: `opens`, the share of its raises that open the burst they are in (of bursts that do not end as they
    begin), and `company`, the mean logarithm of how many kinds its bursts hold."""

    opens: Floats
    company: Floats


def bursts(history: AlarmHistory, gap: float) -> Whole:
    """The burst of each raise, by the row of its first: two raises at one place or at neighbours, at most `gap` seconds
    apart, are in one.

    >>> bursts(AlarmHistory.of([(0.0, 0, 0), (5.0, 1, 0), (90.0, 0, 0)], 2, 1), 10.0).tolist()
    [0, 0, 2]
    """
    rows, ends = history.by_place(), [np.zeros((0, 2), dtype=np.int64)]
    for place, mine in enumerate(rows):
        for other in history.around[place] if len(mine) else ():
            theirs = rows[other]
            before = np.searchsorted(theirs, mine, side="left") - 1
            found = np.flatnonzero(before >= 0)
            pairs = np.stack((mine[found], theirs[before[found]]), axis=1)
            ends.append(pairs[history.times[pairs[:, 0]] - history.times[pairs[:, 1]] <= gap])
    links = np.concatenate(ends)
    return _joined(len(history), links[:, 0], links[:, 1])


def _joined(size: int, one: Whole, other: Whole) -> Whole:
    """The least row that each row is joined to, over any number of links."""
    least = np.arange(size)
    while not np.array_equal(least[one], least[other]):
        lower = np.minimum(least[one], least[other])
        for ends in (least[one], least[other], one, other):
            np.minimum.at(least, ends, lower)
        least = least[least]
    return least


def standing(history: AlarmHistory, gap: float) -> Standing:
    """How each kind stands in the bursts; a kind that was never raised opens half of them and is alone."""
    kinds, burst = history.kinds, bursts(history, gap)
    count = history.kind_count
    start, end = np.full(len(history), np.inf), np.full(len(history), -np.inf)
    np.minimum.at(start, burst, history.times)
    np.maximum.at(end, burst, history.times)
    long = (end > start)[burst]
    first = long & (history.times == start[burst])
    opens = (np.bincount(kinds[first], minlength=count) + 1) / (np.bincount(kinds[long], minlength=count) + 2)
    pairs = np.unique(burst * count + kinds)
    several = np.log(np.bincount(pairs // count, minlength=len(history))[burst])
    company = np.bincount(kinds, several, count) / np.maximum(history.counts, 1)
    return Standing(opens, company)
