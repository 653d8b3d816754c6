"""UnbilledUsage: what was rated for an account and day against what the billing system says it billed."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from models.leakage import AGREED, OVER_BILLED, UNBILLED_USAGE, UNDER_BILLED, Tolerance, billing_verdict
from streams.catalogue import Catalogue
from streams.operator import SEPARATOR, KeyedState, cell_key, owner
from streams.operators.controls.control import Control
from streams.operators.controls.policies import (
    BILL_DELAY,
    BILL_SETTLES,
    BILLED,
    RETENTION,
    TOLERANCE_MICROS,
    TOLERANCE_SHARE,
)
from streams.operators.controls.unbilled_usage_day import ACCOUNT_DAY, AccountDay, ServiceTally, load_day
from streams.rated_usage import Repeated, UniqueUsage, account_days, in_columns
from streams.refusals import refused
from telassure.kernel.events import BilledLine, DeadLetter, RevenueLeakage
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import DAY, HOUR, MINUTE, Duration, Instant
from telassure.kernel.money import Money

EVIDENCE: Final = (UniqueUsage, BilledLine)
Outcome = RevenueLeakage | Repeated | DeadLetter


class UnbilledUsage:
    """Per account, service and UTC day: rated usage that no bill, or too small a bill, has claimed.

    The day closes once its bill has come and settled ("leakage", "bill_settle_minutes"), at the latest
    ("leakage", "bill_delay_hours") after its end; a gap beyond the tolerance is then open leakage:
    "unbilled_usage" without lines, "under_billed" with lines, and "over_billed" (amount 0: nothing leaks, but the
    customer is owed the difference). What comes after the close is compared again at once; a gap that closes is
    "recovered". Law: the open rows and their amounts depend on the set of inputs, not on their interleaving. A day is
    forgotten ("leakage", "retention_days") after its close. Where an operator issues no itemised bills for a kind of
    payment, the policy ("leakage", "billed", "no", selector "prepaid") leaves those accounts out.
    """

    name = "unbilled_usage"
    state_version = 2
    reads: tuple[int, ...] = (1, 2)
    accepts: tuple[type, ...] = EVIDENCE
    shortest_timer: Duration | None = MINUTE

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def key(self, event: UniqueUsage | BilledLine) -> str:
        if isinstance(event, BilledLine):
            return cell_key(event.account, event.period_start - event.period_start % DAY)
        usage = event.rated.usage
        time = int(usage.time[0])
        return cell_key(usage.accounts[usage.account[0]], time - time % DAY)

    def touches(self, event: UniqueUsage | BilledLine) -> Iterable[str]:
        """The cells of an envelope or a line, for the host to load in one read."""
        return (self.key(event),) if isinstance(event, BilledLine) else account_days(event.rated.usage)

    def fresh(self) -> AccountDay:
        return AccountDay()

    def step(
        self, batch: Sequence[UniqueUsage | BilledLine], state: KeyedState[AccountDay], watermark: Instant
    ) -> Iterable[Outcome]:
        for key, cell in state.due(watermark):
            yield from self._close(key, cell, state, watermark)
        for event in batch:
            if isinstance(event, BilledLine):
                yield from self._billed(event, state)
            else:
                yield from self._rated(event, state)

    def dump(self, cell: AccountDay) -> bytes:
        return ACCOUNT_DAY.pack(cell)

    def load(self, blob: bytes, version: int) -> AccountDay:
        return load_day(blob, version)

    def _close(
        self, key: str, cell: AccountDay, state: KeyedState[AccountDay], at: Instant
    ) -> Iterator[RevenueLeakage]:
        if cell.closed:
            state.forget(key)
            return
        cell.closed = True
        state.wake(key, at + RETENTION.of(self._catalogue))
        for place in sorted(cell.tallies):
            yield from self._judge(key, cell, place)

    def _rated(self, event: UniqueUsage, state: KeyedState[AccountDay]) -> Iterator[RevenueLeakage]:
        rated, usage = event.rated, event.rated.usage
        days = (usage.time - usage.time % DAY).tolist()
        columns = zip(usage.service.tolist(), rated.tariff.tolist(), rated.micros.tolist(), strict=True)
        cells: dict[tuple[int, Instant], AccountDay | None] = {}
        late: dict[tuple[int, Instant, str, str], None] = {}
        for where, row in zip(zip(usage.account.tolist(), days, strict=True), columns, strict=True):
            if where not in cells:
                account = usage.accounts[where[0]]
                cells[where] = self._open(cell_key(account, where[1]), 0, state) if self._is_billed(account) else None
            cell = cells[where]
            if cell is None:
                continue
            service, currency = usage.services[row[0]], rated.currencies[row[1]]
            cell.tally((service, currency)).rated += row[2]
            if cell.closed:
                late[*where, service, currency] = None
        for account_code, day, *place in sorted(late):
            key = cell_key(usage.accounts[account_code], day)
            yield from self._judge(key, state.of(key), (place[0], place[1]))

    def _billed(self, event: BilledLine, state: KeyedState[AccountDay]) -> Iterator[Outcome]:
        day = event.period_start - event.period_start % DAY
        if not event.period_start < event.period_end <= day + DAY:
            yield _refused(event, "the line's period is not within one UTC day; bill usage by day")
            return
        cell = self._open(self.key(event), event.time, state)
        refusal = cell.claim(event)
        if refusal is not None:
            yield _refused(event, refusal) if refusal else Repeated(event.feed, 1)
        elif not cell.closed:
            closing = self._closing(cell, day)
            state.wake(self.key(event), closing if closing > event.time else event.time + HOUR)
        else:  # a line moves the time of all that was found of its day
            for place in sorted(cell.tallies):
                yield from self._judge(self.key(event), cell, place)

    def _open(self, key: str, at: Instant, state: KeyedState[AccountDay]) -> AccountDay:
        """The cell; a new one closes in time, or for a line billed at `at` after that, an hour later."""
        cell = state.of(key)
        if not cell.tallies and not cell.closed:
            state.wake(key, max(self._due(_day(key)), at + HOUR))
        return cell

    def _judge(self, key: str, cell: AccountDay, place: tuple[str, str]) -> Iterator[RevenueLeakage]:
        """The leakage of one service as it stands, unless it agrees and always has."""
        tally = cell.tallies[place]
        tolerance = Tolerance(TOLERANCE_MICROS.of(self._catalogue), TOLERANCE_SHARE.of(self._catalogue))
        verdict = billing_verdict(tally.rated, tally.billed, tally.lines, tolerance)
        if verdict == AGREED and not tally.reported:
            return
        tally.reported = True
        service, currency = place
        leaks = verdict not in (AGREED, OVER_BILLED)
        yield RevenueLeakage(
            leakage_id=derive_id(self.name, key, service, currency),
            control=verdict or UNBILLED_USAGE,
            subject=owner(key),
            service=service,
            period_start=_day(key),
            period_end=_day(key) + DAY,
            expected=Money(in_columns(tally.rated), currency),
            found=Money(in_columns(tally.billed), currency),
            amount=Money(in_columns(tally.rated - tally.billed) if leaks else 0, currency),
            state="open" if verdict != AGREED else "recovered",
            reason=_reason(verdict, tally, currency),
            time=max(self._closing(cell, _day(key)), cell.billed_at),
        )

    def _closing(self, cell: AccountDay, day: Instant) -> Instant:
        """When a day with a bill is compared: the bill's lines come together, the day's last usage before them."""
        settled = max(cell.billed_at, day + DAY) + BILL_SETTLES.of(self._catalogue)
        return min(settled, self._due(day)) if cell.taken else self._due(day)

    def _due(self, day: Instant) -> Instant:
        """When a bill should have come."""
        return day + DAY + BILL_DELAY.of(self._catalogue)

    def _is_billed(self, account: str) -> bool:
        held = self._catalogue.accounts.get(account)
        return held is not None and BILLED.of(self._catalogue, held.payment)


UNBILLED_USAGE_CONTROL: Final = Control(
    name=UnbilledUsage.name,
    text="rated usage that no bill, or too small a bill, has claimed; and what was billed beyond it",
    owner="billing",
    operator=UnbilledUsage,
    evidence=EVIDENCE,
    threshold=(TOLERANCE_MICROS, TOLERANCE_SHARE, BILLED),
    schedule=(BILL_SETTLES, BILL_DELAY, RETENTION),
    judges="each account and UTC day: when its bill has come or is due, and again with whatever comes later",
    at_risk="what was rated less what was billed, by service and currency; what was billed too much is none",
    findings=(UNBILLED_USAGE, UNDER_BILLED, OVER_BILLED),
)


def _day(key: str) -> Instant:
    return int(key.rpartition(SEPARATOR)[2])


def _reason(verdict: str, tally: ServiceTally, currency: str) -> str:
    rated, billed = Money(tally.rated, currency), Money(tally.billed, currency)
    if verdict == UNBILLED_USAGE:
        return f"unbilled: {rated} rated, no billed line"
    lines = f"{rated} rated, {billed} billed in {tally.lines} lines"
    if verdict == OVER_BILLED:
        return f"over-billed by {billed - rated}: {lines}; credit the customer"
    return f"recovered: {lines}" if verdict == AGREED else f"under-billed: {lines}; compare the billing tariff"


def _refused(event: BilledLine, reason: str) -> DeadLetter:
    return refused(UnbilledUsage.name, event, reason, f"billed line {event.line_id}")
