"""What the hours of the day usually show of an element: a job that runs every night is no news.

Of each hour of the day an element keeps the greatest evidence that it usually has. An hour that usually has more than
the others (beyond their mean, and how much they differ from it) has its evidence divided by how many times as much.
"""

from typing import Final

from models.detection.compiled import compiled
from models.detection.layout import NEVER, Record

HOUR: Final = 3_600_000_000  # microseconds
HOURS: Final = 24
DAYS: Final = 7.0  # memory of what an hour of the day shows
FINENESS: Final = 16.0  # a unit of evidence, in one byte
GREATEST: Final = 255


@compiled
def rhythm_of(element: Record) -> float:
    """What evidence of this hour of the day is divided by: how much more it usually has than others, 1 at least."""
    total = 0
    for hour in range(HOURS):
        total += int(element.daily[hour])
    mean, apart = total / HOURS, 0.0
    for hour in range(HOURS):
        apart += abs(int(element.daily[hour]) - mean)
    own, others = float(element.daily[(element.step // HOUR) % HOURS]), mean + apart / HOURS
    return own / others if own > others else 1.0


@compiled
def keep_greatest(element: Record, evidence: float, most: float) -> None:
    """Take a step's evidence, at most `most`, into the greatest of its hour."""
    found = min(int(min(evidence, most) * FINENESS + 0.5), GREATEST)
    element.hour_most = max(int(element.hour_most), found)


@compiled
def learn_rhythm(element: Record) -> None:
    """The hour of the latest step is over: it is learned."""
    if element.step != NEVER:
        hour = (element.step // HOUR) % HOURS
        before = float(element.daily[hour])
        element.daily[hour] = int(before + (float(element.hour_most) - before) / DAYS + 0.5)
        element.hour_most = 0
