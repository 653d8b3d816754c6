"""What is said of one row: how new it is, how far outside its band, what spoke loudest, and what its episode counts."""

from math import nan
from typing import Final, NamedTuple

import numpy as np

from models.detection.compiled import compiled
from models.detection.layout import BAND, JUMP, LEVEL, NOTHING, RHYTHM, Point, Record, ScoreColumns
from models.detection.novelty import Shown, caution, novelty, speaks
from models.detection.season import KNOWN, Outlook

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
    """How new a row is: the sum of the channels' novelty (NaN for a series that is not yet scored), and what each of
    them has in it, in the single precision in which it is published."""

    total: float
    jump: np.float32
    level: np.float32
    rhythm: np.float32


NONE: Final = np.float32(0.0)
NO_NEWS: Final = News(nan, NONE, NONE, NONE)


@compiled
def judge_band(series: Record, rule: Record, outlook: Outlook, value: float) -> BandReading:
    """The row against its band; NaN while not enough is behind it."""
    if outlook.evidence < KNOWN or series.residuals < LEAST_ROWS or series.learned < LEAST_LEARNED:
        return BandReading(value, nan, nan, nan)
    band = rule.threshold * outlook.scale
    return BandReading(value, outlook.expected, band, min(abs(value - outlook.expected) / band, HIGHEST_SCORE))


@compiled
def judge_novelty(series: Record, rule: Record, shown: Shown) -> News:
    """The row's novelty in every channel."""
    if not speaks(series):
        return NO_NEWS
    jump = novelty(series, rule, JUMP, shown.jump)
    level = novelty(series, rule, LEVEL, shown.level)
    rhythm = novelty(series, rule, RHYTHM, shown.rhythm) if shown.rhythmic else 0.0
    return News(jump + level + rhythm, np.float32(jump), np.float32(level), np.float32(rhythm))


@compiled
def forecast(series: Record) -> tuple[float, float]:
    """Where there is no seasonal band yet: the mean of the last few rows, and half the range of jumps from it."""
    core = series.core[JUMP]
    return series.fast, 0.5 * (core[1] - core[0] + 1) * series.width[JUMP]


@compiled
def attribute(news: News, score: float) -> News:
    """The channels' novelty turned into their shares of the score."""
    if not news.total > 0.0:
        return news
    times = score / news.total
    return News(score, np.float32(news.jump * times), np.float32(news.level * times), np.float32(news.rhythm * times))


@compiled
def loudest(shares: News) -> int:
    """The channel with the greatest share of a score, the first of equals."""
    if not shares.total > 0.0:
        return NOTHING
    if shares.rhythm > max(shares.jump, shares.level):
        return RHYTHM
    return LEVEL if shares.level > shares.jump else JUMP


@compiled
def weigh(series: Record, rule: Record, seen: BandReading, news: News) -> tuple[Point, News]:
    """The row as it is published, and what each channel has in it: the novelty over the limit, less what has just been
    as new. Before novelty speaks, and in a profile that looks `beyond`, the band speaks too. The score is NaN where
    neither does."""
    score, channel, expected, band, shares = nan, NOTHING, seen.expected, seen.band, news
    if news.total >= 0.0:
        fresh = max(news.total - rule.habit * series.stirred, 0.0)
        score = min(fresh / (rule.limit * caution(series)), HIGHEST_SCORE)
        shares = attribute(news, score)
        channel = loudest(shares)
    beyond = rule.beyond if news.total >= 0.0 else 1.0
    if beyond > 0.0 and seen.away >= 0.0 and not score >= seen.away / beyond:
        score, channel = seen.away / beyond, BAND
    if not seen.away >= 0.0:
        expected, band = forecast(series)
    return Point(score, seen.value, expected, band, channel), shares


@compiled
def publish(scores: ScoreColumns, row: int, point: Point, shares: News) -> None:
    """Fill a row's place in the scores, if it has one."""
    if point.score >= 0.0:
        scores.expected[row], scores.score[row], scores.channel[row] = point.expected, point.score, point.channel
        scores.lower[row], scores.upper[row] = point.expected - point.band, point.expected + point.band
        part = scores.part
        part[row, JUMP], part[row, LEVEL], part[row, RHYTHM] = shares.jump, shares.level, shares.rhythm


@compiled
def for_episode(series: Record, point: Point, away: float) -> Point:
    """The row as it counts for an episode: by its score or by its band, whichever is worse. Once open, the band alone
    decides when it is over: the way back is as new as the way out."""
    if away > point.score or not point.score >= 0.0 or (series.open and away >= 0.0):
        return Point(away, point.value, point.expected, point.band, BAND)
    return point
