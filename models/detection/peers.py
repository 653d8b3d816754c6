"""The shape that the series of one measurement have in common, where they have one, and how it is lent at a birth.

A series that begins with the profile of its peers has a band once it has found its own level: in hours, not in days.
What is lent is the median of the peers' profiles about their own means; it is a profile like any other, and unlearned
as such. Its spread holds the peers' noise and their disagreement together, so that peers who are little alike lend a
wide band, and those who are not alike lend nothing.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detection.judgement import LEAST_LEARNED
from models.detection.layout import BINS, HOURLY_PARTS, SHARES, Numbers, Records
from models.detection.season import KNOWN, LEAST_SHARE, MINUTE, MOST_SHARE, SEEN_MOST, SIGMA, YOUNG

SHAPE: Final = np.dtype(
    [
        ("profile", "<f4", (2 * BINS,)),
        ("hourly", "<f4", (SHARES,)),
        ("spread", "<f4"),
        ("granularity", "<f4"),  # seconds, of the rows that the spread is of
    ]
)
LOOKED_AT: Final = 512  # series of a measurement, spaced evenly: what a shape costs has a bound
MOST_PEERS: Final = 64
LEAST_PEERS: Final = 8
STRANGE: Final = 4.0  # scales, half a band: a peer whose own profile is farther from the common one at any hour
LEAST_ALIKE: Final = 0.9  # part of the peers that must not be strange
DISAGREEING: Final = 0.5  # of the common profile's mean swing: peers that are apart by more lend nothing
LENT: Final = 7_200.0  # seconds of evidence that a lent profile counts for: two passes
LENT_SPREAD: Final = 6 * 3_600.0  # seconds of evidence that a lent spread counts for


def common_shape(state: Records) -> Records | None:
    """One row of SHAPE from the mature ones of these series (of one measurement); None where they are too few or not
    alike."""
    peers = state[mature(state)]
    if len(peers) < LEAST_PEERS:
        return None
    peers = peers[spaced(len(peers), MOST_PEERS)]
    curves = peers["level"][:, None] + peers["profile"].astype(np.float64)
    about = curves - curves.mean(axis=1, keepdims=True)
    profile = np.median(about, axis=0)
    away = np.abs(about - profile)
    noise = np.median(peers["spread"][:, None] * peers["hourly"] / HOURLY_PARTS * peers["stretch"][:, None], axis=0)
    by_share = np.hypot(noise, away.mean(axis=0).reshape(2, SHARES, -1).mean(axis=(0, 2)))
    if not alike(away, noise, by_share, profile):
        return None
    shape = np.zeros(1, SHAPE)
    shape["profile"], shape["spread"] = profile + np.median(curves), by_share.mean()
    shape["hourly"] = np.clip(by_share / by_share.mean(), LEAST_SHARE, MOST_SHARE) if by_share.mean() > 0 else 1.0
    shape["granularity"] = np.median(peers["granularity"])
    return shape


def mature(state: Records) -> NDArray[np.bool_]:
    """Which series have three days and all hours of a weekday and of a weekend day behind them."""
    return np.asarray((state["seen"] >= SEEN_MOST) & (state["evidence"].min(axis=1) * MINUTE >= KNOWN))


def spaced(count: int, most: int) -> NDArray[np.int64]:
    """At most `most` of `count` places, spaced evenly."""
    return np.arange(min(count, most)) * count // min(count, most)


def alike(away: Numbers, noise: Numbers, spread: Numbers, profile: Numbers) -> bool:
    """Whether nearly all peers (rows of `away`, by bin) stay near the common profile, and they disagree by no more than
    half of what it swings, or than they are noisy."""
    room = STRANGE * SIGMA * np.tile(np.repeat(spread, BINS // SHARES), 2)
    strange = (away > room).any(axis=1)
    swing = np.abs(profile - profile.mean()).mean()
    return bool((~strange).mean() >= LEAST_ALIKE and away.mean() <= max(DISAGREEING * swing, noise.mean()))


def lend(state: Records, slots: NDArray[np.int64], shape: Records) -> None:
    """Have series that have seen nothing begin with a shape: silent until they are YOUNG no more."""
    state["profile"][slots], state["hourly"][slots] = shape["profile"], shape["hourly"] * HOURLY_PARTS
    state["spread"][slots], state["spread_time"][slots] = shape["spread"], LENT_SPREAD
    state["granularity"][slots] = shape["granularity"]
    state["evidence"][slots], state["learned"][slots] = int(LENT / MINUTE), LEAST_LEARNED - YOUNG
