"""The states of earlier releases (1: half-hour profiles, no novelty; 2: levels were means, values had no origin) as
this release's.

What holds for the band is kept: level, spread, profile, the run and the open episode. The channels of novelty begin
anew; until they have enough behind them, the band alone scores.
"""

from typing import Final

import numpy as np

from models.detection.excursions import MOST_JUDGED
from models.detection.histogram import MOST_ROWS
from models.detection.layout import (
    BINS,
    CHANNELS,
    HOURLY_PARTS,
    LEVEL,
    PLACES,
    SERIES,
    SHARES,
    Numbers,
    Records,
    fresh_series,
)
from models.detection.season import BIN_MEMORY, MINUTE

HALVES: Final = 48  # half hours of a day

SERIES_1: Final = np.dtype(
    [
        *((name, "i8") for name in ("last", "since")),
        *((name, "f8") for name in ("peak_value", "peak_expected", "peak_band")),
        *((name, "f4") for name in ("peak", "level", "spread", "spread_time", "magnitude", "seen", "learned")),
        *((name, "f4") for name in ("granularity", "run", "run_mean", "run_spread", "stretch")),
        ("residuals", "u4"),
        *((name, "u2") for name in ("recent", "feed", "open", "severity")),
        ("spare", "u4"),
        ("profile", "f4", (2 * HALVES,)),
        ("evidence", "f4", (2 * HALVES,)),  # seconds
        ("hourly", "f4", (24,)),
    ]
)

ANEW: Final = ("spare", "profile", "evidence", "hourly", "magnitude")
KEPT: Final = tuple(name for name in SERIES_1.names or () if name not in ANEW)


SERIES_2: Final = np.dtype(
    [
        *((name, "i8") for name in ("last", "since")),
        ("peak_value", "f8"),
        ("low", "f8", (CHANNELS,)),
        ("width", "f4", (CHANNELS,)),
        *(
            (name, "f4")
            for name in ("peak_expected", "peak_band", "peak", "level", "spread", "spread_time", "magnitude")
        ),
        *((name, "f4") for name in ("seen", "learned", "granularity", "run", "run_mean", "run_spread", "stretch")),
        *((name, "f4") for name in ("fast", "slow", "strayed", "stirred")),
        ("residuals", "u4"),
        ("faded", "i4"),
        ("profile", "f4", (2 * BINS,)),
        ("usual", "f4", (BINS,)),
        ("hourly", "f4", (SHARES,)),
        ("rows", "u2", (CHANNELS,)),
        ("evidence", "u2", (2 * BINS,)),
        *((name, "u2") for name in ("recent", "feed")),
        *((name, "u1") for name in ("open", "severity", "channel", "fading")),
        ("core", "u1", (CHANNELS, 2)),
        ("usual_rows", "u1", (BINS,)),
        ("counts", "u1", (CHANNELS, PLACES)),
    ]
)

BEGUN_ANEW: Final = ("low", "width", "rows", "core", "counts")  # of levels: values were not counted, their means were


def from_version_2(old: Records) -> Records:
    """The same series in today's layout, in the same order. Band, jumps and rhythms are kept; levels begin anew, and
    until 48 rows of them are known jumps and rhythms alone score. The origin is 0: values stay as they were kept."""
    series = fresh_series(len(old))
    shared = [
        name for name in SERIES_2.names or () if name in (SERIES.names or ()) and name not in ("evidence", "hourly")
    ]
    for name in shared:
        series[name] = np.minimum(old[name], MOST_ROWS) if name in ("residuals", "faded") else old[name]
    series["evidence"] = old["evidence"] / (4 * MINUTE)  # it was in quarters of a second
    series["hourly"] = old["hourly"] * HOURLY_PARTS
    for name in BEGUN_ANEW:
        series[name][:, LEVEL] = 0
    series["before"] = old["fast"][:, None]
    series["judged"] = np.minimum(series["residuals"], MOST_JUDGED)
    return series


def from_version_1(old: Records) -> Records:
    """The same series in today's layout, in the same order."""
    series = fresh_series(len(old))
    for name in KEPT:
        series[name] = np.minimum(old[name], MOST_ROWS) if name == "residuals" else old[name]
    series["judged"] = np.minimum(series["residuals"], MOST_JUDGED)
    evidence = old["evidence"].reshape(len(old), 2 * BINS, 2).astype(np.float64)
    profile = old["profile"].reshape(len(old), 2 * BINS, 2).astype(np.float64)
    behind = evidence.sum(axis=2)
    series["profile"] = mean_of(profile, evidence, behind)
    series["evidence"] = np.minimum(behind, BIN_MEMORY) / MINUTE
    series["hourly"] = old["hourly"].reshape(len(old), SHARES, 2).mean(axis=2) * HOURLY_PARTS
    return series


def mean_of(profile: Numbers, evidence: Numbers, behind: Numbers) -> Numbers:
    """The weighted mean over the last axis; 0 where nothing is behind it."""
    total = (profile * evidence).sum(axis=2)
    mean: Numbers = np.divide(total, behind, out=np.zeros_like(total), where=behind > 0)
    return mean
