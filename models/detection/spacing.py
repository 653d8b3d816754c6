"""The time between a series' rows: what a row counts for, and how long a silence is one; and where values begin."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detection.compiled import compiled
from models.detection.layout import NEVER, Record, Records
from models.detection.season import ANEW

LONGEST_STEP: Final = 3_600.0  # seconds one row may count for
SPACINGS: Final = 4.0  # usual times between rows in which a series is not silent
CALMLY: Final = 1.0 / 8.0  # of a row in the usual spacing
FIRST_STEP: Final = 60.0  # seconds a series' first row counts for where the granularity is unknown


@compiled
def seconds_covered(series: Record, time: int, granularity: float) -> float:
    """The time since the series' last row, in seconds, bounded; 0 or less for a row that is not newer."""
    longest = LONGEST_STEP
    if granularity > 0.0:
        longest = min(4.0 * granularity, LONGEST_STEP)
    if series.last == NEVER:
        return min(granularity, longest) if granularity > 0.0 else FIRST_STEP
    return min((float(time) - float(series.last)) * 1e-6, longest)


@compiled
def new_granularity(series: Record, granularity: float, seconds: float) -> None:
    """A feed that turns four times finer or coarser has another noise: relearn the spread by rows."""
    if granularity <= 0.0:
        return
    known = series.granularity
    if known > 0.0 and (granularity > 4.0 * known or known > 4.0 * granularity):
        series.spread_time = min(series.spread_time, ANEW * seconds)
    series.granularity = granularity


@compiled
def patience_of(series: Record, silence: int) -> int:
    """Microseconds without a row after which an episode is over: at least those of a few of the series' own rows."""
    return int(max(float(silence), SPACINGS * 1e6 * series.every))


@compiled
def patiences(state: Records, silence: int) -> NDArray[np.int64]:
    """The patience with each series."""
    found = np.empty(len(state), np.int64)
    for slot in range(len(state)):
        found[slot] = patience_of(state[slot], silence)
    return found


@compiled
def above_origin(series: Record, value: float) -> float:
    """The value as the state keeps it: above the series' first one."""
    return value - series.origin if series.seen > 0.0 else 0.0


@compiled
def learn_origin(series: Record, time: int, value: float) -> None:
    """The first value, and the usual time between two rows: a gap counts for little, whatever its length."""
    if series.seen <= 0.0:
        series.origin = value
    if series.last == NEVER:
        return
    seconds = (float(time) - float(series.last)) * 1e-6
    if series.every <= 0.0:
        series.every = seconds
    series.every += CALMLY * (min(seconds, 2.0 * series.every) - series.every)
