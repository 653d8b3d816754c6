"""The gaps that the rows of an envelope end, also those that no timer has found: the cut into envelopes does not show.

A series' values in an envelope follow on its last one before it. Where two that follow on each other are further apart
than `gap_periods` allows, there was a gap, and it opened when a timer would have found it.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.detection.layout import NEVER, Columns, Records, Setting
from streams.operators.detection.domain_series import DomainSeries, Slots
from streams.operators.detection.gaps import LEAST_GAP, Gap, Watch, due_of, episode, unwatched
from telassure.kernel.events import KpiEpisode
from telassure.kernel.events.kpi import Flags, Times
from telassure.kernel.instant import Instant

Rows = NDArray[np.intp]
NO_ROWS: Rows = np.empty(0, np.intp)


class Steps(NamedTuple):
    """From one value of a series to its next: `first` where the earlier is from before the envelope, `usual` the
    granularity in seconds that the series had by the earlier."""

    slot: Slots
    last: Times
    time: Times
    first: Flags
    usual: NDArray[np.float64]


def spoken(
    cell: DomainSeries, columns: Columns, rules: Records, setting: Setting, watch: Watch
) -> Iterator[KpiEpisode]:
    """The gaps that end with a value of these rows, opened too where they are not yet. To be called before the rows are
    learned."""
    rows = telling(cell, columns, watch)
    if not len(rows):
        return
    steps = steps_of(cell.state, columns, rules, rows, setting.granularity)
    due = due_of(steps.last, steps.usual, watch.periods)
    begun = (steps.last != NEVER) & (steps.usual > 0) & (due < steps.time) & (watch.periods > 0)
    begun &= due < steps.last + watch.forget
    opened = steps.first & np.isin(steps.slot, list(cell.gaps))
    for step in np.flatnonzero(begun | opened).tolist():
        slot, last = int(steps.slot[step]), int(steps.last[step])
        feed = int(cell.state["feed"][slot]) if steps.first[step] else setting.feed
        gap = Gap(slot, last, int(due[step]), float(steps.usual[step]), feed)
        if opened[step]:
            gap = gap._replace(due=cell.gaps.pop(slot))
        else:
            yield episode(cell, watch.domain, gap, None)
        if gap.due != NEVER:
            yield ended(cell, gap, watch, int(steps.time[step]))


def ended(cell: DomainSeries, gap: Gap, watch: Watch, time: Instant) -> KpiEpisode:
    """By a value, unless the series had been given up before it came."""
    over = max(gap.last + watch.forget, gap.due)
    return episode(cell, watch.domain, gap, time) if time <= over else unwatched(cell, watch.domain, gap, over)


def telling(cell: DomainSeries, columns: Columns, watch: Watch) -> Rows:
    """The rows with a value of the series that may have a gap; mostly none."""
    if not len(columns.slot) or (watch.periods == 0 and not cell.gaps):
        return NO_ROWS
    speaks = np.flatnonzero(np.isfinite(columns.value) & ~columns.suspect & (columns.slot >= 0))
    slot, time = columns.slot[speaks], columns.time[speaks]
    last = cell.state["last"][slot]
    far = time - np.where(last == NEVER, columns.time.min(), last) > LEAST_GAP
    if cell.gaps:
        far |= np.isin(slot, list(cell.gaps))
    return speaks[np.isin(slot, slot[far])] if far.any() else NO_ROWS


def steps_of(state: Records, columns: Columns, rules: Records, rows: Rows, granularity: float) -> Steps:
    """The steps of the series of these rows. A row that is not newer than all before it is none."""
    series = np.unique(columns.slot[rows])
    head = np.arange(len(series) + len(rows)) < len(series)  # a series' last value, before its rows
    slot = np.concatenate((series, columns.slot[rows]))
    time = np.concatenate((state["last"][series], columns.time[rows]))
    taught = np.concatenate((np.zeros(len(series), np.bool_), learned(columns, rules, rows)))
    order = np.argsort(slot, kind="stable")
    order = order[newest(time[order], head[order])]
    slot, time, head = slot[order], time[order], head[order]
    lessons = np.cumsum(taught[order])
    lessons -= lessons[np.maximum.accumulate(np.where(head, np.arange(len(head)), 0))]
    before, after = np.flatnonzero(~head) - 1, ~head
    own = state["granularity"][slot[after]]
    usual = np.where((lessons[before] > 0) & (granularity > 0), np.float32(granularity), own)
    return Steps(slot[after], time[before], time[after], head[before], usual.astype(np.float64))


def newest(time: Times, head: Flags) -> Flags:
    """Which are newer than all before them back to the last head; heads are."""
    _, rank = np.unique(time, return_inverse=True)
    height = np.cumsum(head) * len(rank) + rank
    kept = head.copy()
    kept[1:] |= height[1:] > np.maximum.accumulate(height)[:-1]
    return kept


def learned(columns: Columns, rules: Records, rows: Rows) -> Flags:
    """Which of the rows are learned, and so tell their series its granularity."""
    rule, value = rules[columns.rule[rows]], columns.value[rows]
    valid = (value >= rule["lowest"]) & (value <= rule["highest"])
    return np.asarray(valid & ~columns.unlearned[rows] if len(columns.unlearned) else valid)
