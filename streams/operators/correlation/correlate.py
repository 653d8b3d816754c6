"""Alarms and KPI episodes of a domain become service problems by topology and time, with ranked root causes."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from models.correlation import CALIBRATION, CauseCalibration, is_physical
from streams.catalogue import Catalogue
from streams.operator import KeyedState
from streams.operators.correlation.agenda import whole_second
from streams.operators.correlation.cluster import Clusters
from streams.operators.correlation.domain import Domain
from streams.operators.correlation.domain_bytes import load_domain, pack_domain
from streams.operators.correlation.member import member_of
from streams.operators.correlation.policies import SETTLE
from streams.operators.correlation.reach import Reach
from streams.operators.correlation.reports import Reports
from streams.operators.correlation.turn import Turns
from streams.refusals import for_good, refused
from telassure.kernel.events import Alarm, DeadLetter, KpiEpisode, ServiceProblem
from telassure.kernel.feeds import RECORDED
from telassure.kernel.instant import DAY, SECOND, Duration, Instant

MOST_MEMBERS: Final = 200_000
AHEAD: Final = 60 * SECOND
FOREVER: Final[Instant] = 1 << 62

MemberEvent: TypeAlias = Alarm | KpiEpisode
_physical = lru_cache(maxsize=4_096)(is_physical)


class Correlate:
    """One cell per domain. What an open problem's cause explains joins it at once; the rest waits `settle_seconds`
    (policy area "correlation", by feed) in a pool and is then explained by as few causes as are likely
    (`models.correlation`).

    A problem is first emitted when it has settled and then at most every five seconds of event time. A member that
    clears before it settles makes no problem. A problem clears when all its members have been cleared for
    `clear_hold_seconds`, and opens again when its cause explains a new member within `reopen_seconds`. A cause that
    recovers while alarms it explained go on for `release_seconds` releases them to be explained anew. Beyond 200,000
    active members or 5,000 problems a domain refuses members (dead letter) and clears its stalest problem.
    """

    name = "correlate"
    state_version = 2
    reads: tuple[int, ...] = (1, 2)
    accepts: tuple[type, ...] = (Alarm, KpiEpisode)
    shortest_timer: Duration | None = 0  # late members settle at once

    def __init__(self, catalogue: Catalogue, calibration: CauseCalibration = CALIBRATION) -> None:
        self._catalogue = catalogue
        reach = Reach(catalogue)
        self._clusters = Clusters(reach, catalogue)
        self._turns = Turns(self._clusters, Reports(catalogue, reach, self._clusters, calibration), catalogue)

    def key(self, event: MemberEvent) -> str:
        return event.domain

    def fresh(self) -> Domain:
        return Domain()

    def step(
        self, batch: Sequence[MemberEvent], state: KeyedState[Domain], watermark: Instant
    ) -> Iterable[ServiceProblem | DeadLetter]:
        for event in batch:
            letter = self._take(event, state, watermark)
            if letter is not None:
                yield letter
        for domain, cell in state.due(watermark):
            cell.woken()
            yield from self._turns.turn(domain, cell, watermark)
            self._wake(domain, cell, state, cell.next_timer())

    def dump(self, cell: Domain) -> bytes:
        return pack_domain(cell)

    def load(self, blob: bytes, version: int) -> Domain:
        return load_domain(blob, version)

    def _take(self, event: MemberEvent, state: KeyedState[Domain], tick: Instant) -> DeadLetter | None:
        """What the domain makes of one event; the letter that refuses it, if it does."""
        member_id, severity, active, physical = _facts(event)
        domain = event.domain
        cell = state.peek(domain)
        known = cell.members.get(member_id) if cell is not None else None
        if known is None and not active:
            return None  # it cleared before it was heard of: nothing to explain
        cell, arrived = state.of(domain), 0 if event.feed.startswith(RECORDED) else tick
        latest = arrived + AHEAD if arrived else FOREVER  # no element's clock, now or before, moves this one further
        if arrived and cell.clock > arrived + DAY:
            cell.set_back(arrived)  # no working clock is so far ahead: a wrong time was taken once
        cell.hear(min(event.changed_at, latest))
        at = min(cell.clock, latest)
        if known is None:
            if len(cell.members) >= MOST_MEMBERS:
                return _refused(event)
            role = self._clusters.role(event)
            member = member_of(event, severity, self._deadline(event, at, arrived), physical, role)
            problem = self._clusters.home(domain, cell, member)
            if problem is None:
                cell.wait(member_id, member, event.trace)
            else:
                cell.join(problem, member_id, member, at)
        elif not active:
            cell.leave(member_id, self._turns.holds(domain), at)
        else:
            cell.reassess(member_id, severity, at)
        self._wake(domain, cell, state, cell.next_timer_of(member_id, known))
        return None

    def _deadline(self, event: MemberEvent, at: Instant, arrived: Instant) -> Instant:
        """Settling counts from the raise, so that the order of arrival is nothing; what is late waits a quarter longer,
        or if it is live a quarter from its arrival. An element whose clock is ahead makes nobody wait beyond that."""
        settle = SETTLE.of(self._catalogue, event.feed)
        since = event.raised_at if isinstance(event, Alarm) else event.started_at
        late = max(min(at, since + settle), arrived)
        return whole_second(max(since + settle, late + settle // 4))

    def _wake(self, domain: str, cell: Domain, state: KeyedState[Domain], at: Instant | None) -> None:
        """Only what an event has touched can have set an earlier timer."""
        if cell.wake_by(at):
            state.wake(domain, at)
        elif at is None and cell.idle():
            state.forget(domain)


def _facts(event: MemberEvent) -> tuple[str, int, bool, bool]:
    """Member id, severity, whether it is active, whether it names a physical fault."""
    if isinstance(event, Alarm):
        severity = int(event.perceived_severity)
        return event.alarm_id, severity, event.state == "active", _physical(event.probable_cause)
    return event.episode_id, max(0, min(5, event.severity)), event.state == "open", False


def _refused(event: MemberEvent) -> DeadLetter:
    reason = f"domain {event.domain!r} has {MOST_MEMBERS} active members; split it or clear what is stale"
    return for_good(refused(Correlate.name, event, reason, event.managed_object))
