"""What a series does every week: hours of the week in which it leaves its band again and again, on the same side.

A job of every Sunday night is no episode from the third one on. Each hour of the week remembers two bits: that the
series was outside its band there the last time, or so often in a row, above or below; one week without it takes one
step back. A row is habitual where its hour, or one beside it (a job may start late), is known so, and where the series
has been about as far out on that side before.
"""

from typing import Final

from models.detection.compiled import compiled
from models.detection.excursions import seldom_so
from models.detection.layout import WEEK_HOURS, Record

NEVER_SO: Final = 0
ONCE: Final = 1
ABOVE: Final = 2  # twice or more, and
BELOW: Final = 3
CODES: Final = 4  # of an hour, in a byte


@compiled
def habit_at(series: Record, hour: int) -> int:
    """What an hour of the week remembers."""
    return int(series.week[hour // CODES] >> (2 * (hour % CODES))) & 3


@compiled
def remember_habit(series: Record, hour: int, habit: int) -> None:
    """Have an hour of the week remember."""
    place, shift = hour // CODES, 2 * (hour % CODES)
    series.week[place] = (int(series.week[place]) & ~(3 << shift)) | (habit << shift)


@compiled
def end_hour(series: Record) -> None:
    """Remember what became of the hour that is over."""
    known, side = habit_at(series, series.hour), series.left
    without = ONCE if known > ONCE else NEVER_SO
    again = ONCE if known == NEVER_SO else ONCE + side
    remember_habit(series, series.hour, without if side == 0 else again)


@compiled
def note_habit(series: Record, hour: int, away: float, side: int) -> None:
    """Take a row that was held against the band into its hour."""
    if hour != series.hour:
        if series.hour < WEEK_HOURS:
            end_hour(series)
        series.hour, series.left = hour, 0
    if away > 1.0:
        series.left = 1 + side


@compiled
def habitual(series: Record, hour: int, away: float, side: int) -> bool:
    """Whether the series does so every week."""
    known = ABOVE + side
    near = False
    for beside in (hour, (hour + 1) % WEEK_HOURS, (hour + WEEK_HOURS - 1) % WEEK_HOURS):
        near = near or habit_at(series, beside) == known
    return near and seldom_so(series, away, side)
