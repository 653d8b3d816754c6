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
    one time, and no other row breaks their order. Where no row, or more than one, breaks the order, it tells nothing.
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
        falling = _falls(run, both, times, zone)
        ordered = run[::-1] if falling else run
        firsts = [both[place].first for place in ordered]
        breaks = [
            number
            for number, (before, after) in enumerate(pairwise(firsts), 1)
            if after < before or (after == before and not level)
        ]
        if len(breaks) == 1:
            for number, place in enumerate(ordered):
                yield place, both[place].first if number < breaks[0] else both[place].second


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


def _falls(run: Sequence[int], both: Mapping[int, Passes], times: Sequence[object], zone: tzinfo) -> bool:
    """Whether the newest comes first, by what stands before the run, or after it."""
    before = next((at for place in range(run[0] - 1, -1, -1) if (at := _plain(times[place], zone)) is not None), None)
    if before is not None:
        return before > both[run[0]].second
    after = next(
        (at for place in range(run[-1] + 1, len(times)) if (at := _plain(times[place], zone)) is not None), None
    )
    return after is not None and after < both[run[-1]].first


def _plain(value: object, zone: tzinfo) -> Instant | None:
    try:
        return moment(value, "", zone)
    except InvalidInput:
        return None
