"""Which rows of an envelope lie in windows of time that name them, such as maintenance."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from models.detection.layout import NO_FLAGS
from models.detection.wallclock import wall_clock
from streams.operators.detection.labels import selectors as called
from telassure.kernel.events import Measurements
from telassure.kernel.events.kpi import Flags, Times
from telassure.kernel.instant import DAY, MINUTE, Duration, Instant
from telassure.kernel.policies.calendar_text import Windows

WEEK: Final[Duration] = 7 * DAY
MONDAY: Final[Instant] = 4 * DAY  # 1970-01-05

Selected = Mapping[Windows, Sequence[str]]
"""Windows, and the selectors that have them."""


def in_windows(envelope: Measurements, zone: str, windows: Selected) -> Flags:
    """Which rows' periods overlap a window that names them; empty where none can. `zone` is of the wall clock."""
    flags = NO_FLAGS
    if not windows:
        return flags
    places: dict[str, int] = {}
    first, last = int(envelope.time.min()) - envelope.granularity, int(envelope.time.max())
    for (once, weekly), selectors in windows.items():
        near = [(start, end) for start, end in once if start < last and first < end]
        if not near and not weekly:
            continue
        if not places and not whole(envelope, selectors):
            places = {name: place for place, name in enumerate(envelope.objects)}
        rows = np.flatnonzero(named(envelope, selectors, places))
        if len(rows):
            time = envelope.time[rows]
            hit = within(time, envelope.granularity, near) | within_week(time, envelope.granularity, zone, weekly)
            flags = flags if len(flags) else np.zeros(len(envelope), np.bool_)
            flags[rows] |= hit
    return flags


def within(time: Times, granularity: Duration, spans: Sequence[tuple[Instant, Instant]]) -> Flags:
    """Which periods, given by their ends, overlap one of the spans."""
    hit = np.zeros(len(time), np.bool_)
    for start, end in spans:
        hit |= (time > start) & (time - granularity < end)
    return hit


def within_week(time: Times, granularity: Duration, zone: str, weekly: Sequence[tuple[int, int]]) -> Flags:
    """Which periods, given by their ends, overlap one of these spans of the week: minutes since Monday began, and how
    many. The wall clock is read within the period, at its last moment: when it is over, the clocks may have changed."""
    hit = np.zeros(len(time), np.bool_)
    if not weekly:
        return hit
    last = wall_clock(time - 1, zone) - MONDAY
    for start, lasts in weekly:
        hit |= (last - start * MINUTE) % WEEK < lasts * MINUTE + granularity - 1
    return hit


def whole(envelope: Measurements, selectors: Sequence[str]) -> bool:
    """Whether one of the selectors names every row."""
    return "" in selectors or envelope.domain in selectors


def named(envelope: Measurements, selectors: Sequence[str], places: Mapping[str, int]) -> Flags:
    """Which rows one of the selectors names; `places` are those of the envelope's objects."""
    if whole(envelope, selectors):
        return np.ones(len(envelope), np.bool_)
    names, objects = np.zeros(len(envelope.names), np.bool_), np.zeros(len(envelope.objects), np.bool_)
    names[[place for place, name in enumerate(envelope.names) if any(n in selectors for n in called(name))]] = True
    objects[[places[each] for each in selectors if each in places]] = True
    beginnings = tuple(each[:-1] for each in selectors if each.endswith("*"))
    if beginnings:
        objects[[place for name, place in places.items() if name.startswith(beginnings)]] = True
    return np.asarray(names[envelope.measurement] | objects[envelope.measured_object])
