"""A series that falls silent is an event of its own: it opens when values stop coming and closes when one comes again.

The policy `gap_periods` (by domain) says after how many granularity periods; 0 (the default) never. Not before two
hours, because a row may be an hour late; and not for a series whose granularity its feed does not say. A series that
stays silent for `forget_days` is no longer expected: its gap closes, or does not begin, and it makes room for others as
any does. The rows of an envelope end gaps, also those that no timer has found; these open when a timer would have found
them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.detection.layout import NEVER, Columns, Records
from streams.cells import CellCodec
from streams.operators.detection.domain_series import DomainSeries, Slots
from streams.operators.detection.episode import Gap, ended, gap_episode, unwatched, usual_gap
from streams.operators.detection.part import FIRST, Expiry, Packed, Part, Passage
from telassure.kernel.events import KpiEpisode
from telassure.kernel.events.kpi import Flags, Times
from telassure.kernel.instant import HOUR, MINUTE, Duration, Instant

LEAST_GAP: Final[Duration] = 2 * HOUR
AFTER_EPISODES: Final = 2  # of a timer's outputs
Places: TypeAlias = NDArray[np.intp]
NO_PLACES: Final[Places] = np.empty(0, np.intp)


@dataclass(slots=True, eq=False)
class SeriesGaps(Part):
    """When each series that is silent now had been so for too long, by slot; NEVER: given up."""

    name: ClassVar[str] = "gaps"
    since: dict[int, Instant] = field(default_factory=dict)

    @property
    def slots(self) -> NDArray[np.int64]:
        """The series that are silent."""
        return np.fromiter(self.since, np.int64, len(self.since))

    def take(self, passage: Passage) -> None:
        """End the gaps of the series that speak, before the rows are learned; and have a timer look for the next."""
        periods, envelope = passage.policies.gap_periods, passage.envelope
        if len(envelope) and (periods > 0 or self.since):
            places = telling(passage.series.state, passage.columns, self.slots)
            for told in self._spoken(passage, places) if len(places) else ():
                passage.tell(FIRST, told)
        if periods > 0 and envelope.granularity > 0 and len(envelope):
            passage.wake_by(whole_minute(int(envelope.time.max()) + allowed(envelope.granularity, periods)))

    def _spoken(self, passage: Passage, places: Places) -> Iterator[KpiEpisode]:
        """The gaps that end with a value of these rows, opened too where they are not yet."""
        series, policies, setting = passage.series, passage.policies, passage.setting
        steps = steps_of(series.state, passage.columns, passage.rules, places, setting.granularity)
        due = due_of(steps.last, steps.usual, policies.gap_periods)
        begun = (steps.last != NEVER) & (steps.usual > 0) & (due < steps.time) & (policies.gap_periods > 0)
        begun &= due < steps.last + policies.room.forget
        opened = steps.first & np.isin(steps.slot, self.slots)
        for step in np.flatnonzero(begun | opened).tolist():
            slot, last = int(steps.slot[step]), int(steps.last[step])
            feed = int(series.state["feed"][slot]) if steps.first[step] else setting.feed
            gap = Gap(slot, last, int(due[step]), float(steps.usual[step]), feed)
            if opened[step]:
                gap = gap._replace(due=self.since.pop(slot))
            else:
                yield gap_episode(series, passage.domain, gap, None)
            if gap.due != NEVER:
                yield ended(series, passage.domain, gap, policies.room.forget, int(steps.time[step]))

    def expire(self, expiry: Expiry) -> None:
        """Open the gaps that have begun by the watermark, close those that are given up, and look for the next."""
        series, forget = expiry.series, expiry.policies.room.forget
        self._give_up(expiry)
        waiting = [int(series.state["last"][slot]) + forget for slot, due in self.since.items() if due != NEVER]
        if expiry.policies.gap_periods > 0:
            waiting += self._begin(expiry)
        if waiting:
            expiry.wake_by(whole_minute(min(waiting)))

    def _begin(self, expiry: Expiry) -> list[Instant]:
        """The gaps that have begun; when they are given up, and when the next may begin."""
        series, policies = expiry.series, expiry.policies
        last, seconds = series.used["last"], series.used["granularity"].astype(np.float64)
        watched = np.flatnonzero((seconds > 0) & (last != NEVER))
        watched = watched[~np.isin(watched, self.slots)]
        due = due_of(last[watched], seconds[watched], policies.gap_periods)
        expected = due < last[watched] + policies.room.forget
        watched, due = watched[expected], due[expected]
        begin = due <= expiry.watermark
        for slot, at in zip(watched[begin].tolist(), due[begin].tolist(), strict=True):
            self.since[slot] = at
            expiry.tell(AFTER_EPISODES, gap_episode(series, expiry.domain, usual_gap(series, slot, at), None))
        given_up: list[Instant] = (last[watched[begin]] + policies.room.forget).tolist()
        return given_up + list(due[~begin].tolist())

    def _give_up(self, expiry: Expiry) -> None:
        """Close the gaps of what is no longer expected; all of them where gaps are no longer watched."""
        series, policies, watermark = expiry.series, expiry.policies, expiry.watermark
        for slot, due in list(self.since.items()):
            over = int(series.state["last"][slot]) + policies.room.forget
            if due != NEVER and (policies.gap_periods == 0 or over <= watermark):
                at = max(min(watermark, over), due) if policies.gap_periods > 0 else watermark
                expiry.tell(AFTER_EPISODES, unwatched(series, expiry.domain, usual_gap(series, slot, due), at))
                self.since[slot] = NEVER

    def forget(self, slot: int) -> None:
        """Another series is expected from its own first row on."""
        self.since.pop(slot, None)

    def holds(self, slots: NDArray[np.intp], series: DomainSeries) -> Flags:
        """A series with an open gap is waited for."""
        waited = [slot for slot, due in self.since.items() if due != NEVER]
        return np.isin(slots, waited)

    def packed(self, series: DomainSeries) -> Packed:
        """As it is."""
        return GAPS.plain(self)

    @classmethod
    def of(cls, packed: Packed, series: DomainSeries) -> "SeriesGaps":
        """The inverse of `packed`."""
        return GAPS.of(packed)


GAPS: Final = CellCodec(SeriesGaps)


class Steps(NamedTuple):
    """From one value of a series to its next: `first` where the earlier is from before the envelope, `usual` the
    granularity in seconds that the series had by the earlier."""

    slot: Slots
    last: Times
    time: Times
    first: Flags
    usual: NDArray[np.float64]


def due_of(last: Times, seconds: NDArray[np.float64], periods: float) -> Times:
    """When each series will have been silent for too long."""
    minutes = np.ceil(seconds * periods / 60).astype(np.int64)
    return np.asarray(last + np.maximum(minutes * MINUTE, LEAST_GAP))


def allowed(granularity: Duration, periods: float) -> Duration:
    """How long a series may be silent, in whole minutes."""
    return max(-int(-granularity * periods // MINUTE) * MINUTE, LEAST_GAP)


def whole_minute(at: Instant) -> Instant:
    """The timer for what is due at an instant: many series share it, and a sweep goes over all."""
    return -(-at // MINUTE) * MINUTE


def telling(state: Records, columns: Columns, silent: NDArray[np.int64]) -> Places:
    """The rows with a value of the series that may have a gap, of which `silent` have one; mostly none."""
    speaks = np.flatnonzero(np.isfinite(columns.value) & ~columns.suspect & (columns.slot >= 0))
    slot, time = columns.slot[speaks], columns.time[speaks]
    last = state["last"][slot]
    far = time - np.where(last == NEVER, columns.time.min(), last) > LEAST_GAP
    if len(silent):
        far |= np.isin(slot, silent)
    return speaks[np.isin(slot, slot[far])] if far.any() else NO_PLACES


def steps_of(state: Records, columns: Columns, rules: Records, rows: Places, granularity: float) -> Steps:
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


def learned(columns: Columns, rules: Records, rows: Places) -> Flags:
    """Which of the rows are learned, and so tell their series its granularity."""
    rule, value = rules[columns.rule[rows]], columns.value[rows]
    valid = (value >= rule["lowest"]) & (value <= rule["highest"])
    return np.asarray(valid & ~columns.unlearned[rows] if len(columns.unlearned) else valid)
