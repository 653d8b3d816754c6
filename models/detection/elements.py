"""One pass over scored rows for their elements: each step judged once, as soon as it is complete or another begins."""

from math import nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.detection.compiled import compiled
from models.detection.contribution import Seen, contribution, distance
from models.detection.element import (
    ELEMENT_MARK,
    NAMED,
    begin_step,
    end_of_step,
    join_group,
    take,
)
from models.detection.element_verdict import judge_full, judge_late
from models.detection.gate import matters
from models.detection.jumps import KpiRow, jump_of, learn_young, pace, take_jump
from models.detection.layout import NEVER, OPENED, RECOVERED, SILENT, Numbers, Record, Records
from models.detection.persistence import mark


class ElementState(NamedTuple):
    """The elements, what is kept of each series for its own, and the element's number by series."""

    elements: Records
    kpis: Records
    number: NDArray[np.int32]


class SeriesMarks(NamedTuple):
    """What the rows told of single KPIs: their first `length` marks; `group` has a place for each of them."""

    marks: Records
    length: int
    group: NDArray[np.int64]


class ElementRows(NamedTuple):
    """The columns of `layout.Columns` that elements take."""

    slot: NDArray[np.int32]
    time: NDArray[np.int64]
    value: Numbers
    rule: NDArray[np.int32]
    suspect: NDArray[np.bool_]
    unlearned: NDArray[np.bool_]
    unalarmed: NDArray[np.bool_]


class Scored(NamedTuple):
    """Rows, the rules that they name, and what they were scored."""

    columns: ElementRows
    rules: Records
    expected: Numbers
    upper: Numbers
    score: Numbers


class Watch(NamedTuple):
    """`rule` (one row) says when odd steps are an episode, `limit` from which evidence on a step is odd; the feed's
    code, its granularity in seconds (0 unknown), and the microseconds without a row after which an episode ends."""

    rule: Records
    limit: float
    feed: int
    granularity: float
    silence: int


def no_element_marks(rows: int) -> Records:
    """Room for all marks that `rows` rows can make: one may judge the step before, end a silent episode, and judge its
    own step."""
    return np.empty(3 * rows, ELEMENT_MARK)


@compiled
def write(marks: Records, place: int, kind: int, element: Record, changed: int) -> int:
    """Write one change of an element's episode; the next free place. The caller fills slot and row."""
    entry: Record = marks[place]
    entry.heard = element.worst_heard
    for named in range(NAMED):
        entry.top[named], entry.share[named] = element.worst_top[named], element.worst_share[named]
    alone = element.episodes == 0
    entry.group = element.group
    if kind == OPENED:
        entry.group = join_group(element, alone, element.since, changed)
    elif kind in (RECOVERED, SILENT):
        element.grouped = max(element.grouped, changed)
    return mark(marks, place, kind, element, changed)


@compiled
def fall_silent(element: Record, marks: Records, place: int, silence: int) -> int:
    """Forget the run of an element that was silent for too long; its episode ends. The next free place."""
    if element.open:
        place = write(marks, place, SILENT, element, element.last + silence)
    element.open = 0
    element.recent = 0
    return place


@compiled
def count_episode(element: Record, entry: Record) -> int:
    """Take a single KPI's change into the element's group; the start of the group."""
    if entry.kind == OPENED:
        group = join_group(element, element.episodes == 0 and not element.open, entry.started, entry.changed)
        element.episodes += 1
        return group
    if entry.kind in (RECOVERED, SILENT):
        element.episodes = max(int(element.episodes) - 1, 0)
        element.grouped = max(element.grouped, entry.changed)
    return int(element.group)


@compiled
def overdue(element: Record, time: int, silence: int) -> bool:
    """Whether an element was silent for too long before a time."""
    return bool(element.last != NEVER and float(time) - float(element.last) > silence)


@compiled
def gather(kept: ElementState, scored: Scored, told: SeriesMarks, watch: Watch, marks: Records) -> int:
    """Take scored rows, in order, into the steps of their elements. Returns the number of marks written.

    A step is one granularity period. It is judged when as many KPIs have come as in the one before, or when a row of a
    later one comes; what comes for it after that is not counted. Rows that were not scored, are late, or in a window
    without alarms give nothing.
    """
    count, heard, rule, limit, share = 0, 0, watch.rule[0], watch.limit, pace(watch.granularity)
    slots, times, values, named, suspect, unlearned, unalarmed = scored.columns
    expectations, uppers, scores, rules = scored.expected, scored.upper, scored.score, scored.rules
    for row in range(len(slots)):
        slot, score, time, value = slots[row], scores[row], times[row], values[row]
        if slot < 0:
            continue
        element: Record = kept.elements[kept.number[slot]]
        kpi: Record = kept.kpis[slot]
        before, step = count, end_of_step(time, watch.granularity)
        while heard < told.length and told.marks[heard].row == row:
            told.group[heard] = count_episode(element, told.marks[heard])
            heard += 1
        seen = KpiRow(nan if suspect[row] else value, time, share)
        learn_young(kpi, seen, score)
        counted = step < element.step or (step == element.step and kpi.counted == element.number)
        if counted or not score >= 0.0:
            continue
        muted = row < len(unalarmed) and unalarmed[row]
        if step > element.step:
            kind = judge_late(element, rule, limit)
            if kind > 0:
                count = write(marks, count, kind, element, element.step)
            if overdue(element, time, watch.silence):
                count = fall_silent(element, marks, count, watch.silence)
            if not muted:
                begin_step(element, step, watch.granularity)
        if muted:
            element.last = max(element.last, time)
            for place in range(before, count):
                marks[place].slot, marks[place].row = kept.number[slot], row
            continue
        learned = not (row < len(unlearned) and unlearned[row])
        away = distance(value, expectations[row], uppers[row])
        watched = matters(rules[named[row]], value, expectations[row])
        jump = jump_of(kpi, value) if watched else 0.0
        take(element, slot, contribution(kpi, Seen(score, away, jump, watched), element.covered, learned), learned)
        take_jump(element, kpi, jump, seen, learned)
        kpi.counted, element.feed, element.last = element.number, watch.feed, max(element.last, time)
        kind = judge_full(element, rule, limit)
        if kind > 0:
            count = write(marks, count, kind, element, time)
        for place in range(before, count):
            marks[place].slot, marks[place].row = kept.number[slot], row
    return count
