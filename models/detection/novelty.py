"""How odd a row is: how rare such a reading was until now, and how far from all that a series has shown before.

Three channels are read, each a histogram of 128 places whose range grows by doubling: the value against the middle one
of the three rows before it (a jump), the value itself (a level), and the middle one of the last three rows against the
mean of its hour of the day, smoothed (a rhythm). One bad row therefore says nothing of those after it.

Rarity, of level and rhythm, is the power of ten by which a reading is rarer than what is usual, and more for each place
between it and the nearest known one. Newness, of jump and rhythm, is the distance to the nearest known place over that
distance plus the range without its rare ends. What has just been new is less so the next time: part of the greatest
newness lately is taken off; and of a young series more is asked, since its range still grows by itself. All of it is
relative to what the series itself has shown: no unit, offset or least size of a change is assumed.
"""

from math import exp, log
from typing import Final, NamedTuple

import numpy as np

from models.detection.compiled import compiled
from models.detection.histogram import AGED_ROWS, FARTHEST, FULL, age, learn_reading, place_of, places_away
from models.detection.layout import BINS, JUMP, LEVEL, PLACES, RHYTHM, Record

LEAST_ROWS: Final = 48  # of a channel before it speaks: two days of hours
LEAST_SEEN: Final = 86_400.0  # seconds of a series before it is scored: one round of the clock
SLOW: Final = 1.0 / 8.0  # of a row in the departure from the hour's mean
USUAL_ROWS: Final = 30  # rows that an hour's mean remembers
CALM: Final = exp(-1.0 / 8.0)  # what is left of the latest newness one row later
YOUNG_ROWS: Final = 72.0  # of a series at which twice the newness counts as much
BY_PLACE: Final = 0.15  # powers of ten that each place away from all known ones is worth
MOST_AWAY: Final = 8.0  # and at most
BESIDE: Final = 1  # places to either side that are one with the place of a level
NEW: Final = 0.09  # newness that counts as one power of ten, by the rule's weight
MOST_NEW: Final = 6.0

POWERS: Final = 0.4342944819032518  # of ten in one of e
SELDOM: Final = 20  # a level that fewer rows than one of so many had is not usual


class Shown(NamedTuple):
    """What the three channels show of a row, and whether the hour of the day has a mean to depart from."""

    jump: float
    level: float
    rhythm: float
    rhythmic: bool


class Sight(NamedTuple):
    """A reading in its channel: the places to the nearest known one, and the rows that were there (of a level, also in
    the places beside it)."""

    away: int
    rows: int


@compiled
def middle_of(one: float, two: float, three: float) -> float:
    """The median of three."""
    return float(max(min(one, two), min(max(one, two), three)))


@compiled
def middle_before(series: Record) -> float:
    """The middle one of the last three rows."""
    last = series.before
    return float(middle_of(last[0], last[1], last[2]))


@compiled
def usual_at(series: Record, hour: int) -> float:
    """The mean of an hour of the day, which weighs as two, and of those beside it that have one."""
    total, weight = 2.0 * series.usual[hour], 2.0
    for beside in ((hour + BINS - 1) % BINS, (hour + 1) % BINS):
        if series.usual_rows[beside] > 0:
            total += series.usual[beside]
            weight += 1.0
    return float(total / weight)


@compiled
def show(series: Record, hour: int, value: float) -> Shown:
    """The readings of a row against the series as the row before left it."""
    if series.rows[JUMP] == 0:
        return Shown(0.0, value, 0.0, False)
    last = series.before
    away = middle_of(value, last[0], last[1]) - usual_at(series, hour)
    rhythm = away if series.rows[RHYTHM] == 0 else series.strayed + SLOW * (away - series.strayed)
    return Shown(value - middle_of(last[0], last[1], last[2]), value, rhythm, series.usual_rows[hour] > 0)


@compiled
def nearest_level(series: Record, level: float) -> float:
    """A level if the like is known, or else the middle of the nearest place that is; the level where none is known."""
    if series.rows[LEVEL] < LEAST_ROWS or series.width[LEVEL] == 0.0:
        return level
    place = min(max(place_of(series, LEVEL, level), 0), PLACES - 1)
    counts = series.counts[LEVEL]
    for away in range(PLACES):
        for known in (place - away, place + away):
            if 0 <= known < PLACES and counts[known] > 0:
                return level if away <= BESIDE else series.low[LEVEL] + (known + 0.5) * series.width[LEVEL]
    return level


