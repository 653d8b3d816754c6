"""What is said of one row: how new it is, how far outside its band, what spoke loudest, and what its episode counts."""

from math import nan
from typing import Final, NamedTuple

import numpy as np

from models.detection.compiled import compiled
from models.detection.histogram import FULL
from models.detection.layout import BAND, JUMP, LEVEL, NOTHING, RHYTHM, Point, Record, ScoreColumns
from models.detection.novelty import (
    MOST_NEW,
    NEW,
    Shown,
    Sight,
    caution,
    middle_before,
    nearest_level,
    newness,
    rarity,
    sighted,
    speaks,
    usual_level,
)
from models.detection.season import KNOWN, TWICE, Outlook

LEAST_ROWS: Final = 24
LEAST_LEARNED: Final = 12 * 3_600.0  # seconds with an expectation, so about 36 h after the first row
HIGHEST_SCORE: Final = 1_000.0


class BandReading(NamedTuple):
    """A value against its seasonal band: what was expected, half the band, and the distance from the one in units of
    the other."""

    value: float
    expected: float
    band: float
    away: float


class News(NamedTuple):
    """How odd a row is (NaN for a series that is not yet scored): its rarity in powers of ten, and how new it is, with
    what rhythm and jump have in either."""

    rarity: float
    newness: float
    jump: float  # of the newness
    rhythm: float  # of the rarity


class Shares(NamedTuple):
    """A score, and what each channel has in it, in the single precision in which it is published."""

    total: float
    jump: np.float32
    level: np.float32
    rhythm: np.float32
    new: float  # what is newer than what has just been, over what counts as new


NONE: Final = np.float32(0.0)
NO_SHARES: Final = Shares(nan, NONE, NONE, NONE, nan)


@compiled
def judge_band(series: Record, rule: Record, outlook: Outlook, value: float) -> BandReading:
    """The row against its band; NaN while not enough is behind it."""
    if outlook.evidence < KNOWN or series.residuals < LEAST_ROWS or series.learned < LEAST_LEARNED:
        return BandReading(value, nan, nan, nan)
    band, own = rule.threshold * outlook.scale, value - series.origin
    away = abs(own - outlook.expected)
    if away > band:
        away = min(away, from_what_was(series, own, outlook))
    return BandReading(value, series.origin + outlook.expected, band, min(away / band, HIGHEST_SCORE))


@compiled
def from_what_was(series: Record, own: float, outlook: Outlook) -> float:
    """The distance from what is expected as far as that is something to expect: a mean of zeros and of rare ones is
    neither, so the nearest known level is; and an hour that was seen once is not believed against the rows before,
    where these are as usual."""
    away = abs(own - nearest_level(series, outlook.expected))
    if outlook.evidence < TWICE and usual_level(series, own):
        away = min(away, abs(own - middle_before(series)))
    return away


@compiled
def judge_novelty(series: Record, rule: Record, shown: Shown) -> News:
    """The row's rarity and newness."""
    if not speaks(series):
        return News(nan, nan, 0.0, 0.0)
    level, jump = sighted(series, rule, LEVEL, shown.level), sighted(series, rule, JUMP, shown.jump)
    rhythm = sighted(series, rule, RHYTHM, shown.rhythm) if shown.rhythmic else Sight(0, FULL)
    leap, of_rhythm = newness(series, JUMP, jump.away), rarity(series, RHYTHM, rhythm)
    new = leap + newness(series, RHYTHM, rhythm.away)
    return News(rarity(series, LEVEL, level) + of_rhythm, new, leap, of_rhythm)


@compiled
def forecast(series: Record) -> tuple[float, float]:
    """Where there is no seasonal band yet: the middle one of the last three rows, and half the range of jumps."""
    core = series.core[JUMP]
    return series.origin + middle_before(series), 0.5 * (core[1] - core[0] + 1) * series.width[JUMP]


@compiled
def score_of(series: Record, rule: Record, news: News) -> Shares:
    """The oddness over the rule's limit: rarity, and by the rule's weight what is newer than what has just been."""
    if not news.rarity >= 0.0:
        return NO_SHARES
    share, fresh, new, leap = 1.0 / rule.limit, news.newness - rule.habit * series.stirred, 0.0, 0.0
    if fresh > 0.0:
        fresh /= NEW * caution(series)
        new = rule.weight * min(fresh, MOST_NEW) * share
        leap = new * news.jump / news.newness
    level, rhythm = (news.rarity - news.rhythm) * share, news.rhythm * share + new - leap
    score = min(news.rarity * share + new, HIGHEST_SCORE)
    return Shares(score, np.float32(leap), np.float32(level), np.float32(rhythm), max(fresh, 0.0))


@compiled
def loudest(shares: Shares) -> int:
    """The channel with the greatest share of a score, the first of equals."""
    if not shares.total > 0.0:
        return NOTHING
    if shares.rhythm > max(shares.jump, shares.level):
        return RHYTHM
    return LEVEL if shares.level > shares.jump else JUMP


@compiled
def weigh(series: Record, rule: Record, seen: BandReading, shares: Shares) -> Point:
    """The row as it is published. Before novelty speaks, and in a profile that looks `beyond`, the band speaks too. The
    score is NaN where neither does."""
    score, channel, expected, band = shares.total, loudest(shares), seen.expected, seen.band
    beyond = rule.beyond if score >= 0.0 else 1.0
    if beyond > 0.0 and seen.away >= 0.0 and not score >= seen.away / beyond:
        score, channel = seen.away / beyond, BAND
    if not seen.away >= 0.0:
        expected, band = forecast(series)
    return Point(score, seen.value, expected, band, channel)


@compiled
def publish(scores: ScoreColumns, row: int, point: Point, shares: Shares) -> None:
    """Fill a row's place in the scores, if it has one."""
    if point.score >= 0.0:
        scores.expected[row], scores.score[row], scores.channel[row] = point.expected, point.score, point.channel
        scores.lower[row], scores.upper[row] = point.expected - point.band, point.expected + point.band
        part = scores.part
        part[row, JUMP], part[row, LEVEL], part[row, RHYTHM] = shares.jump, shares.level, shares.rhythm
        scores.new[row] = shares.new if shares.new >= 0.0 else point.score


@compiled
def for_episode(point: Point, away: float) -> Point:
    """The row as it counts for an episode: by its band, and by its score while it has none."""
    if away >= 0.0:
        return Point(away, point.value, point.expected, point.band, BAND)
    return point
