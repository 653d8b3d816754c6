"""The surroundings of an episode in words: when its band is usual, and which KPIs of the same object are with it."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from models.detection.wallclock import DAY, EPOCH_WEEKDAY, WEEK
from streams.operators.detection.domain_series import DomainSeries
from telassure.kernel.instant import HOUR, Instant

PARTS: Final = ("nights", "mornings", "afternoons", "evenings")
NAMED: Final = 3  # KPIs of the same object that are named; more are only counted
NEAR: Final = HOUR


def usual_when(local: Instant) -> str:
    """The kind of day and the part of it, as the seasons tell them apart.

    >>> usual_when(20_003 * DAY + 19 * HOUR), usual_when(20_008 * DAY)
    ('on weekday evenings', 'on weekend nights')
    """
    day, within = divmod(local, DAY)
    kind = "weekend" if (day + EPOCH_WEEKDAY) % WEEK >= 5 else "weekday"
    return f"on {kind} {PARTS[within // (6 * HOUR)]}"


def companions(cell: DomainSeries, slot: int, at: Instant) -> list[str]:
    """The other KPIs of the slot's object that are anomalous within an hour of an instant, sorted."""
    measured_object, _ = cell.pairs[slot]
    slots = cell.slots_on(measured_object)
    if len(slots) == 1:
        return []
    others = np.array(slots)
    open_now, recent, last = (cell.state[name][others] for name in ("open", "recent", "last"))
    wrong = ((open_now != 0) | (recent & 1 != 0)) & (last >= at - NEAR) & (last <= at + NEAR) & (others != slot)
    return sorted(cell.pairs[other][1] for other in others[wrong].tolist())


def together(found: Sequence[str], measured_object: str) -> str:
    """What else is wrong with an object, "" where nothing is.

    >>> together(("drops", "load", "users", "wait"), "cell-7")
    '; 4 other KPIs of cell-7 with it: drops, load, users and more'
    """
    if not found:
        return ""
    count = f"{len(found)} other KPI{'s' if len(found) > 1 else ''}"
    more = " and more" if len(found) > NAMED else ""
    return f"; {count} of {measured_object} with it: {', '.join(found[:NAMED])}{more}"
