"""What a series should be at a time of the day, and how it learns that from one row without believing an anomaly."""

from math import sqrt
from typing import Final, NamedTuple

from models.detection.compiled import compiled
from models.detection.layout import BINS, LEVEL, SHARES, Record

DAY: Final = 86_400_000_000
BIN: Final = DAY // BINS
SHARE: Final = DAY // SHARES
QUARTER: Final = 0.25  # seconds: the unit in which evidence is kept
KNOWN: Final = 2_400.0  # seconds: one whole pass through a bin brings 3,600, half a pass 1,800
BIN_MEMORY: Final = 4 * 3_600.0  # seconds: four passes
SPREAD_MEMORY: Final = 3 * 86_400.0
LEVEL_MEMORY: Final = 6 * 3_600.0
HOURLY_MEMORY: Final = 20 * 3_600.0  # seconds within the two hours: ten days
SETTLED: Final = 16  # residuals before the spread is trusted to clip
HUBER: Final = 2.0
SPREAD_CLIP: Final = 3.0
SIGMA: Final = 1.2533  # standard deviation of a normal variable over its mean absolute deviation
LEAST_PLACES: Final = 0.25  # a scale is never below this part of a place of the range of the series' levels
PRECISION: Final = 1e-6  # nor below this part of the mean absolute value: single precision has no more
LEAST: Final = 1e-30
STEEP: Final = 0.1  # of a bin
OFTEN: Final = 0.02  # the part of the time that a series may spend outside its band
STRETCH_TIME: Final = 8 * 3_600.0  # seconds of short excursions after which the band is e times as wide
WIDEST: Final = 20.0
YOUNG: Final = 6 * 3_600.0  # seconds in which a series that was lent its shape finds its own level
ANEW: Final = 8.0  # rows that the old spread counts for when the granularity changes or a new level is adopted


@compiled
def day_bin(day: int, place: int) -> int:
    """The bin of an hour of a day since the epoch (a Thursday); -1 and 24 are in the neighbouring days."""
    if place < 0:
        day, place = day - 1, BINS - 1
    elif place >= BINS:
        day, place = day + 1, 0
    return place + (BINS if (day + 3) % 7 >= 5 else 0)


class TimeOfDay(NamedTuple):
    """A wall-clock time (microseconds): the hour of the day, the two bins whose middles enclose it, the weight of the
    second in [0, 1), and the part of the day."""

    time: int
    hour: int
    first: int
    second: int
    weight: float
    share: int


class Outlook(NamedTuple):
    """What to expect at a time: level plus profile, the seconds behind it (0: nothing), and the scale of residuals."""

    expected: float
    evidence: float
    scale: float


