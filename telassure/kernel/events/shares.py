"""What each channel of detection contributed to a score, in one byte a point.

The score of a row is the sum of what jump, level and rhythm say, or else all of it is the band's or the valid range's
(docs/detection.md). A code says how it divides: into twentieths between the first three, or the one that has it whole.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Codes: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float64]

CHANNELS: Final = ("jump", "level", "rhythm", "band", "range")
"""In the order of their numbers in models.detection.layout."""
UNKNOWN: Final = 255
"""The score is not above 0 (nothing to divide), or is of a release that did not keep its parts."""
STEPS: Final = 20
"""A share is known to one step, a twentieth of the score."""
_LEAST: Final = float(np.finfo(np.float32).smallest_subnormal)  # what is kept of less is 0
_MIXED: Final = 3  # channels, the first ones, between which a score divides
_FIRST_WHOLE: Final = (STEPS + 1) * (STEPS + 2) // 2


def codes_of(channel: NDArray[np.uint8], part: NDArray[np.float32], score: Floats) -> Codes:
    """How the scores (n) divide, by the loudest channel (n) and by what the first three say (n, 3), in any unit.

    >>> codes_of(np.array([1, 3], "u1"), np.array([[1, 2, 1], [5, 0, 0]], "f4"), np.array([1.5, 2.5]))
    array([125, 231], dtype=uint8)
    """
    codes = np.full(len(score), UNKNOWN, np.uint8)
    rows = np.flatnonzero(score > _LEAST)
    if len(rows):  # of usual telemetry one row in a hundred
        codes[rows] = _divided(channel[rows], part[rows])
    return codes


def _divided(channel: NDArray[np.uint8], part: NDArray[np.float32]) -> NDArray[np.int64]:
    """The sums are rounded, not the parts, so that the shares add up; they are a triangular number and a place."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        first, second = part[:, 0], part[:, 0] + part[:, 1]
        total = second + part[:, 2]
        step = np.float32(STEPS) / total
        known = np.isfinite(step) & np.isfinite(total) & (part >= 0).all(axis=1) & (channel < _MIXED)
        low, high = (np.rint(np.where(known, sums * step, 0)).astype(np.int64) for sums in (first, second))
    whole = np.where(channel < len(CHANNELS), _FIRST_WHOLE - _MIXED + channel.astype(np.int64), UNKNOWN)
    return np.where(known, high * (high + 1) // 2 + low, np.where(channel < _MIXED, UNKNOWN, whole))


def _table() -> Floats:
    table = np.full((UNKNOWN + 1, len(CHANNELS)), np.nan)
    for high in range(STEPS + 1):
        for low in range(high + 1):
            table[high * (high + 1) // 2 + low] = (low, high - low, STEPS - high, 0, 0)
    for number in range(_MIXED, len(CHANNELS)):
        table[_FIRST_WHOLE + number - _MIXED] = STEPS * np.eye(len(CHANNELS))[number]
    return table / STEPS


_SHARES: Final = _table()


def shares_of(codes: Codes) -> Floats:
    """The share of each channel, (n, CHANNELS), which add up to 1; NaN where a code says nothing.

    >>> shares_of(np.array([125, 231], "u1"))
    array([[0.25, 0.5 , 0.25, 0.  , 0.  ],
           [0.  , 0.  , 0.  , 1.  , 0.  ]])
    """
    found: Floats = _SHARES[codes]
    return found


def contributions(codes: Codes, score: Floats) -> Floats:
    """What each channel contributed, (n, CHANNELS), which add up to the score; NaN where that is not known.

    >>> contributions(np.array([125, 255], "u1"), np.array([1.5, 0.0])).tolist()
    [[0.375, 0.75, 0.375, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]]
    """
    found: Floats = shares_of(codes) * score[:, np.newaxis]
    found[score == 0] = 0.0
    return found


def loudest(code: int) -> list[tuple[str, float]]:
    """The channels that have a share, greatest first; none where the code says nothing.

    >>> loudest(125), loudest(UNKNOWN)
    ([('level', 0.5), ('jump', 0.25), ('rhythm', 0.25)], [])
    """
    named = zip(CHANNELS, _SHARES[code].tolist(), strict=True)
    return sorted(((name, share) for name, share in named if share > 0), key=lambda found: -found[1])
