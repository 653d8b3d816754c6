"""A series that falls silent is an event of its own: it opens when values stop coming and closes when one comes again.

The policy `gap_periods` (by domain) says after how many granularity periods; 0 (the default) never. Not before two
hours, because a row may be an hour late; and not for a series whose granularity its feed does not say. A series that
stays silent for `forget_days` is no longer expected: its gap closes, or does not begin, and it makes room for others as
any does. What the timer finds is here (`sweep`); what the rows of an envelope end, or begin and end, is in `gap_rows`.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from models.detection.layout import NEVER
from models.detection.persistence import WARNING
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.episode import NAME, lasting
from telassure.kernel.events import KpiEpisode
from telassure.kernel.events.kpi import Times
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import HOUR, MINUTE, SECOND, Duration, Instant

LEAST_GAP: Final[Duration] = 2 * HOUR
AGAIN: Final = "values again"


def allowed(granularity: Duration, periods: float) -> Duration:
    """How long a series may be silent, in whole minutes."""
    return max(-int(-granularity * periods // MINUTE) * MINUTE, LEAST_GAP)


class Watch(NamedTuple):
    """What counts as a gap in a domain: after how many periods (0: nothing), and until when a series is expected."""

    domain: str
    periods: float
    forget: Duration


class Gap(NamedTuple):
    """A series' silence: since when, when it had been too long, the seconds that are usual between its values, and the
    code of its feed."""

    slot: int
    last: Instant
    due: Instant
    usual: float
    feed: int


def sweep(cell: DomainSeries, watch: Watch, watermark: Instant) -> tuple[list[KpiEpisode], Instant]:
    """The gaps that have begun or are given up by the watermark, and when to look for the next (or NEVER)."""
    found = list(given_up(cell, watch, watermark))
    waiting = [int(cell.state["last"][slot]) + watch.forget for slot, due in cell.gaps.items() if due != NEVER]
    if watch.periods > 0:
        used = cell.state[: len(cell.pairs)]
        seconds = used["granularity"].astype(np.float64)
        watched = np.flatnonzero((seconds > 0) & (used["last"] != NEVER))
        watched = watched[~np.isin(watched, list(cell.gaps))]
        due = due_of(used["last"][watched], seconds[watched], watch.periods)
        expected = due < used["last"][watched] + watch.forget
        watched, due = watched[expected], due[expected]
        begin = due <= watermark
        for slot, at in zip(watched[begin].tolist(), due[begin].tolist(), strict=True):
            cell.gaps[slot] = at
            found.append(episode(cell, watch.domain, usual_gap(cell, slot, at), None))
            waiting.append(int(used["last"][slot]) + watch.forget)
        waiting += due[~begin].tolist()
    return found, whole_minute(min(waiting)) if waiting else NEVER


def given_up(cell: DomainSeries, watch: Watch, watermark: Instant) -> Iterator[KpiEpisode]:
    """Close the gaps of what is no longer expected; all of them where gaps are no longer watched."""
    for slot, due in list(cell.gaps.items()):
        over = int(cell.state["last"][slot]) + watch.forget
        if due != NEVER and (watch.periods == 0 or over <= watermark):
            ended = max(min(watermark, over), due) if watch.periods > 0 else watermark
            yield unwatched(cell, watch.domain, usual_gap(cell, slot, due), ended)
            cell.gaps[slot] = NEVER


def whole_minute(at: Instant) -> Instant:
    """The timer for what is due at an instant: many series share it, and a sweep goes over all."""
    return -(-at // MINUTE) * MINUTE


def due_of(last: Times, seconds: np.ndarray[tuple[int], np.dtype[np.float64]], periods: float) -> Times:
    """When each series will have been silent for too long."""
    minutes = np.ceil(seconds * periods / 60).astype(np.int64)
    return np.asarray(last + np.maximum(minutes * MINUTE, LEAST_GAP))


def usual_gap(cell: DomainSeries, slot: int, due: Instant) -> Gap:
    """The gap of a series that has been silent since its last row."""
    series = cell.state[slot]
    return Gap(slot, int(series["last"]), due, float(series["granularity"]), int(series["feed"]))


def episode(cell: DomainSeries, domain: str, gap: Gap, ended: Instant | None) -> KpiEpisode:
    """A gap as an episode: its value is the seconds without a value, its expected value the granularity."""
    managed_object, measurement = cell.pairs[gap.slot]
    changed = gap.due if ended is None else ended
    every = lasting(int(gap.usual * SECOND))
    silent = f"no value of {measurement} for {lasting(changed - gap.last)} where one every {every} is usual"
    return KpiEpisode(
        episode_id=derive_id(NAME, "gap", domain, managed_object, measurement, gap.last),
        domain=domain,
        feed=list(cell.feeds)[gap.feed],
        managed_object=managed_object,
        measurement=measurement,
        state="open" if ended is None else "closed",
        severity=WARNING,
        started_at=gap.last,
        changed_at=changed,
        ended_at=ended,
        peak_score=(changed - gap.last) / (gap.due - gap.last),
        value=(changed - gap.last) / SECOND,
        expected=gap.usual,
        reason=silent if ended is None else f"{AGAIN}; {silent}",
    )


def unwatched(cell: DomainSeries, domain: str, gap: Gap, ended: Instant) -> KpiEpisode:
    """The end of a gap that nobody waits for any more."""
    closed = episode(cell, domain, gap, ended)
    return replace(closed, reason=closed.reason.replace(AGAIN, "no longer watched"))
