"""What is said of one row: how new it is, how far outside its band, what spoke loudest, and what its episode counts."""

from math import nan
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.detection.compiled import compiled
from models.detection.layout import BAND, CHANNELS, JUMP, LEVEL, NOTHING, RHYTHM, Point, Record, Scores
from models.detection.novelty import Shown, novelty, speaks
from models.detection.season import KNOWN, expectation, locate, scale_of

LEAST_ROWS: Final = 24
LEAST_LEARNED: Final = 12 * 3_600.0  # seconds with an expectation, so about 36 h after the first row
HIGHEST_SCORE: Final = 1_000.0

Shares: TypeAlias = NDArray[np.float32]


class Seen(NamedTuple):
    """A value against its seasonal band: what was expected, half the band, and the distance from the one in units of
    the other."""

    value: float
    expected: float
    band: float
    away: float


@compiled
def judge_band(series: Record, rule: Record, local: int, value: float) -> Seen:
    """The row against its band; NaN while not enough is behind it."""
    first, second, weight, share = locate(local)
    expected, evidence = expectation(series, first, second, weight)
    if evidence < KNOWN or series.residuals < LEAST_ROWS or series.learned < LEAST_LEARNED:
        return Seen(value, nan, nan, nan)
    band = rule.threshold * scale_of(series, first, second, share, rule.floor)
    return Seen(value, expected, band, min(abs(value - expected) / band, HIGHEST_SCORE))


@compiled
def judge_novelty(series: Record, rule: Record, shown: Shown, part: Shares) -> float:
    """The sum of the channels' novelty, each of which is written to `part`; NaN for a series that is not yet scored."""
    if not speaks(series):
        return nan
    jump = novelty(series, rule, JUMP, shown.jump)
    level = novelty(series, rule, LEVEL, shown.level)
    rhythm = novelty(series, rule, RHYTHM, shown.rhythm) if shown.rhythmic else 0.0
    part[JUMP], part[LEVEL], part[RHYTHM] = jump, level, rhythm
    return jump + level + rhythm


@compiled
def forecast(series: Record) -> tuple[float, float]:
    """Where there is no seasonal band yet: the mean of the last few rows, and half the range of jumps from it."""
    core = series.core[JUMP]
    return series.fast, 0.5 * (core[1] - core[0] + 1) * series.width[JUMP]


@compiled
def attribute(part: Shares, total: float, score: float) -> int:
    """Turn the channels' novelty into their shares of the score; the channel with the greatest."""
    if total <= 0.0:
        return NOTHING
    loudest, times = JUMP, score / total
    for channel in range(CHANNELS):
        part[channel] *= times
        if part[channel] > part[loudest]:
            loudest = channel
    return loudest if score > 0.0 else NOTHING


@compiled
def weigh(series: Record, rule: Record, seen: Seen, total: float, part: Shares) -> Point:
    """The row as it is published: the novelty over the limit, less what has just been as new. Before novelty speaks,
    and in a profile that looks `beyond`, the band speaks too. The score is NaN where neither does."""
    score, channel, expected, band = nan, NOTHING, seen.expected, seen.band
    if total >= 0.0:
        score = min(max(total - rule.habit * series.stirred, 0.0) / rule.limit, HIGHEST_SCORE)
        channel = attribute(part, total, score)
    beyond = rule.beyond if total >= 0.0 else 1.0
    if beyond > 0.0 and seen.away >= 0.0 and not score >= seen.away / beyond:
        score, channel = seen.away / beyond, BAND
    if not seen.away >= 0.0:
        expected, band = forecast(series)
    return Point(score, seen.value, expected, band, channel)


@compiled
def publish(scores: Scores, row: int, point: Point) -> None:
    """Fill a row's place in the scores, if it has one."""
    if point.score >= 0.0:
        scores.expected[row], scores.score[row], scores.channel[row] = point.expected, point.score, point.channel
        scores.lower[row], scores.upper[row] = point.expected - point.band, point.expected + point.band


@compiled
def for_episode(series: Record, point: Point, away: float) -> Point:
    """The row as it counts for an episode: by its score or by its band, whichever is worse. Once open, the band alone
    decides when it is over: the way back is as new as the way out."""
    if away > point.score or not point.score >= 0.0 or (series.open and away >= 0.0):
        return Point(away, point.value, point.expected, point.band, BAND)
    return point
