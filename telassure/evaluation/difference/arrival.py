"""When the records of a log arrived: a live one by the host's tick before it, a recorded one by its feed's own time."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from telassure.kernel.codec import decode
from telassure.kernel.events import CatalogueChange, EndOfFeed, Tick
from telassure.kernel.feeds import RECORDED
from telassure.kernel.instant import Instant
from telassure.kernel.ports import LogRecord

NEVER: Final[Instant] = -(2**62)
"""The arrival of what stands before everything that names a time."""


def arrivals(records: Sequence[LogRecord]) -> Iterator[Instant]:
    """The arrival of each record of one partition, in order. Per feed it never goes back; what names no time (a change
    of the catalogue, the end of a feed) arrives with the record before it."""
    last, tick, newest = NEVER, NEVER, dict[str, Instant]()
    for record in records:
        event = read_record(record)
        if isinstance(event, Tick):
            last = tick = max(tick, event.time)
        elif (said := _time_of(event)) is not None:
            feed = getattr(event, "feed", "")
            if tick != NEVER and not feed.startswith(RECORDED):
                last = tick
            else:
                last = newest[feed] = max(said, newest.get(feed, NEVER))
        yield last


def read_record(record: LogRecord) -> Any:
    """The event of a record, None where its bytes say none."""
    try:
        return decode(record.kind, record.payload)
    except Exception:  # it became a dead letter when it was taken, and will again
        return None


def _time_of(event: Any) -> Instant | None:
    if event is None or isinstance(event, CatalogueChange | EndOfFeed):
        return None
    time = getattr(event, "time", None)
    return None if time is None or np.size(time) == 0 else int(np.max(time))
