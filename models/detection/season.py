"""What a series should be at a time of the day, and how it learns that from one row without believing an anomaly."""

from math import sqrt
from typing import Final, NamedTuple

from models.detection.compiled import compiled
from models.detection.layout import BINS, HOURLY_PARTS, LEVEL, SHARES, Record

DAY: Final = 86_400_000_000
BIN: Final = DAY // BINS
SHARE: Final = DAY // SHARES
MINUTE: Final = 60.0  # seconds: the unit in which evidence is kept
PER_MINUTE: Final = 1.0 / MINUTE
GOLDEN: Final = 0.6180339887498949  # its multiples are spread evenly over the parts of a minute
TWICE: Final = 5_400.0  # seconds: a bin was passed through more than once
KNOWN: Final = 2_400.0  # seconds: one whole pass through a bin brings 3,600, half a pass 1,800
BIN_MEMORY: Final = 4 * 3_600.0  # seconds: four passes
SEEN_MOST: Final = 3 * 86_400.0
SPREAD_MEMORY: Final = 7 * 86_400.0  # a week, so that the quiet of its end is no less and no more than its part
LEVEL_MEMORY: Final = 6 * 3_600.0
HOURLY_MEMORY: Final = 20 * 3_600.0  # seconds within the two hours: ten days
LEAST_SHARE: Final = 0.25
MOST_SHARE: Final = 4.0
HOURLY_PRIOR: Final = 2 * 3_600.0  # seconds that the assumption of equal noise at all hours counts for
PART: Final = 1.0 / SHARES
SETTLED: Final = 16  # residuals before the spread is trusted to clip the next
WHOLE_DAY: Final = 86_400.0  # seconds with an expectation before it clips its own: nights must not clip the days
HUBER: Final = 2.0
SPREAD_CLIP: Final = 3.0
SIGMA: Final = 1.2533  # standard deviation of a normal variable over its mean absolute deviation
LEAST_PLACES: Final = 0.25  # a scale is never less than this part of a place of the values' own range
LEAST_PART: Final = 1e-6  # nor than this part of what is expected: single precision has no more
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
    second in [0, 1), the part of the day, a part of a minute, and the hour of the week from Monday's first on."""

    time: int
    hour: int
    first: int
    second: int
    weight: float
    share: int
    phase: float
    week_hour: int


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
    hour, first, second = within // BIN, day_bin(day, place), day_bin(day, place + 1)
    return TimeOfDay(time, hour, first, second, weight, within // SHARE, phase_of(time), (day + 3) % 7 * BINS + hour)


@compiled
def look_out(series: Record, rule: Record, clock: TimeOfDay) -> Outlook:
    """What to expect of a series at a time, under its rule."""
    expected, evidence = expectation(series, clock.first, clock.second, clock.weight)
    return Outlook(expected, evidence, scale_of(series, clock.first, clock.second, clock.share, rule.floor))


@compiled
def expectation(series: Record, first: int, second: int, weight: float) -> tuple[float, float]:
    """Level plus profile between the middles of two bins, and the seconds behind the lesser known (0: it is empty)."""
    before, after = MINUTE * series.evidence[first], MINUTE * series.evidence[second]
    if before <= 0.0 or (after <= 0.0 and weight > 0.0):
        return 0.0, 0.0
    profile = (1.0 - weight) * series.profile[first] + weight * series.profile[second]
    return series.level + profile, min(before, after) if weight > 0.0 else before


@compiled
def scale_of(series: Record, first: int, second: int, hour: int, floor: float) -> float:
    """The robust standard deviation to expect between two bins in this hour, never below its floors.

    Where the profile is steep, being early or late by part of a bin is no anomaly.
    """
    spread = SIGMA * series.spread * series.hourly[hour] / HOURLY_PARTS
    slope = STEEP * (series.profile[second] - series.profile[first])
    scale = series.stretch * sqrt(spread * spread + slope * slope)
    return float(max(scale, floor, least_scale(series)))


@compiled
def least_scale(series: Record) -> float:
    """What a series itself says that no noise can be below."""
    return float(max(LEAST_PLACES * series.width[LEVEL], LEAST_PART * abs(series.level), LEAST))


@compiled
def noisy(series: Record, share: int) -> bool:
    """Whether a series' noise is known from its residuals; else the least scale decides."""
    return bool(SIGMA * series.spread * series.hourly[share] > HOURLY_PARTS * least_scale(series))


@compiled
def stands_out(series: Record, residual: float, seconds: float, times: float) -> bool:
    """Whether the mean of the run outside the band, this row with it, is so many times what its rows differ by."""
    part = min(seconds / (series.run + seconds), 1.0)
    mean = series.run_mean + part * (residual - series.run_mean)
    spread = series.run_spread + part * (abs(residual - mean) - series.run_spread)
    return bool(abs(mean) >= times * spread)


@compiled
def clip(number: float, limit: float) -> float:
    return min(max(number, -limit), limit)


@compiled
def phase_of(time: int) -> float:
    """A part of a minute that is even over the rows of a series, whatever their spacing."""
    return (time // 1_000_000 * GOLDEN) % 1.0


@compiled
def learn_bin(series: Record, place: int, seconds: float, own: float, step: float, phase: float) -> None:
    """Move one bin by its share of a step; an empty bin takes its own value. `phase` decides whether what is left of a
    minute is one."""
    if seconds <= 0.0:
        return
    minutes = int(seconds * PER_MINUTE + phase)
    if series.evidence[place] == 0:
        series.profile[place] = own
        series.evidence[place] = max(minutes, 1)
        return
    evidence = min(MINUTE * series.evidence[place] + seconds, BIN_MEMORY)
    series.profile[place] += min(seconds / evidence, 1.0) * step
    series.evidence[place] = min(series.evidence[place] + minutes, int(BIN_MEMORY / MINUTE))


@compiled
def learn_spread(series: Record, hour: int, deviation: float, seconds: float) -> None:
    """The clipped mean absolute residual, and this hour's share of it."""
    share = series.hourly[hour] / HOURLY_PARTS
    relative = deviation / share
    if series.learned >= WHOLE_DAY:
        least = least_scale(series) / SIGMA
        relative = min(relative, SPREAD_CLIP * max(series.spread, least))
        if series.spread > least:
            ratio = min(deviation / series.spread, SPREAD_CLIP * max(share, 1.0))
            behind = min(HOURLY_PRIOR + PART * series.learned, HOURLY_MEMORY)
            moved = share + min(seconds / behind, 1.0) * (ratio - share)
            series.hourly[hour] = int(min(max(moved, LEAST_SHARE), MOST_SHARE) * HOURLY_PARTS + 0.5)
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