@compiled
def sighted(series: Record, rule: Record, channel: int, shown: float) -> Sight:
    """Where a reading lies; within the policy's floor of a known place it is there."""
    width = series.width[channel]
    if width == 0.0:
        same = abs(shown - series.low[channel]) <= rule.threshold * rule.floor
        return Sight(0, FULL) if same else Sight(PLACES, 0)
    place = place_of(series, channel, shown)
    away = places_away(series, channel, place)
    if away > 0:
        near = int(min(rule.threshold * rule.floor / width, FARTHEST))
        return Sight(0, 1) if away <= near else Sight(away - near, 0)
    rows = int(series.counts[channel, place])
    if channel == LEVEL:
        rows += series.counts[channel, place - 1] if place > 0 else 0
        rows += series.counts[channel, place + 1] if place < PLACES - 1 else 0
    return Sight(0, rows)


@compiled
def rarity(series: Record, channel: int, sight: Sight) -> float:
    """The powers of ten by which a reading of level or rhythm is rarer than what is usual; 0 for a channel that has too
    little behind it."""
    rows = series.rows[channel]
    if rows < LEAST_ROWS or sight.rows >= FULL:
        return 0.0
    return power_of_ten(one_in(rows, sight.rows)) + min(BY_PLACE * sight.away, MOST_AWAY)


@compiled
def power_of_ten(times: float) -> float:
    """Which power of ten a number is; in single precision, which is four times as fast."""
    return float(POWERS * log(np.float32(times)))


@compiled
def rows_like(series: Record, level: float) -> int:
    """How many rows were in a level's place or beside it."""
    if series.width[LEVEL] == 0.0:
        return FULL if level == series.low[LEVEL] else 0
    place, rows = place_of(series, LEVEL, level), 0
    for known in range(max(place - BESIDE, 0), min(place + BESIDE, PLACES - 1) + 1):
        rows += series.counts[LEVEL, known]
    return rows


@compiled
def rarity_of_level(series: Record, level: float, own: int) -> float:
    """The power of ten by which a value itself is rarer than what is usual, without the rows of its `own` run."""
    return power_of_ten(one_in(series.rows[LEVEL], max(rows_like(series, level) - own, 0)))


@compiled
def usual_level(series: Record, level: float) -> bool:
    """Whether a value is none that a series seldom has."""
    return bool(rows_like(series, level) * SELDOM >= series.rows[LEVEL])


@compiled
def one_in(all_rows: int, rows: int) -> float:
    """One row of how many is like this one."""
    if rows >= FULL:
        return 1.0
    # Rows and their places are halved on different days, so that a place may have more than all for a while.
    return max((all_rows + 1.0) / (rows + 0.5), 1.0)


@compiled
def newness(series: Record, channel: int, away: int) -> float:
    """The newness of a reading so many places from all known ones, in [0, 1]; 0 until the channel has enough behind
    it."""
    if series.rows[channel] < LEAST_ROWS or away == 0:
        return 0.0
    span = series.core[channel, 1] - series.core[channel, 0] + 1 if series.width[channel] > 0.0 else 0
    return away / (span + away)


@compiled
def speaks(series: Record) -> bool:
    """Whether a series has enough behind it to say that a row is odd."""
    return bool(series.seen >= LEAST_SEEN and series.rows[JUMP] >= LEAST_ROWS)


@compiled
def caution(series: Record) -> float:
    """How many times as new a row of a young series must be. After n rows the next is the farthest yet in about 2 of n
    cases, however ordinary: 3.3 at 48 rows, 1.6 at 96, 1.1 at 288."""
    young = YOUNG_ROWS / series.rows[JUMP]
    return float(1.0 + young * young)


@compiled
def learn_novelty(series: Record, hour: int, value: float, shown: Shown, trim: float) -> None:
    """Everything that one row teaches the three channels."""
    if series.rows[JUMP] == 0:
        series.before[1] = series.before[0] = value
    if shown.rhythmic:
        series.strayed = shown.rhythm
        learn_reading(series, RHYTHM, shown.rhythm, trim)
    learn_reading(series, JUMP, shown.jump, trim)
    learn_reading(series, LEVEL, shown.level, trim)
    if series.rows[LEVEL] >= AGED_ROWS:
        age(series)
    series.before[2], series.before[1], series.before[0] = series.before[1], series.before[0], value
    rows = min(series.usual_rows[hour] + 1, USUAL_ROWS)
    series.usual_rows[hour] = rows
    series.usual[hour] += (value - series.usual[hour]) / rows


@compiled
def stir(series: Record, total: float) -> None:
    """Remember the greatest newness lately."""
    series.stirred *= CALM
    series.stirred = max(series.stirred, total) if total >= 0.0 else series.stirred
