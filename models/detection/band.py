"""What one row teaches the seasonal band of its series."""

from typing import Final

from models.detection.compiled import compiled
from models.detection.histogram import MOST_ROWS
from models.detection.layout import Record
from models.detection.novelty import middle_before, middle_of, usual_level
from models.detection.season import (
    HUBER,
    KNOWN,
    LEVEL_MEMORY,
    SEEN_MOST,
    SETTLED,
    TWICE,
    YOUNG,
    Outlook,
    TimeOfDay,
    clip,
    find_level,
    follow_run,
    forget_run,
    learn_bin,
    learn_spread,
    learn_stretch,
    lent,
)
from models.detection.spacing import LONGEST_STEP

CLOSE: Final = 4.0  # rows in a bin that teach it by the middle one of three


@compiled
def learn_residual(series: Record, rule: Record, residual: float, scale: float, seconds: float) -> float:
    """Level and run from one residual; the seconds it counts for in the spread (half outside the band)."""
    if series.seen <= YOUNG and lent(series):
        find_level(series, residual, seconds)
        return seconds
    settled = series.residuals >= SETTLED
    inside = not settled or abs(residual) <= rule.threshold * scale
    learn_stretch(series, seconds, inside)
    if not inside:
        follow_run(series, residual, seconds, rule.relearn)
        return 0.5 * seconds
    series.run -= seconds
    if series.run <= 0.0:
        forget_run(series)
    series.level += seconds / LEVEL_MEMORY * (clip(residual, HUBER * scale) if settled else 0.0)
    return seconds


@compiled
def calm(series: Record, value: float) -> float:
    """The value as it teaches a bin that is not known yet, where rows are close enough for that: the middle one of
    three, so that a rare one is not what its hour is believed to be."""
    if not 0.0 < series.every * CLOSE <= LONGEST_STEP:
        return value
    return middle_of(value, series.before[0], series.before[1])


@compiled
def continues(series: Record, value: float, residual: float, band: float) -> bool:
    """Whether a row outside its band is as the rows before it were."""
    as_before = abs(value - middle_before(series)) <= band
    return bool(as_before and abs(residual) > band and usual_level(series, value))


@compiled
def learn_band(series: Record, rule: Record, clock: TimeOfDay, outlook: Outlook, value: float, seconds: float) -> None:
    """Everything that one row teaches the seasonal band."""
    residual = value - outlook.expected
    taught = outlook.evidence >= TWICE  # its bins: then what their own value would be is never asked for
    own = (value if taught else calm(series, value)) - series.level
    bounded = clip(residual, HUBER * outlook.scale) if series.residuals >= SETTLED else residual
    known, weight = outlook.evidence >= KNOWN, clock.weight
    if known and not taught and continues(series, value, residual, rule.threshold * outlook.scale):
        for place, part in ((clock.first, 1.0 - weight), (clock.second, weight)):
            series.profile[place] += part * (own - series.profile[place])
    for place, part in ((clock.first, 1.0 - weight), (clock.second, weight)):
        step = bounded if known else own - series.profile[place]
        learn_bin(series, place, part * seconds, own, step, clock.phase)
    series.seen = min(series.seen + seconds, SEEN_MOST)
    if known:
        counted = learn_residual(series, rule, residual, outlook.scale, seconds)
        learn_spread(series, clock.share, abs(residual), counted)
        series.residuals = min(series.residuals + 1, MOST_ROWS)
        series.learned = min(series.learned + seconds, 1_000_000.0)
