"""Whom the rows of an envelope concern, and which of them are late: whole columns at once."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from streams.hosts.partition.owners import FOREVER, NEVER, Owner, Owners
from telassure.kernel.events.kpi import Flags
from telassure.kernel.instant import Duration, Instant


@dataclass(slots=True)
class Arrival:
    """One owner's rows of an envelope: `first` is the earliest time of all, `low` and `high` span those not late."""

    owner: Owner
    code: int
    first: Instant
    low: Instant
    high: Instant


def arrivals(event: Any, keys: tuple[str, ...], codes: Any, owners: Owners) -> list[Arrival]:
    """One for each owner that has rows in the envelope, in the order of the dictionary."""
    feed, times = event.feed, event.time
    first, low = int(codes[0]), int(times.min())
    if len(keys) == 1 or bool((codes == first).all()):
        return [Arrival(owners.touch(keys[first], feed), first, low, low, int(times.max()))]
    lows, highs = _spans(codes, times, len(keys))
    present = np.flatnonzero(lows != FOREVER).tolist()
    spans = zip(present, lows[present].tolist(), highs[present].tolist(), strict=True)
    return [Arrival(owners.touch(keys[code], feed), code, lo, lo, hi) for code, lo, hi in spans]


def late_rows(event: Any, codes: Any, size: int, found: list[Arrival], limit: Duration) -> Flags | None:
    """Rows further than `limit` behind their owner's clock of this feed, or None; narrows `found` to the rest.

    The clock is as before the envelope: rows of one envelope do not make each other late.
    """
    bounds = [arrival.owner.newest.get(event.feed, NEVER) - limit for arrival in found]
    if all(arrival.first >= bound for arrival, bound in zip(found, bounds, strict=True)):
        return None
    bound_of = np.full(size, NEVER)
    bound_of[[arrival.code for arrival in found]] = bounds
    late: Flags = event.time < bound_of[codes]
    lows, highs = _spans(codes[~late], event.time[~late], size)
    for arrival in found:
        arrival.low, arrival.high = int(lows[arrival.code]), int(highs[arrival.code])
        if arrival.low == FOREVER:
            arrival.low = NEVER
    return late


def _spans(codes: Any, times: Any, size: int) -> tuple[Any, Any]:
    lows, highs = np.full(size, FOREVER), np.full(size, NEVER)
    np.minimum.at(lows, codes, times)
    np.maximum.at(highs, codes, times)
    return lows, highs
