"""The memory layout of the seasonal detector: what is kept per series, what a rule says, and what a step marks."""

from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

NEVER: Final = np.iinfo(np.int64).min
BINS: Final = 48  # half hours of a day, once for weekdays and once for weekends
HOURS: Final = 24

SERIES: Final = np.dtype(
    [
        ("last", "i8"),  # time of the newest learned row, microseconds UTC; NEVER where there is none
        ("since", "i8"),  # time of the first anomalous row of the current run
        ("peak_value", "f8"),
        ("peak_expected", "f8"),
        ("peak_band", "f8"),  # half the width of the band at the peak
        ("peak", "f4"),  # highest score of the run
        ("level", "f4"),  # what is added to the profile
        ("spread", "f4"),  # mean absolute residual, clipped
        ("spread_time", "f4"),  # seconds of evidence behind it
        ("magnitude", "f4"),  # mean absolute value
        ("seen", "f4"),  # seconds of evidence behind it
        ("learned", "f4"),  # seconds for which there was an expectation to learn from
        ("granularity", "f4"),  # seconds, as last announced; 0 where unknown
        ("run", "f4"),  # seconds outside the band, less the seconds inside since
        ("run_mean", "f4"),
        ("run_spread", "f4"),
        ("stretch", "f4"),  # what widens the band of a series that leaves it often, 1 or more
        ("residuals", "u4"),  # rows for which there was an expectation to learn from
        ("recent", "u2"),  # one bit per scored row, newest lowest: 1 = anomalous
        ("feed", "u2"),
        ("open", "u2"),
        ("severity", "u2"),
        ("spare", "u4"),
        ("profile", "f4", (2 * BINS,)),
        ("evidence", "f4", (2 * BINS,)),  # seconds behind each bin
        ("hourly", "f4", (HOURS,)),  # the spread of this hour as a multiple of `spread`
    ]
)
"""One series, 968 bytes without a gap, so that one row of it is a few neighbouring cache lines."""

RULE: Final = np.dtype(
    [
        ("threshold", "f8"),  # half the band in scales
        ("floor", "f8"),  # least scale, in the unit of the measurement
        ("relearn", "f8"),  # seconds outside the band after which the new level is adopted
        ("open_count", "i4"),
        ("open_of", "i4"),
        ("close_count", "i4"),
        ("close_of", "i4"),
    ]
)

MARK: Final = np.dtype(
    [
        ("kind", "i4"),
        ("slot", "i4"),
        ("row", "i4"),
        ("severity", "i4"),
        ("started", "i8"),
        ("changed", "i8"),
        ("ended", "i8"),
        ("peak", "f8"),
        ("value", "f8"),
        ("expected", "f8"),
        ("band", "f8"),
    ]
)
"""One change of an episode's state: its kind, where it happened, and the worst point so far."""

OPENED: Final = 1
WORSENED: Final = 2
RECOVERED: Final = 3
SILENT: Final = 4

Records: TypeAlias = NDArray[np.void]
Record: TypeAlias = Any  # one row of a structured array inside a kernel, where fields are attributes
Numbers: TypeAlias = NDArray[np.float64]


class Columns(NamedTuple):
    """Rows in the order they were taken. `slot` is the series' place in the state (below 0: not kept), `rule` the row
    of the rules, `time` microseconds UTC; a `suspect` or non-finite row is neither scored nor learned."""

    slot: NDArray[np.int32]
    rule: NDArray[np.int32]
    time: NDArray[np.int64]
    value: Numbers
    suspect: NDArray[np.bool_]


class Scores(NamedTuple):
    """One place per row; NaN where the row was not scored."""

    expected: Numbers
    lower: Numbers
    upper: Numbers
    score: Numbers


class Setting(NamedTuple):
    """What holds for a whole envelope: the feed's code, its granularity in seconds (0 unknown), and the microseconds
    without a row after which an episode ends."""

    feed: int
    granularity: float
    silence: int


def fresh_series(count: int) -> Records:
    """State of `count` series that have seen nothing."""
    series = np.zeros(count, SERIES)
    series["last"] = NEVER
    series["hourly"] = 1.0
    series["stretch"] = 1.0
    return series
