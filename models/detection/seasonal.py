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

from models.detection.band import learn_band
from models.detection.compiled import compiled
from models.detection.gate import held, held_point, impossible, outside
from models.detection.histogram import fade
from models.detection.judgement import NO_SHARES, for_episode, judge_band, judge_novelty, publish, score_of, weigh
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
from models.detection.novelty import Shown, learn_novelty, show, stir
from models.detection.persistence import follow, mark
from models.detection.proof import begin_anew, habit_of, note, prove
from models.detection.season import DAY, TimeOfDay, clip, look_out, read_clock
from models.detection.spacing import above_origin, learn_origin, new_granularity, patience_of, seconds_covered

LARGEST: Final = 1e30  # values are taken as no larger, so that the state's single precision holds them
AHEAD: Final = 2  # rows before its own at which a series is asked for: memory takes as long as they do
MARKS_OF_A_ROW: Final = 2  # at most


def no_scores(rows: int) -> ScoreColumns:
    """Columns of NaN."""
    expected, lower, upper, score, new = np.full((5, rows), nan)
    channel, part = np.full(rows, NOTHING, np.uint8), np.zeros((rows, CHANNELS), np.float32)
    return ScoreColumns(expected, lower, upper, score, channel, part, new)


def no_marks(rows: int) -> Records:
    """Room for all marks that `rows` rows can make: one row may end a silent episode and open another."""
    return np.empty(MARKS_OF_A_ROW * rows, MARK)


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
def ended_by_silence(series: Record, time: int, silence: int) -> bool:
    """Let a row that comes after a silence begin anew; whether that ended an episode."""
    if series.last == NEVER or float(time) - float(series.last) <= patience_of(series, silence):
        return False
    was_open = bool(series.open)
    series.open = 0
    series.recent = 0
    return was_open


@compiled
def learn_row(series: Record, rule: Record, clock: TimeOfDay, shown: Shown, time: int) -> None:
    """Everything that one row teaches the channels of novelty."""
    fade(series, time // DAY)
    learn_novelty(series, clock.hour, shown.level, shown, rule.trim)


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
        own = above_origin(series, value)
        shown = show(series, clock.hour, own)
        news = judge_novelty(series, rule, shown)
        shares = score_of(series, rule, news)
        free = weigh(series, rule, seen, shares)
        point, away, astray = held_point(rule, free), held(rule, value, seen.expected, seen.away), outside(rule, value)
        if astray:
            point, away, shares = impossible(rule, value), nan, NO_SHARES
        publish(scores, row, point, shares)
        before = count
        seconds = seconds_covered(series, time, setting.granularity)
        if seconds <= 0.0:
            continue
        if ended_by_silence(series, time, setting.silence):
            count = mark(marks, count, SILENT, series, series.last + patience_of(series, setting.silence))
        usual = habit_of(series, clock, seen)
        worst = for_episode(point, 1.0 if usual and away > 1.0 else away)
        if worst.score >= 0.0 and not flagged(columns.unalarmed, row):
            begin_anew(series, time, worst)
            kind = follow(series, rule, time, worst, prove(series, rule, worst, seen, clock.share, seconds))
            if kind > 0:
                count = mark(marks, count, kind, series, time)
        if count > before:
            locate(marks[before:count], slot, row)
        if not astray and not flagged(columns.unlearned, row):
            note(series, clock, seen, free, usual)
            new_granularity(series, setting.granularity, seconds)
            learn_origin(series, time, value)
            learn_band(series, rule, clock, outlook, own, seconds)
            learn_row(series, rule, clock, shown, time)
            stir(series, news.newness)
        series.last = time
        series.feed = setting.feed
        if count > most:
            break
    return count
