"""One pass over scored rows for their elements: each step judged once, as soon as it is complete or another begins."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.detection.compiled import compiled
from models.detection.element import (
    ELEMENT_MARK,
    GROUPED_WITHIN,
    LEAST_ROWS,
    NAMED,
    begin_step,
    end_of_step,
    evidence_of,
    join_group,
    learn_step,
    stray_of,
    take,
    weigh_kpi,
)
from models.detection.gate import matters
from models.detection.layout import NEVER, NOTHING, OPENED, RECOVERED, SILENT, Numbers, Point, Record, Records
from models.detection.persistence import follow, mark

OUTERMOST: Final = 1.0  # half bands beyond which a KPI is no further out


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
def keep_worst(element: Record) -> None:
    """The KPIs of this step are those that the episode names."""
    element.worst_heard = element.heard
    for named in range(NAMED):
        element.worst_top[named] = element.top[named]
        element.worst_share[named] = element.share[named] / element.weight if element.weight > 0.0 else 0.0


@compiled
def is_told(element: Record) -> bool:
    """Whether nothing of an element is news: a single KPI's episode is open, or one ended within the hour, as the way
    back is as new as the way out."""
    if element.open or element.grouped == NEVER:
        return False
    return bool(element.episodes > 0 or float(element.step) - float(element.grouped) <= GROUPED_WITHIN)


@compiled
def judge(element: Record, rule: Record, limit: float) -> int:
    """Judge the step as it is; the kind of change it makes, 0 for none."""
    element.judged = 1
    evidence = evidence_of(element)
    if not element.unlearned:
        learn_step(element)
    score = 0.0 if is_told(element) else evidence / limit
    before = element.peak if element.open or element.recent != 0 else 0.0
    kind = follow(element, rule, element.step, Point(score, evidence, limit, 0.0, NOTHING))
    if score > before and element.peak > before:
        keep_worst(element)
    return kind


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
def distance(value: float, expected: float, upper: float) -> float:
    """How far a scored row is from its expected value, in half bands, at most OUTERMOST."""
    return min(abs(value - expected) / (upper - expected), OUTERMOST) if upper > expected else OUTERMOST


@compiled
def judge_late(element: Record, rule: Record, limit: float) -> int:
    """Judge a step that another follows while it still waits for KPIs; the kind of change it makes, 0 for none."""
    return judge(element, rule, limit) if element.step != NEVER and not element.judged else 0


@compiled
def judge_full(element: Record, rule: Record, limit: float) -> int:
    """Judge a step that has as many KPIs as the one before; the kind of change it makes, 0 for none."""
    return judge(element, rule, limit) if element.rows == element.wont and not element.judged else 0


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
    count, heard, rule, limit = 0, 0, watch.rule[0], watch.limit
    slots, times, values, named, unlearned, unalarmed = scored.columns
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
        new = kpi.rows < LEAST_ROWS
        stray = stray_of(kpi, distance(value, expectations[row], uppers[row]), element.covered, learned)
        watched = matters(rules[named[row]], value, expectations[row])
        give = weigh_kpi(score if watched else 0.0, stray if watched else min(stray, 0.0), new)
        take(element, slot, give, learned)
        kpi.counted, element.feed, element.last = element.number, watch.feed, max(element.last, time)
        kind = judge_full(element, rule, limit)
        if kind > 0:
            count = write(marks, count, kind, element, time)
        for place in range(before, count):
            marks[place].slot, marks[place].row = kept.number[slot], row
    return count
