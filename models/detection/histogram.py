"""The places of a channel: a histogram of a reading whose range grows by doubling, and forgets with time."""

from math import floor, sqrt
from typing import Final

from models.detection.compiled import compiled
from models.detection.layout import JUMP, LEVEL, PLACES, RHYTHM, Record

FADE_DAYS: Final = 21  # days after which newness forgets half of all counts, so that a place seen once is new again
FADE_PARTS: Final = 7  # of the places, one of which is halved a day, around that day
AGED_ROWS: Final = 16_384  # of levels, after which their counts are halved; what was seen once stays known
FULL: Final = 255  # rows in a place that is as usual as any
CORE_EVERY: Final = 32  # rows after which the core is found anew, whatever they were
MOST_ROWS: Final = 65_535
FARTHEST: Final = 1e9  # places
FINEST: Final = 1e-9  # of a value: the least width of a place
TINIEST: Final = 1e-30


@compiled
def place_of(series: Record, channel: int, shown: float) -> int:
    """The place of a reading in its channel's range; outside it below 0 or from PLACES on."""
    where = floor((shown - series.low[channel]) / series.width[channel])
    return int(min(max(where, -FARTHEST), FARTHEST))


@compiled
def places_away(series: Record, channel: int, place: int) -> int:
    """Places between a place and the nearest known one; PLACES or more where none is known."""
    counts = series.counts[channel]
    within = min(max(place, 0), PLACES - 1)
    outside = abs(place - within)
    for away in range(PLACES):
        if within >= away and counts[within - away] > 0:
            return outside + away
        if within + away < PLACES and counts[within + away] > 0:
            return outside + away
    return outside + PLACES


@compiled
def widen(series: Record, channel: int, below: bool) -> None:
    """Double a channel's range, downwards or upwards: two places become one."""
    counts = series.counts[channel]
    half = PLACES // 2
    if below:
        series.low[channel] -= PLACES * series.width[channel]
        for place in range(half - 1, -1, -1):
            counts[half + place] = min(int(counts[2 * place]) + counts[2 * place + 1], FULL)
        counts[:half] = 0
    else:
        for place in range(half):
            counts[place] = min(int(counts[2 * place]) + counts[2 * place + 1], FULL)
        counts[half:] = 0
    series.width[channel] *= 2.0


@compiled
def begin_range(series: Record, channel: int, shown: float) -> None:
    """The first reading that differs: a range four times the distance, with all earlier rows in one place."""
    only = series.low[channel]
    series.width[channel] = max(abs(shown - only) / (PLACES // 2), abs(only) * FINEST, TINIEST)
    series.low[channel] = min(only, shown) - series.width[channel] * (PLACES // 4)
    # Where both lie a step of single precision apart, rounding may put the first one beyond either end.
    place = min(max(place_of(series, channel, only), 0), PLACES - 1)
    series.counts[channel, place] = min(series.rows[channel], FULL)


@compiled
def find_core(series: Record, channel: int, trim: float) -> None:
    """The range without its rare ends: as many rows as `trim` times the root of all are left out on either side."""
    counts = series.counts[channel]
    rare = int(trim * sqrt(float(series.rows[channel])))
    first, passed = 0, int(counts[0])
    while passed <= rare and first < PLACES - 1:
        first += 1
        passed += counts[first]
    last, passed = PLACES - 1, int(counts[PLACES - 1])
    while passed <= rare and last > first:
        last -= 1
        passed += counts[last]
    series.core[channel, 0], series.core[channel, 1] = first, last


@compiled
def learn_reading(series: Record, channel: int, shown: float, trim: float) -> None:
    """Count a reading in its place."""
    rows = series.rows[channel]
    if rows == 0:
        series.low[channel] = shown
    if series.width[channel] == 0.0 and shown != series.low[channel]:
        begin_range(series, channel, shown)
    series.rows[channel] = min(rows + 1, MOST_ROWS)
    if series.width[channel] == 0.0:
        return
    place = place_of(series, channel, shown)
    while place < 0 or place >= PLACES:
        widen(series, channel, place < 0)
        place = place_of(series, channel, shown)
    series.counts[channel, place] = min(int(series.counts[channel, place]) + 1, FULL)
    if channel == LEVEL:
        return  # nothing is measured by the core of levels
    if rows % CORE_EVERY == 0 or place < series.core[channel, 0] or place > series.core[channel, 1]:
        find_core(series, channel, trim)


@compiled
def fade(series: Record, day: int) -> None:
    """Halve the counts of jumps and rhythms once in FADE_DAYS, one part of the places a day: were it all on one day,
    the series that began together would have much that is new together. A series that comes back after longer is
    halved once for each."""
    if series.faded == 0:
        series.faded = min(max(day, 1), MOST_ROWS)
    while day - series.faded >= FADE_DAYS - FADE_PARTS // 2 + series.fading:
        fade_part(series, series.fading)
        series.fading += 1
        if series.fading == FADE_PARTS:
            series.fading = 0
            onwards = series.faded + FADE_DAYS if series.rows[JUMP] > 0 else day
            series.faded = min(max(onwards, 1), MOST_ROWS)
            if series.faded == MOST_ROWS:
                return


@compiled
def fade_part(series: Record, part: int) -> None:
    """Halve every FADE_PARTS-th place from `part` on, and the rows with the middle part."""
    for channel in (JUMP, RHYTHM):
        for place in range(part, PLACES, FADE_PARTS):
            series.counts[channel, place] = series.counts[channel, place] // 2
        if part == FADE_PARTS // 2:
            series.rows[channel] = series.rows[channel] // 2


@compiled
def age(series: Record) -> None:
    """Halve the counts of levels, and keep each that was seen."""
    series.rows[LEVEL] = series.rows[LEVEL] // 2
    for place in range(PLACES):
        series.counts[LEVEL, place] = (int(series.counts[LEVEL, place]) + 1) // 2
