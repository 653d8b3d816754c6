"""Which series give up their places where one feed crowds a domain, and another holds less than its share."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detection.layout import Records

KNOWN: Final = 86_400.0
"""Seconds of learning after which a series is known, and gives its place to none."""
_NONE: Final = np.zeros(0, np.intp)


def crowding(series: Records, feed: int, born: int, limit: int) -> NDArray[np.intp]:
    """The slots that a feed may take of the one that holds most, the first to go first: those that have learned least,
    then the newest. `born` more series of the feed are not among `series` yet.

    Law: a known series, one with an open episode, and one of a feed that holds no more than its share (the limit
    divided by the feeds that hold any) are never among them, and the feed gets no more than its share by them.
    """
    held = np.bincount(series["feed"], minlength=feed + 1)
    held[feed] += born
    most = int(np.argmax(held))
    share = limit // max(1, int(np.count_nonzero(held)) + int(held[feed] == 0))
    places = min(share - int(held[feed]), int(held[most]) - share)
    if places <= 0:
        return _NONE
    young = np.flatnonzero((series["feed"] == most) & (series["open"] == 0) & (series["learned"] < KNOWN))
    return young[np.lexsort((-young, series["learned"][young]))][:places]
