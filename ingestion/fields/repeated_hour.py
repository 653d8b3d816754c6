"""The hour that local clocks go back over: its two passes are told apart by the order of the rows, where it tells."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise, repeat
from typing import Final, NamedTuple

from telassure.kernel.errors import InvalidInput
from telassure.kernel.fields import moment
from telassure.kernel.instant import Instant, readings
from telassure.kernel.time_text import written

_DAY: Final = timedelta(days=1)
_TEXTS_KEPT: Final = 8_192


class Passes(NamedTuple):
    """The two instants that a local time of the repeated hour may be."""

    first: Instant
    second: Instant


def passes(value: object, zone: tzinfo) -> Passes | None:
    """Both readings of a local time that comes twice in `zone`; None for every other value."""
    return _passes(value, zone) if isinstance(value, str) and zone is not UTC else None


@lru_cache(_TEXTS_KEPT)
def _passes(text: str, zone: tzinfo) -> Passes | None:
    try:
        local = written(text.strip())
        if local.tzinfo is not None or not _goes_back(local.date(), zone):
            return None
        found = readings(local, zone)
    except (ValueError, OverflowError):
        return None
    return Passes(*found) if len(found) == 2 else None


@lru_cache(_TEXTS_KEPT)
def _goes_back(day: date, zone: tzinfo) -> bool:
    """Whether the clocks of a zone are changed within a local day."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # the zone's
    return midnight.replace(tzinfo=zone).utcoffset() != (midnight + _DAY).replace(tzinfo=zone, fold=1).utcoffset()


def told_apart(times: Sequence[object], zone: tzinfo, series: Iterable[Hashable] | None = None) -> Sequence[object]:
    """The times with each local time of a repeated hour as its instant, where the order of its rows tells which of the
    two it is; all others as they are, for their reader to take or to refuse.

    Within each of `series` (one for each row) times rise from row to row, or fall in a whole series that does: the one
    row that does not is where the second pass begins. Without `series` the rows are events, of which several may bear
    one time, and no other row breaks their order. Where no row, or more than one, breaks the order, it tells nothing;
    nor does a step back of less than half the hour (rows come a little late), or one where no other step says whether
    the oldest or the newest row comes first.
    """
    if zone is UTC or str not in set(map(type, times)):
        return times
    if not any(passes(text, zone) for text in {each for each in times if type(each) is str}):
        return times
    if series is None and not _in_order([at for value in times if (at := _plain(value, zone)) is not None]):
        return times
    rows: dict[Hashable, list[int]] = {}
    for row, name in enumerate(repeat(None, len(times)) if series is None else series):
        rows.setdefault(name, []).append(row)
    found = list(times)
    for places in rows.values():
        for place, at in _of_series([times[place] for place in places], zone, series is None):
            found[places[place]] = at
    return found


def in_order(rows: Sequence[object], field: str, zone: tzinfo) -> Sequence[object]:
    """Objects that are events in their order, with the time in `field` told apart where it can be."""
    if zone is UTC:
        return rows
    times = [row.get(field) if isinstance(row, Mapping) else None for row in rows]
    found = told_apart(times, zone)
    if found is times:
        return rows
    return [{**row, field: at} if isinstance(row, Mapping) else row for row, at in zip(rows, found, strict=True)]


def _in_order(found: Sequence[Instant]) -> bool:
    return all(a <= b for a, b in pairwise(found)) or all(a >= b for a, b in pairwise(found))


def _of_series(times: Sequence[object], zone: tzinfo, level: bool) -> Iterator[tuple[int, Instant]]:
    """(place, instant) of each repeated local time of one series that its order tells."""
    both = {place: found for place, value in enumerate(times) if (found := passes(value, zone)) is not None}
    for run in _runs(both, times, zone):
        around = _around(run, times, zone)
        rising = _rising(around, both[run[0]])
        known = [at for at in around if at is not None and rising is not None]
        ordered = run if rising is not False else run[::-1]
        hours = [both[place] for place in ordered]
        firsts = [each.first for each in hours]
        breaks = [
            number
            for number, (before, after) in enumerate(pairwise(firsts), 1)
            if after < before or (after == before and not level)
        ]
        if len(breaks) == 1 and _second_begins(hours, breaks[0], known):
            for number, place in enumerate(ordered):
                yield place, both[place].first if number < breaks[0] else both[place].second


def _second_begins(hours: Sequence[Passes], number: int, around: Sequence[Instant]) -> bool:
    """Whether the one step that does not rise, to the row of this number, is evidence of a second pass: it goes back
    by half the hour or more, and another step says which way the rows go. Two equal rows are the passes of a series
    whose neighbours (`around` them) are as far apart."""
    overlap = hours[0].second - hours[0].first
    steps = [after.first - before.first for before, after in pairwise(hours)]
    back = -steps.pop(number - 1)
    if back == 0:
        return not steps and bool(around) and all(_apart(at, hours[0]) >= overlap for at in around)
    rises = [step for step in steps if step > 0]
    turned = len(rises) == 1 and 2 * rises[0] >= overlap  # read from its end, this would be the step back
    return 2 * back >= overlap and (bool(around) or (bool(rises) and not turned))


def _apart(at: Instant, hour: Passes) -> int:
    return max(hour.first - at, at - hour.second)


def _runs(both: Mapping[int, Passes], times: Sequence[object], zone: tzinfo) -> Iterator[list[int]]:
    """The places of one repeated hour with no other time among them; what is no time at all parts nothing."""
    run: list[int] = []
    for place in both:
        apart = bool(run) and any(_plain(times[between], zone) is not None for between in range(run[-1] + 1, place))
        if run and (apart or abs(both[place].first - both[run[-1]].first) >= both[place].second - both[place].first):
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _around(run: Sequence[int], times: Sequence[object], zone: tzinfo) -> tuple[Instant | None, Instant | None]:
    """The times that stand next before the run and next after it."""
    before = (at for place in range(run[0] - 1, -1, -1) if (at := _plain(times[place], zone)) is not None)
    after = (at for place in range(run[-1] + 1, len(times)) if (at := _plain(times[place], zone)) is not None)
    return next(before, None), next(after, None)


def _rising(around: tuple[Instant | None, Instant | None], hour: Passes) -> bool | None:
    """Whether the oldest row comes first, by what stands around a run; None where that says nothing, or both."""
    before, after = around
    says = set[bool]()
    if before is not None:
        says.add(before <= hour.first)
    if after is not None:
        says.add(after >= hour.first)
    return says.pop() if len(says) == 1 else None


def _plain(value: object, zone: tzinfo) -> Instant | None:
    try:
        return moment(value, "", zone)
    except InvalidInput:
        return None
