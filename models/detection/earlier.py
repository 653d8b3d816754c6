"""The state of the previous release (version 1: half-hour profiles, no novelty) as this release's.

What holds for the band is kept: level, spread, profile, the run and the open episode. The channels of novelty begin
anew; until they have enough behind them, the band alone scores.
"""

from typing import Final

import numpy as np

from models.detection.layout import BINS, SHARES, Numbers, Records, fresh_series
from models.detection.season import BIN_MEMORY, QUARTER

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

KEPT: Final = tuple(name for name in SERIES_1.names or () if name not in ("spare", "profile", "evidence", "hourly"))


def from_version_1(old: Records) -> Records:
    """The same series in today's layout, in the same order."""
    series = fresh_series(len(old))
    for name in KEPT:
        series[name] = old[name]
    evidence = old["evidence"].reshape(len(old), 2 * BINS, 2).astype(np.float64)
    profile = old["profile"].reshape(len(old), 2 * BINS, 2).astype(np.float64)
    behind = evidence.sum(axis=2)
    series["profile"] = mean_of(profile, evidence, behind)
    series["evidence"] = np.minimum(behind, BIN_MEMORY) / QUARTER
    series["hourly"] = old["hourly"].reshape(len(old), SHARES, 2).mean(axis=2)
    return series


def mean_of(profile: Numbers, evidence: Numbers, behind: Numbers) -> Numbers:
    """The weighted mean over the last axis; 0 where nothing is behind it."""
    total = (profile * evidence).sum(axis=2)
    mean: Numbers = np.divide(total, behind, out=np.zeros_like(total), where=behind > 0)
    return mean
