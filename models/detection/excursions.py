"""How often a series has been as far outside its band before, and what that makes a row outside it worth as evidence.

A band takes noise to be of one size and one shape; what a series does outside it is its own: counters that are 0 nearly
always leave it with every event, and edges of working hours with every morning. So each row outside is worth the power
of ten by which the series is that far out, on that side, more seldom than always; an episode needs PROOF of these, and
is by that measure opened by chance in about one of so many rows.
"""

from math import log10
from typing import Final

from models.detection.compiled import compiled
from models.detection.layout import DISTANCES, Record

PROOF: Final = 6.0  # powers of ten: one false episode in a million rows, ten a day of 100,000 series at 15 min
LIKE: Final = 0.75  # of a distance is still about as far
OF_ONE_RUN: Final = 2  # rows outside that are counted before an episode opens
SELDOM: Final = 20  # rows of which one at most may be outside for its hour to mean something
LEFT: Final = 0.75  # of the evidence behind a row that is no anomaly
NEAR: Final = 8.0  # half bands up to which distances are told apart by octaves
TRACE: Final = 1e-3  # of it, which is none
MOST: Final = 255
MOST_JUDGED: Final = 65_534  # one more still fits its 16 bits
MOST_GATHERED: Final = 100.0


@compiled
def distance_of(away: float) -> int:
    """The place of a distance of 1 half band or more; its edges are 2, 4, 8, 32, 128 and 512."""
    place, edge = 0, 2.0
    while away >= edge and place < DISTANCES - 1:
        place += 1
        edge *= 2.0 if edge < NEAR else 4.0
    return place


@compiled
def worth_of(series: Record, away: float, side: int) -> float:
    """The powers of ten by which a row so many half bands away, above (0) or below (1), is rarer than any. The rows of
    its own run count too: noise comes in bursts."""
    beyond = 0
    for place in range(distance_of(away), DISTANCES):
        beyond += series.outside[side, place]
    return log10((series.judged + 1.0) / (beyond + 0.5))


@compiled
def seldom_so(series: Record, away: float, side: int) -> bool:
    """Whether a series was about so far out on that side before, more than a run that begins now, and yet seldom."""
    first, beyond, outside = distance_of(LIKE * away), 0, 0
    for place in range(DISTANCES):
        outside += series.outside[side, place]
        beyond += series.outside[side, place] if place >= first else 0
    return bool(beyond > OF_ONE_RUN and outside * SELDOM <= series.judged)


@compiled
def count_excursion(series: Record, away: float, side: int) -> None:
    """Count a row that was judged by its band."""
    if series.judged >= MOST_JUDGED:
        halve(series)
    series.judged += 1
    if away > 1.0:
        place = distance_of(away)
        series.outside[side, place] += 1
        if series.outside[side, place] == MOST:
            halve(series)


@compiled
def halve(series: Record) -> None:
    """Count all rows for half; what was seen once stays known."""
    series.judged = series.judged // 2
    for side in range(len(series.outside)):
        for place in range(DISTANCES):
            series.outside[side, place] = (series.outside[side, place] + 1) // 2


@compiled
def gather(series: Record, worth: float) -> None:
    """Take an anomalous row's evidence."""
    series.gathered = min(series.gathered + worth, MOST_GATHERED)


@compiled
def lapse(series: Record) -> None:
    """A row that is none: what was gathered counts for less."""
    series.gathered = LEFT * series.gathered if series.gathered > TRACE else 0.0
