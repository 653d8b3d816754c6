"""How new a row is: its distance from all that a series has shown before, in three channels, each a small histogram.

A channel is the value against the mean of the last few rows (a jump), that mean itself (a level), and the value against
the mean of its hour of the day (a rhythm). A channel's range grows by doubling; it holds 128 counts. Novelty in [0, 1)
is the distance to the nearest place that is known, over that distance plus the range without its rare ends. The three
add up. What has just been novel is less so the next time: part of the greatest novelty lately is taken off. Of a young
series more is asked: its range still grows by itself.
"""

from math import exp, floor, sqrt
from typing import Final, NamedTuple

from models.detection.compiled import compiled
from models.detection.layout import CHANNELS, JUMP, LEVEL, PLACES, RHYTHM, Record

LEAST_ROWS: Final = 48  # of a channel before it speaks: two days of hours
LEAST_SEEN: Final = 86_400.0  # seconds of a series before it is scored: one round of the clock
FAST: Final = 1.0 / 4.0  # of a row in the mean that a jump is measured from
SLOW: Final = 1.0 / 8.0  # of a row in the level and in the departure from the hour's mean
USUAL_ROWS: Final = 30  # rows that an hour's mean remembers
CALM: Final = exp(-1.0 / 8.0)  # what is left of the latest novelty one row later
FADE_DAYS: Final = 21  # days after which every count is halved, so that a place seen once is new again
FADE_PARTS: Final = 7  # of the places, one of which is halved a day, around that day
YOUNG_ROWS: Final = 72.0  # of a series at which twice the novelty scores 1
FULL: Final = 255
CORE_EVERY: Final = 32  # rows after which the core is found anew, whatever they were
MOST_ROWS: Final = 65_535
FARTHEST: Final = 1e9  # places
LEAST_RANGE: Final = 0.03  # a channel's range is never less than this part of the mean absolute value

FINEST: Final = 1e-9  # of a value: the least width of a place
TINIEST: Final = 1e-30


class Shown(NamedTuple):
    """What the three channels show of a row, and whether the hour of the day has a mean to depart from."""

    jump: float
    level: float
    rhythm: float
    rhythmic: bool


@compiled
def show(series: Record, hour: int, value: float) -> Shown:
    """The readings of a row against the series as the row before left it."""
    if series.rows[LEVEL] == 0:
        return Shown(0.0, value, 0.0, False)
    away = value - series.usual[hour]
    rhythm = away if series.rows[RHYTHM] == 0 else series.strayed + SLOW * (away - series.strayed)
    level = series.slow + SLOW * (value - series.slow)
    return Shown(value - series.fast, level, rhythm, series.usual_rows[hour] > 0)


@compiled
def place_of(series: Record, channel: int, shown: float) -> int:
    """The place of a reading in its channel's range; outside it below 0 or from PLACES on."""
    where = floor((shown - series.low[channel]) / series.width[channel])
    return int(min(max(where, -FARTHEST), FARTHEST))


@compiled
def places_away(series: Record, channel: int, place: int, accepted: int) -> int:
    """Places between a place and the nearest known one; PLACES or more where none is known."""
    counts = series.counts[channel]
    within = min(max(place, 0), PLACES - 1)
    outside = abs(place - within)
    for away in range(PLACES):
        if within >= away and counts[within - away] >= accepted:
            return outside + away
        if within + away < PLACES and counts[within + away] >= accepted:
            return outside + away
    return outside + PLACES


@compiled
def novelty(series: Record, rule: Record, channel: int, shown: float) -> float:
    """The novelty of a reading in its channel, in [0, 1); 0 until the channel has enough behind it."""
    if series.rows[channel] < LEAST_ROWS:
        return 0.0
    least = LEAST_RANGE * series.magnitude
    if series.width[channel] > 0.0:
        away = places_away(series, channel, place_of(series, channel, shown), rule.accepted) * series.width[channel]
        span = (series.core[channel, 1] - series.core[channel, 0] + 1) * series.width[channel]
    else:
        away, span = abs(shown - series.low[channel]), 0.0
    away -= rule.threshold * rule.floor
    return away / (max(span, least) + away) if away > 0.0 else 0.0


@compiled
def speaks(series: Record) -> bool:
    """Whether a series has enough behind it to say that a row is new."""
    return bool(series.seen >= LEAST_SEEN and series.rows[LEVEL] >= LEAST_ROWS)


@compiled
def caution(series: Record) -> float:
    """How many times as new a row of a young series must be. After n rows the next is the farthest yet in about 2 of n
    cases, however ordinary: 3.3 at 48 rows, 1.6 at 96, 1.1 at 288."""
    young = YOUNG_ROWS / series.rows[LEVEL]
    return float(1.0 + young * young)


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
    series.counts[channel, place_of(series, channel, only)] = min(series.rows[channel], FULL)


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
    if rows % CORE_EVERY == 0 or place < series.core[channel, 0] or place > series.core[channel, 1]:
        find_core(series, channel, trim)


@compiled
def fade(series: Record, day: int) -> None:
    """Halve every count once in FADE_DAYS, one part of the places a day: were it all on one day, the series that began
    together would have much that is new together. A series that comes back after longer is halved once for each."""
    if series.faded == 0:
        series.faded = day
    while day - series.faded >= FADE_DAYS - FADE_PARTS // 2 + series.fading:
        fade_part(series, series.fading)
        series.fading += 1
        if series.fading == FADE_PARTS:
            series.fading = 0
            series.faded += FADE_DAYS if series.rows[LEVEL] > 0 else day - series.faded


@compiled
def fade_part(series: Record, part: int) -> None:
    """Halve every FADE_PARTS-th place from `part` on, and the rows with the middle part."""
    for channel in range(CHANNELS):
        for place in range(part, PLACES, FADE_PARTS):
            series.counts[channel, place] = series.counts[channel, place] // 2
        if part == FADE_PARTS // 2:
            series.rows[channel] = series.rows[channel] // 2


@compiled
def learn_novelty(series: Record, hour: int, value: float, shown: Shown, trim: float) -> None:
    """Everything that one row teaches the three channels."""
    if series.rows[LEVEL] == 0:
        series.fast = value
    if shown.rhythmic:
        series.strayed = shown.rhythm
        learn_reading(series, RHYTHM, shown.rhythm, trim)
    learn_reading(series, JUMP, shown.jump, trim)
    series.fast += FAST * shown.jump
    series.slow = shown.level
    learn_reading(series, LEVEL, shown.level, trim)
    rows = min(series.usual_rows[hour] + 1, USUAL_ROWS)
    series.usual_rows[hour] = rows
    series.usual[hour] += (value - series.usual[hour]) / rows


@compiled
def stir(series: Record, total: float) -> None:
    """Remember the greatest novelty lately."""
    series.stirred *= CALM
    series.stirred = max(series.stirred, total) if total >= 0.0 else series.stirred
