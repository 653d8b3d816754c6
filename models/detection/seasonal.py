"""The detector: one pass over rows of many series, each scored against what its series has shown before.

Two questions are asked of a row. How new is it (`novelty`): the sum of three channels over the profile's limit is the
score, above 1 anomalous. Is it where the time of the day puts it (`season`): expected = level + profile, and the band
is `threshold` scales to either side. A row that is new or outside its band counts towards an episode. A row's say in
the band is the time it covers, not a count, so that a feed may change how often it reports. Total: no value raises.
"""

from math import isfinite, nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detection.compiled import compiled
from models.detection.gate import held, held_point, impossible, outside
from models.detection.judgement import NO_NEWS, for_episode, judge_band, judge_novelty, publish, weigh
from models.detection.layout import (
    CHANNELS,
    MARK,
    NEVER,
    NOTHING,
    SILENT,
    Columns,
    Record,
    Records,
    ScoreColumns,
    Setting,
)
from models.detection.memory import fetch
from models.detection.novelty import fade, learn_novelty, show, stir
from models.detection.persistence import follow, mark
from models.detection.season import (
    ANEW,
    DAY,
    HUBER,
    KNOWN,
    LEVEL_MEMORY,
    SETTLED,
    YOUNG,
    Outlook,
    TimeOfDay,
    clip,
    find_level,
    follow_run,
    forget_run,
    learn_bin,
    learn_magnitude,
    learn_spread,
    learn_stretch,
    lent,
    look_out,
    read_clock,
)

LARGEST: Final = 1e30  # values are taken as no larger, so that the state's single precision holds them
LONGEST_STEP: Final = 3_600.0  # seconds one row may count for
AHEAD: Final = 2  # rows before its own at which a series is asked for: memory takes as long as they do
MARKS_OF_A_ROW: Final = 2  # at most
FIRST_STEP: Final = 60.0  # seconds a series' first row counts for where the granularity is unknown


def no_scores(rows: int) -> ScoreColumns:
    """Columns of NaN."""
    expected, lower, upper, score = np.full((4, rows), nan)
    return ScoreColumns(
        expected, lower, upper, score, np.full(rows, NOTHING, np.uint8), np.zeros((rows, CHANNELS), np.float32)
    )


def no_marks(rows: int) -> Records:
    """Room for all marks that `rows` rows can make: one row may end a silent episode and open another."""
    return np.empty(MARKS_OF_A_ROW * rows, MARK)


@compiled
def seconds_covered(series: Record, time: int, granularity: float) -> float:
    """The time since the series' last row, in seconds, bounded; 0 or less for a row that is not newer."""
    longest = LONGEST_STEP
    if granularity > 0.0:
        longest = min(4.0 * granularity, LONGEST_STEP)
    if series.last == NEVER:
        return min(granularity, longest) if granularity > 0.0 else FIRST_STEP
    return min((float(time) - float(series.last)) * 1e-6, longest)


@compiled
def new_granularity(series: Record, granularity: float, seconds: float) -> None:
    """A feed that turns four times finer or coarser has another noise: relearn the spread by rows."""
    if granularity <= 0.0:
        return
    known = series.granularity
    if known > 0.0 and (granularity > 4.0 * known or known > 4.0 * granularity):
        series.spread_time = min(series.spread_time, ANEW * seconds)
    series.granularity = granularity


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
def learn_band(series: Record, rule: Record, clock: TimeOfDay, outlook: Outlook, value: float, seconds: float) -> None:
    """Everything that one row teaches the seasonal band."""
    own, residual = value - series.level, value - outlook.expected
    bounded = clip(residual, HUBER * outlook.scale) if series.residuals >= SETTLED else residual
    known, weight = outlook.evidence >= KNOWN, clock.weight
    learn_bin(
        series, clock.first, (1.0 - weight) * seconds, own, bounded if known else own - series.profile[clock.first]
    )
    learn_bin(series, clock.second, weight * seconds, own, bounded if known else own - series.profile[clock.second])
    learn_magnitude(series, value, seconds)
    if known:
        counted = learn_residual(series, rule, residual, outlook.scale, seconds)
        learn_spread(series, clock.share, abs(residual), counted)
        series.residuals = min(series.residuals + 1, 1_000_000)
        series.learned = min(series.learned + seconds, 1_000_000.0)


@compiled
def flagged(flags: NDArray[np.bool_], row: int) -> bool:
    """Whether a column that may be empty is set for a row."""
    return row < len(flags) and flags[row]


@compiled
def locate(marks: Records, slot: int, row: int) -> None:
    """Say where marks are of."""
    for place in range(len(marks)):
        marks[place].slot, marks[place].row = slot, row


@compiled
def advance(
    state: Records, rules: Records, columns: Columns, setting: Setting, scores: ScoreColumns, marks: Records
) -> int:
    """Score the rows in order against the state as it then is, learn from them, and mark what becomes of episodes.

    `scores` holds NaN. Stops after a row that leaves `marks` too little room for those of another (that of `no_marks`
    is enough for all rows). Returns the number of marks written. A row that is not newer than its series' last is
    scored but neither learned nor counted for an episode.
    """
    count, clock, most = 0, read_clock(0), len(marks) - MARKS_OF_A_ROW
    for row in range(len(columns.slot)):
        if row + AHEAD < len(columns.slot):
            fetch(state[columns.slot[row + AHEAD]])
        slot, value, time = columns.slot[row], columns.value[row], columns.time[row]
        if slot < 0 or columns.suspect[row] or not isfinite(value):
            continue
        series: Record = state[slot]
        rule: Record = rules[columns.rule[row]]
        value = clip(value, LARGEST)
        local = columns.local[row] if row < len(columns.local) else time
        if local != clock.time:
            clock = read_clock(local)
        outlook = look_out(series, rule, clock)
        seen = judge_band(series, rule, outlook, value)
        shown = show(series, clock.hour, value)
        news = judge_novelty(series, rule, shown)
        free, shares = weigh(series, rule, seen, news)
        point, away, astray = held_point(rule, free), held(rule, value, seen.expected, seen.away), outside(rule, value)
        if astray:
            point, away, shares = impossible(rule, value), nan, NO_NEWS
        publish(scores, row, point, shares)
        before = count
        seconds = seconds_covered(series, time, setting.granularity)
        if seconds <= 0.0:
            continue
        if series.last != NEVER and float(time) - float(series.last) > setting.silence:
            if series.open:
                count = mark(marks, count, SILENT, series, series.last + setting.silence)
            series.open = 0
            series.recent = 0
        worst = for_episode(series, point, away)
        if worst.score >= 0.0 and not flagged(columns.unalarmed, row):
            kind = follow(series, rule, time, worst)
            if kind > 0:
                count = mark(marks, count, kind, series, time)
        locate(marks[before:count], slot, row)
        if not astray and not flagged(columns.unlearned, row):
            new_granularity(series, setting.granularity, seconds)
            learn_band(series, rule, clock, outlook, value, seconds)
            fade(series, time // DAY)
            learn_novelty(series, clock.hour, value, shown, rule.trim)
            stir(series, news.total)
        series.last = time
        series.feed = setting.feed
        if count > most:
            break
    return count
