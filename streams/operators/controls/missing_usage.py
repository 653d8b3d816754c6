"""MissingUsage: what a switch says it produced against what arrived from it and was rated."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from streams.catalogue import Catalogue
from streams.fingerprints import fingerprint
from streams.operator import SEPARATOR, KeyedState, cell_key
from streams.operators.controls.control import Control
from streams.operators.controls.missing_usage_day import SWITCH_DAY, Hour, SwitchDay, load_switch_day
from streams.operators.controls.policies import COUNT_DELAY, RETENTION
from streams.policies import COUNT_PERIOD
from streams.rated_usage import Repeated, in_columns
from streams.refusals import refused
from telassure.kernel.events import DeadLetter, MediatedCount, RevenueLeakage, SwitchCount
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import DAY, MINUTE, Duration, Instant
from telassure.kernel.money import Money

EVIDENCE: Final = (SwitchCount, MediatedCount)
Outcome = SwitchCount | RevenueLeakage | Repeated | DeadLetter


class MissingUsage:
    """Per switch, service and period: usage that the switch counted and that is lost on the way or waits in suspense.

    A period ("leakage", "count_period_minutes": an hour or a part of one) is compared ("leakage", "count_delay_hours")
    after its end, and again with whatever comes later; it keeps the length that it began with. Missing usage is valued
    at the mean price of what arrived in that period, else on that day; where nothing did, at zero, with
    the count in the reason. A gap that closes is "recovered". Law: the open rows and their amounts depend on the set of
    inputs, not on their interleaving. A day is forgotten ("leakage", "retention_days") after its end. Each new switch
    count is kept.
    """

    name = "missing_usage"
    state_version = 2
    reads: tuple[int, ...] = (1, 2)
    accepts: tuple[type, ...] = EVIDENCE
    shortest_timer: Duration | None = MINUTE

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def key(self, event: SwitchCount | MediatedCount) -> str:
        return cell_key(event.switch, event.service, event.period_start - event.period_start % DAY)

    def fresh(self) -> SwitchDay:
        return SwitchDay()

    def step(
        self, batch: Sequence[SwitchCount | MediatedCount], state: KeyedState[SwitchDay], watermark: Instant
    ) -> Iterable[Outcome]:
        for key, cell in state.due(watermark):
            yield from self._close(key, cell, state, watermark)
        for event in batch:
            if isinstance(event, SwitchCount):
                yield from self._counted(event, state)
            else:
                yield from self._received(event, state)

    def dump(self, cell: SwitchDay) -> bytes:
        return SWITCH_DAY.pack(cell)

    def load(self, blob: bytes, version: int) -> SwitchDay:
        return load_switch_day(blob, version)

    def _close(self, key: str, cell: SwitchDay, state: KeyedState[SwitchDay], at: Instant) -> Iterator[RevenueLeakage]:
        if at >= self._end(key):
            state.forget(key)
            return
        cell.closed = max(cell.closed, at)
        self._wake(key, cell, state)
        yield from self._judge(key, cell)

    def _counted(self, event: SwitchCount, state: KeyedState[SwitchDay]) -> Iterator[Outcome]:
        start, length = self._period(event)
        refusal: str | None = _refusal(event, start + length)
        key = self.key(event)
        if not refusal:
            refusal = state.of(key).claim(event, start, length)
        if refusal is not None:
            yield _refused(event, refusal) if refusal else Repeated(event.feed, 1)
            return
        yield event
        self._wake(key, state.of(key), state)
        yield from self._judge(key, state.of(key))

    def _received(self, event: MediatedCount, state: KeyedState[SwitchDay]) -> Iterator[RevenueLeakage]:
        key = self.key(event)
        cell = state.of(key)
        cell.add(event, *self._period(event))
        self._wake(key, cell, state)
        yield from self._judge(key, cell)

    def _judge(self, key: str, cell: SwitchDay) -> Iterator[RevenueLeakage]:
        """Every compared hour whose leakage is not as it was last reported. A recording may end before its counts do:
        of one, an hour is compared once usage of it, or of a later one of the day, has come."""
        reached, through = cell.reached(), cell.closed - COUNT_DELAY.of(self._catalogue)
        for start in sorted(cell.hours):
            hour = cell.hours[start]
            if start + hour.length > through or not hour.counts or (hour.recorded and start > reached):
                continue
            if not any(hour.missing()) and not hour.reported:
                continue
            leakage = self._leakage(key, start, hour, cell.value(hour))
            said = fingerprint(repr(leakage))
            if said != hour.reported:
                hour.reported = said
                yield leakage

    def _leakage(self, key: str, start: Instant, hour: Hour, value: tuple[Money, Money]) -> RevenueLeakage:
        switch, service, _ = key.split(SEPARATOR)
        records, volume = hour.missing()
        counted = hour.counted()
        found, lost = value
        lacking = f"{records} of {counted[0]} records and {volume} of {counted[1]} units are missing or in suspense"
        if (records or volume) and not lost:
            lacking += "; no rated usage to price them by"
        return RevenueLeakage(
            leakage_id=derive_id(self.name, switch, service, start),
            control=self.name,
            subject=switch,
            service=service,
            period_start=start,
            period_end=start + hour.length,
            expected=Money(in_columns(found.micros + lost.micros), found.currency),
            found=Money(in_columns(found.micros), found.currency),
            amount=Money(in_columns(lost.micros), lost.currency),
            state="open" if records or volume else "recovered",
            reason=lacking if records or volume else f"recovered: all {counted[0]} records are there",
            time=self._closing(start, hour),
        )

    def _wake(self, key: str, cell: SwitchDay, state: KeyedState[SwitchDay]) -> None:
        """The next period to compare, else the day's end of retention."""
        delay = COUNT_DELAY.of(self._catalogue)
        ends = (start + hour.length + delay for start, hour in cell.hours.items())
        state.wake(key, min((closing for closing in ends if closing > cell.closed), default=self._end(key)))

    def _period(self, event: SwitchCount | MediatedCount) -> tuple[Instant, Duration]:
        """The start of the period that an event's own begins in, and its length by the policy."""
        length = COUNT_PERIOD.of(self._catalogue)
        return event.period_start - event.period_start % length, length

    def _closing(self, start: Instant, hour: Hour) -> Instant:
        return start + hour.length + COUNT_DELAY.of(self._catalogue)

    def _end(self, key: str) -> Instant:
        return int(key.rpartition(SEPARATOR)[2]) + DAY + COUNT_DELAY.of(self._catalogue) + RETENTION.of(self._catalogue)


MISSING_USAGE_CONTROL: Final = Control(
    name=MissingUsage.name,
    text="usage that a switch counted and that is lost on the way, or waits in suspense",
    owner="mediation",
    operator=MissingUsage,
    evidence=EVIDENCE,
    threshold=(),
    schedule=(COUNT_PERIOD, COUNT_DELAY, RETENTION),
    judges="each switch, service and period: when its usage is due, and again with whatever comes later",
    at_risk="what is missing at the mean price of what arrived in the period, else on the day",
    findings=(MissingUsage.name,),
)


def _refusal(event: SwitchCount, end: Instant) -> str:
    """Why a count cannot be compared, "" where it can."""
    if event.records < 0 or event.volume < 0:
        return "records or volume is negative; correct it at the switch"
    if not event.period_start < event.period_end <= end:
        return "the count's period is not within one of count_period_minutes (an hour); let the switch count as finely"
    return ""


def _refused(event: SwitchCount, reason: str) -> DeadLetter:
    return refused(MissingUsage.name, event, reason, f"switch count {event.count_id}")
