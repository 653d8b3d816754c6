"""Times ahead of the clock: what an element dates ahead moves nobody else's time, and is not lost for it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

import numpy as np

from ingestion.batches.kind import Kind
from ingestion.fields.terms import NO_ROWS, Reading, RowNumbers
from telassure.kernel.instant import DAY, MINUTE, SECOND, Duration, Instant

ARRIVAL_AFTER: Final[Duration] = 5 * SECOND
"""An alarm dated further ahead than this is applied at the time of its arrival."""
HELD_AFTER: Final[Duration] = 60 * SECOND
"""Rows dated further ahead than this wait until they are due."""


@dataclass(frozen=True, slots=True)
class AheadRules:
    """`arrival` and `held`: see above. Further ahead than `most` is no time of a working clock and is refused.
    `offsets`: what is added to the times of a feed whose clock is known to be wrong, by its name."""

    arrival: Duration = ARRIVAL_AFTER
    held: Duration = HELD_AFTER
    most: Duration = DAY
    offsets: Mapping[str, Duration] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeldRows:
    """Rows of one envelope that are taken in when the clock has come to `due`, all of the same minute."""

    event: Any
    rows: RowNumbers
    due: Instant


def corrected(reading: Reading, offset: Duration) -> Reading:
    """The same with its times moved by a feed's known offset."""
    if not offset:
        return reading
    return replace(reading, events=[_moved(event, offset) for event in reading.events])


def _moved(event: Any, offset: Duration) -> Any:
    ends = getattr(event, "ends_at", None)
    more = {} if ends is None else {"ends_at": ends + offset}
    return replace(event, time=event.time + offset, **more)


def at_arrival(kind: Kind[Any], reading: Reading, now: Instant, rules: AheadRules) -> Reading:
    """Single events that are dated ahead, at the time at which they have come; their own time is kept with them."""
    if kind.at_arrival is None:
        return reading
    early: Callable[[Any, Instant], Any] = kind.at_arrival
    limit, read = now + rules.arrival, cast("Sequence[Any]", reading.events)
    return replace(reading, events=[early(e, now) if e.time > limit else e for e in read])


def parted(reading: Reading, now: Instant, rules: AheadRules) -> tuple[Reading, list[HeldRows]]:
    """The rows that may be taken now, and those that are held."""
    limit, held = now + rules.held, list[HeldRows]()
    events: list[Any] = []
    places: list[int | RowNumbers] = []
    read: Sequence[Any] = reading.events
    for event, place in zip(read, reading.places, strict=True):
        times = getattr(event, "time", None)
        if not isinstance(times, np.ndarray) or isinstance(place, int) or not len(times) or times.max() <= limit:
            events.append(event)
            places.append(place)
            continue
        early = times > limit
        held += _by_minute(event, place, np.flatnonzero(early))
        if not early.all():
            events.append(event.take(~early))
            places.append(place[~early])
    return (replace(reading, events=events, places=places), held) if held else (reading, held)


def _by_minute(event: Any, place: RowNumbers, rows: RowNumbers) -> Iterator[HeldRows]:
    minutes = -(-event.time[rows] // MINUTE) * MINUTE
    for due in np.unique(minutes).tolist():
        chosen = rows[minutes == due]
        yield HeldRows(event.take(chosen), place[chosen], due)


def rows_of(held: Sequence[HeldRows]) -> RowNumbers:
    """The rows of the body that are held."""
    return np.concatenate([each.rows for each in held]) if held else NO_ROWS
