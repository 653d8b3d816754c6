"""When a run of anomalous rows is an episode: n of the last m rows open it, n of the last m close it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detection.compiled import compiled
from models.detection.layout import NEVER, OPENED, RECOVERED, SILENT, WORSENED, Point, Record, Records

WARNING: Final = 2  # X.733 perceived severities as numbers, greater is worse


@compiled
def set_bits(bits: int) -> int:
    """How many bits of a small non-negative number are 1."""
    count = 0
    while bits > 0:
        count += bits & 1
        bits >>= 1
    return count


@compiled
def grade(rule: Record, peak: float, lasted: int) -> int:
    """Warning below the rule's minor score, minor below its major one, else major; one step worse after a while."""
    severity = WARNING
    if peak >= rule.minor:
        severity += 1
    if peak >= rule.major:
        severity += 1
    return severity + 1 if lasted >= rule.worse_after else severity


@compiled
def remember(series: Record, point: Point) -> None:
    """Keep the worst point of the run."""
    if point.score > series.peak:
        series.peak = point.score
        series.peak_value = point.value
        series.peak_expected = point.expected
        series.peak_band = point.band
        series.channel = point.channel


@compiled
def follow(series: Record, rule: Record, time: int, point: Point, proven: bool = True) -> int:
    """Take one judged row into the run, its worst point first; the kind of change it makes, 0 for none. An episode
    opens only where there is proof enough."""
    anomalous = point.score > (rule.cleared if series.open else rule.raised)
    if anomalous:
        if series.recent == 0 and not series.open:
            start_run(series, time)
        remember(series, point)
    return count_row(series, rule, time, anomalous, proven)


@compiled
def count_row(series: Record, rule: Record, time: int, anomalous: bool, proven: bool = True) -> int:
    """Take one scored row into the run (its worst point is kept already); the kind of change it makes, 0 for none."""
    recent = int(series.recent)
    if recent == 0 and not anomalous and not series.open:
        return 0
    kept = (1 << max(rule.open_of, rule.close_of)) - 1
    recent = ((recent << 1) | (1 if anomalous else 0)) & kept
    series.recent = recent
    if not series.open:
        if not proven or set_bits(recent & ((1 << rule.open_of) - 1)) < rule.open_count:
            return 0
        series.open = 1
        series.severity = grade(rule, series.peak, time - series.since)
        return OPENED
    if set_bits(~recent & ((1 << rule.close_of) - 1)) >= rule.close_count:
        series.open = 0
        series.recent = 0
        return RECOVERED
    severity = grade(rule, series.peak, time - series.since)
    if severity > series.severity:
        series.severity = severity
        return WORSENED
    return 0


@compiled
def open_at_once(series: Record, rule: Record, time: int) -> int:
    """Open an episode for the row that was just taken, which needs no others to count; the kind of change."""
    series.recent |= (1 << rule.open_count) - 1
    series.open = 1
    series.severity = grade(rule, series.peak, time - series.since)
    return OPENED


@compiled
def start_run(series: Record, time: int) -> None:
    """The first anomalous row after rows that were none."""
    series.since = time
    series.peak = 0.0


@compiled
def mark(marks: Records, place: int, kind: int, series: Record, changed: int) -> int:
    """Write one change with the worst point so far; the next free place. The caller fills slot and row."""
    entry: Record = marks[place]
    entry.kind = kind
    entry.severity = series.severity
    entry.started = series.since
    entry.changed = changed
    entry.ended = series.last if kind == SILENT else changed
    entry.peak = series.peak
    entry.value = series.peak_value
    entry.expected = series.peak_expected
    entry.band = series.peak_band
    entry.channel = series.channel
    return place + 1


@compiled
def end_silent(state: Records, watermark: int, patience: NDArray[np.int64], marks: Records) -> tuple[int, int]:
    """Close the episodes whose series' last row is `patience` microseconds or more before the watermark.

    `marks` has room for every open episode. Returns the marks written and when the next one is due (or NEVER).
    """
    count, upcoming = 0, NEVER
    for slot in range(len(state)):
        series: Record = state[slot]
        if not series.open:
            continue
        due = series.last + patience[slot]
        if due > watermark:
            upcoming = due if upcoming == NEVER else min(upcoming, due)
            continue
        marks[count].slot = slot
        count = mark(marks, count, SILENT, series, due)
        series.open = 0
        series.recent = 0
    return count, upcoming
