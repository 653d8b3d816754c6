"""The memory layout of the seasonal detector: what is kept per series, what a rule says, and what a step marks."""

from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

NEVER: Final = np.iinfo(np.int64).min
BINS: Final = 24  # hours of a day, once for weekdays and once for weekends
WEEK_HOURS: Final = 7 * BINS
SHARES: Final = 12  # parts of a day that have a noise of their own
CHANNELS: Final = 3
PLACES: Final = 128  # of a channel's range
DISTANCES: Final = 7  # from the band that are told apart
HOURLY_PARTS: Final = 8_192  # of a multiple of the spread
BEFORE: Final = 3  # values that are remembered as they were

JUMP: Final = 0  # the value against the middle one of the three rows before it
LEVEL: Final = 1  # the value itself
RHYTHM: Final = 2  # the value against the mean of its hour of the day
BAND: Final = 3  # the value against its seasonal band: no channel of novelty
RANGE: Final = 4  # the value against what can be at all
NOTHING: Final = 255

SERIES: Final = np.dtype(
    [
        ("last", "i8"),  # time of the newest learned row, microseconds UTC; NEVER where there is none
        ("since", "i8"),  # time of the first anomalous row of the current run
        ("peak_value", "f8"),
        ("peak_expected", "f8"),
        ("origin", "f8"),  # the first value: all others are kept as what they are above it
        ("low", "f4", (CHANNELS,)),  # lower end of a channel's range
        ("width", "f4", (CHANNELS,)),  # of one place of it; 0 while the channel has shown a single value
        ("peak_band", "f4"),  # half the width of the band at the peak
        ("peak", "f4"),  # highest score of the run
        ("level", "f4"),  # what is added to the profile
        ("spread", "f4"),  # mean absolute residual, clipped
        ("spread_time", "f4"),  # seconds of evidence behind it
        ("seen", "f4"),  # seconds learned, at most three days
        ("every", "f4"),  # seconds between two rows, as they usually are
        ("learned", "f4"),  # seconds for which there was an expectation to learn from
        ("granularity", "f4"),  # seconds, as last announced; 0 where unknown
        ("run", "f4"),  # seconds outside the band, less the seconds inside since
        ("run_mean", "f4"),
        ("run_spread", "f4"),
        ("stretch", "f4"),  # what widens the band of a series that leaves it often, 1 or more
        ("before", "f4", (BEFORE,)),  # the last values, newest first
        ("gathered", "f4"),  # powers of ten of evidence for an episode
        ("strayed", "f4"),  # mean of the last departures from the hour's mean
        ("stirred", "f4"),  # the greatest novelty lately, fading
        ("residuals", "u2"),  # rows for which there was an expectation to learn from
        ("judged", "u2"),  # rows that were held against the band
        ("faded", "u2"),  # the day (since the epoch) around which the counts were last halved
        ("profile", "f4", (2 * BINS,)),
        ("usual", "f4", (BINS,)),  # plain mean of each hour of the day
        ("hourly", "u2", (SHARES,)),  # the spread of this part of the day over `spread`, in HOURLY_PARTS
        ("rows", "u2", (CHANNELS,)),  # rows behind each channel
        ("evidence", "u1", (2 * BINS,)),  # behind each bin of the profile, in minutes
        ("recent", "u2"),  # one bit per scored row, newest lowest: 1 = anomalous
        ("feed", "u2"),
        ("open", "u1"),
        ("severity", "u1"),
        ("channel", "u1"),  # what spoke loudest at the peak
        ("fading", "u1"),  # parts of the places halved since
        ("core", "u1", (CHANNELS, 2)),  # first and last place of each channel's range without its rare ends
        ("usual_rows", "u1", (BINS,)),  # rows behind each hour's mean
        ("week", "u1", (WEEK_HOURS // 4,)),  # two bits an hour: how often in a row the series was outside its band
        ("hour", "u1"),  # of the week, of the last row; WEEK_HOURS before the first
        ("left", "u1"),  # whether the band was left in it, above (1) or below (2)
        ("outside", "u1", (2, DISTANCES)),  # and of these the ones outside it, above and below, by distance
        ("counts", "u1", (CHANNELS, PLACES)),  # rows that fell into each place, 255 at most
    ]
)
"""One series, 992 bytes without a gap, so that one row of it is a few neighbouring cache lines."""

RULE: Final = np.dtype(
    [
        ("threshold", "f8"),  # half the band in scales
        ("limit", "f8"),  # oddness that scores 1, in powers of ten
        ("weight", "f8"),  # of newness beside rarity in it
        ("trim", "f8"),  # rare rows at either end that do not widen a channel's range, per square root of its rows
        ("habit", "f8"),  # the part of the latest novelty that a new one must exceed
        ("beyond", "f8"),  # half bands from the expected value at which a row scores 1 however usual it is; 0: never
        ("floor", "f8"),  # least scale, in the unit of the measurement
        ("relearn", "f8"),  # seconds outside the band after which the new level is adopted
        ("least_deviation", "f8"),  # from the expected value, in the unit of the measurement, below which none matters
        ("least_relative", "f8"),  # the same as a part of the expected value
        ("lowest", "f8"),  # least valid value
        ("highest", "f8"),  # greatest valid value
        ("raised", "f8"),  # the score above which a row counts for an episode
        ("cleared", "f8"),  # and, once it is open, the score up to which a row counts as normal
        ("minor", "f8"),  # peak score from which an episode is minor
        ("major", "f8"),  # and from which it is major
        ("worse_after", "i8"),  # microseconds after which an episode is one step worse
        ("direction", "i4"),  # 1: only deviations above the expected value matter, -1: only below, 0: both
        ("kind", "i4"),  # of `models.detection.counters`: GAUGE, COUNTER, COUNTER_32 or COUNTER_64
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
        ("channel", "i8"),
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


def _none(kind: type[np.generic]) -> NDArray[Any]:
    column = np.zeros(0, kind)
    column.flags.writeable = False
    return column


NO_TIMES: Final[NDArray[np.int64]] = _none(np.int64)
NO_FLAGS: Final[NDArray[np.bool_]] = _none(np.bool_)


class Columns(NamedTuple):
    """Rows in the order they were taken. `slot` is the series' place in the state (below 0: not kept), `rule` the row
    of the rules, `time` microseconds UTC; a `suspect` or non-finite row is neither scored nor learned. Columns that may
    be empty: `local`, the wall clock where the series lives (microseconds; else UTC) decides hour and weekday;
    `unlearned` rows are scored and teach nothing; `unalarmed` rows are scored and count for no episode."""

    slot: NDArray[np.int32]
    rule: NDArray[np.int32]
    time: NDArray[np.int64]
    value: Numbers
    suspect: NDArray[np.bool_]
    local: NDArray[np.int64] = NO_TIMES
    unlearned: NDArray[np.bool_] = NO_FLAGS
    unalarmed: NDArray[np.bool_] = NO_FLAGS


class ScoreColumns(NamedTuple):
    """One place per row; NaN where the row was not scored. `channel` is what spoke loudest (JUMP, LEVEL, RHYTHM, BAND
    or NOTHING), `part` the share of each channel of novelty in the score, (rows, CHANNELS), and `new` what an element
    takes: how new the row is, above 1 anomalous, whatever its rarity, for every row is rare a little."""

    expected: Numbers
    lower: Numbers
    upper: Numbers
    score: Numbers
    channel: NDArray[np.uint8]
    part: NDArray[np.float32]
    new: Numbers


class Point(NamedTuple):
    """One row as it counts for an episode: how anomalous, the value, where it should be, and what spoke loudest."""

    score: float
    value: float
    expected: float
    band: float
    channel: int


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
    series["hourly"] = HOURLY_PARTS
    series["stretch"] = 1.0
    series["hour"] = WEEK_HOURS
    series["channel"] = NOTHING
    return series