@compiled
def read_clock(time: int) -> TimeOfDay:
    """The time as the seasons see it."""
    day = time // DAY
    within = time - day * DAY
    shifted = within - BIN // 2
    place = shifted // BIN
    weight = (shifted - place * BIN) / BIN
    return TimeOfDay(time, within // BIN, day_bin(day, place), day_bin(day, place + 1), weight, within // SHARE)


@compiled
def look_out(series: Record, rule: Record, clock: TimeOfDay) -> Outlook:
    """What to expect of a series at a time, under its rule."""
    expected, evidence = expectation(series, clock.first, clock.second, clock.weight)
    return Outlook(expected, evidence, scale_of(series, clock.first, clock.second, clock.share, rule.floor))


@compiled
def expectation(series: Record, first: int, second: int, weight: float) -> tuple[float, float]:
    """Level plus profile between the middles of two bins, and the seconds behind the lesser known (0: it is empty)."""
    before, after = QUARTER * series.evidence[first], QUARTER * series.evidence[second]
    if before <= 0.0 or (after <= 0.0 and weight > 0.0):
        return 0.0, 0.0
    profile = (1.0 - weight) * series.profile[first] + weight * series.profile[second]
    return series.level + profile, min(before, after) if weight > 0.0 else before


@compiled
def scale_of(series: Record, first: int, second: int, hour: int, floor: float) -> float:
    """The robust standard deviation to expect between two bins in this hour, never below its floors.

    Where the profile is steep, being early or late by part of a bin is no anomaly.
    """
    spread = SIGMA * series.spread * series.hourly[hour]
    slope = STEEP * (series.profile[second] - series.profile[first])
    scale = series.stretch * sqrt(spread * spread + slope * slope)
    return float(max(scale, floor, least_scale(series)))


@compiled
def least_scale(series: Record) -> float:
    """What the series itself says that no noise can be below: it takes its unit, and no offset, from what was shown."""
    return float(max(LEAST_PLACES * series.width[LEVEL], PRECISION * series.magnitude, LEAST))


@compiled
def clip(number: float, limit: float) -> float:
    return min(max(number, -limit), limit)


@compiled
def learn_bin(series: Record, place: int, seconds: float, own: float, step: float) -> None:
    """Move one bin by its share of a step; an empty bin takes its own value."""
    if seconds <= 0.0:
        return
    quarters = int(seconds / QUARTER + 0.5)
    if series.evidence[place] == 0:
        series.profile[place] = own
        series.evidence[place] = quarters
        return
    evidence = min(QUARTER * series.evidence[place] + seconds, BIN_MEMORY)
    series.profile[place] += min(seconds / evidence, 1.0) * step
    series.evidence[place] = min(series.evidence[place] + quarters, int(BIN_MEMORY / QUARTER))


@compiled
def learn_magnitude(series: Record, value: float, seconds: float) -> None:
    """The mean absolute value; once a day is behind it, one row counts for at most three times it."""
    size = abs(value)
    if series.seen >= 86_400.0 and series.magnitude > 0.0:
        size = min(size, 3.0 * series.magnitude)
    series.seen = min(series.seen + seconds, SPREAD_MEMORY)
    series.magnitude += seconds / series.seen * (size - series.magnitude)


@compiled
def learn_spread(series: Record, hour: int, deviation: float, seconds: float) -> None:
    """The clipped mean absolute residual, and this hour's share of it."""
    relative = deviation / series.hourly[hour]
    if series.residuals >= SETTLED:
        least = least_scale(series) / SIGMA
        relative = min(relative, SPREAD_CLIP * max(series.spread, least))
        if series.spread > least:
            ratio = min(deviation / series.spread, SPREAD_CLIP)
            moved = series.hourly[hour] + seconds / HOURLY_MEMORY * (ratio - series.hourly[hour])
            series.hourly[hour] = min(max(moved, 0.25), 4.0)
    series.spread_time = min(series.spread_time + seconds, SPREAD_MEMORY)
    series.spread += min(seconds / series.spread_time, 1.0) * (relative - series.spread)


@compiled
def learn_stretch(series: Record, seconds: float, inside: bool) -> None:
    """Widen the band of a series that leaves it more than OFTEN; a long stay outside counts for its first hour only."""
    if inside:
        series.stretch = max(series.stretch * (1.0 - OFTEN * seconds / STRETCH_TIME), 1.0)
    elif series.run < 3_600.0:
        series.stretch = min(series.stretch * (1.0 + seconds / STRETCH_TIME), WIDEST)


@compiled
def follow_run(series: Record, residual: float, seconds: float, relearn: float) -> None:
    """Outside the band: gather the new level; adopt it, with its own spread, once it has held for `relearn` seconds."""
    series.run += seconds
    part = min(seconds / series.run, 1.0)
    series.run_mean += part * (residual - series.run_mean)
    series.run_spread += part * (abs(residual - series.run_mean) - series.run_spread)
    if series.run >= relearn:
        series.level += series.run_mean
        series.spread = max(series.spread, series.run_spread)
        series.spread_time = min(series.spread_time, ANEW * seconds)
        forget_run(series)


@compiled
def forget_run(series: Record) -> None:
    series.run = 0.0
    series.run_mean = 0.0
    series.run_spread = 0.0


@compiled
def lent(series: Record) -> bool:
    """Whether a series of less than three days began with its peers' shape: else what it has expected is part of what
    it has seen."""
    return bool(series.learned > series.seen)


@compiled
def find_level(series: Record, residual: float, seconds: float) -> None:
    """A young series that was lent its shape: its level is what it has been above that shape on the whole."""
    series.level += seconds / series.seen * residual
