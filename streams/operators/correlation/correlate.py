"""Alarms and KPI episodes of a domain become service problems by topology and time, with ranked root causes."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from models.correlation import is_physical
from streams.catalogue import Catalogue
from streams.operator import KeyedState
from streams.operators.correlation.cell import Domain
from streams.operators.correlation.cluster import Clusters
from streams.operators.correlation.policies import SETTLE
from streams.operators.correlation.problem import Member, Problem, member_of, whole_second
from streams.operators.correlation.publish import Publisher, changed
from streams.operators.correlation.reach import Reach
from streams.operators.correlation.turn import Turns
from streams.refusals import for_good, refused
from telassure.kernel.events import Alarm, DeadLetter, KpiEpisode, ServiceProblem
from telassure.kernel.instant import Duration, Instant

MOST_MEMBERS: Final = 200_000

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
    state_version = 1
    reads: tuple[int, ...] = (1,)
    accepts: tuple[type, ...] = (Alarm, KpiEpisode)
    shortest_timer: Duration | None = 0  # late members settle at once

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        reach = Reach(catalogue)
        self._clusters = Clusters(reach, catalogue)
        self._turns = Turns(self._clusters, Publisher(catalogue, reach, self._clusters), catalogue)

    def key(self, event: MemberEvent) -> str:
        return event.domain

    def fresh(self) -> Domain:
        return Domain()

    def step(
        self, batch: Sequence[MemberEvent], state: KeyedState[Domain], watermark: Instant
    ) -> Iterable[ServiceProblem | DeadLetter]:
        for event in batch:
            yield from self._take(event, state)
        for domain, cell in state.due(watermark):
            cell.wake = None
            yield from self._turns.turn(domain, cell, watermark)
            self._wake(domain, cell, state, cell.next_timer())

    def dump(self, cell: Domain) -> bytes:
        return cell.dump()

    def load(self, blob: bytes, version: int) -> Domain:
        return Domain.load(blob)

    def _take(self, event: MemberEvent, state: KeyedState[Domain]) -> Iterator[DeadLetter]:
        member_id, severity, active, physical = _facts(event)
        cell = state.peek(event.domain)
        known = cell.members.get(member_id) if cell is not None else None
        if known is None and not active:
            return  # it cleared before it was heard of: nothing to explain
        cell = state.of(event.domain)
        cell.clock = max(cell.clock, event.changed_at)
        if known is None:
            if len(cell.members) >= MOST_MEMBERS:
                yield _refused(event)
                return
            deadline = self._deadline(event, cell)
            self._join(cell, member_id, member_of(event, severity, deadline, physical), event)
        elif not active:
            self._leave(cell, known, member_id, event.domain)
        elif known:
            self._reassess(cell.problems[known], member_id, severity, cell)
        else:
            cell.pool[member_id] = cell.pool[member_id]._replace(severity=severity)
        self._advance(event.domain, cell, known, member_id, state)

    def _deadline(self, event: MemberEvent, cell: Domain) -> Instant:
        """Settling counts from the raise, so that the order of arrival is nothing; what is late waits a quarter."""
        settle = SETTLE.of(self._catalogue, event.feed)
        since = event.raised_at if isinstance(event, Alarm) else event.started_at
        return whole_second(max(since + settle, cell.clock + settle // 4))

    def _join(self, cell: Domain, member_id: str, member: Member, event: MemberEvent) -> None:
        problem = self._clusters.home(event.domain, cell, member)
        if problem is None:
            cell.wait(member_id, member, event.trace)
        else:
            cell.join(problem, member_id, member)
            changed(cell, problem, cell.clock)

    def _leave(self, cell: Domain, seq: int, member_id: str, domain: str) -> None:
        if not seq:
            cell.give_up(member_id)
            return
        del cell.members[member_id]
        problem = cell.problems[seq]
        problem.leave(member_id)
        self._turns.left(cell, problem, domain, cell.clock)

    def _reassess(self, problem: Problem, member_id: str, severity: int, cell: Domain) -> None:
        if problem.active[member_id].severity != severity:
            problem.reassess(member_id, severity)
            changed(cell, problem, cell.clock)

    def _advance(
        self, domain: str, cell: Domain, before: int | None, member_id: str, state: KeyedState[Domain]
    ) -> None:
        """Only what this event touched can have set an earlier timer."""
        seq = cell.members.get(member_id, before)
        problem = cell.problems.get(seq) if seq else None
        if problem is not None:
            self._wake(domain, cell, state, problem.next_timer())
        elif member_id in cell.pool:
            self._wake(domain, cell, state, cell.pool[member_id].deadline)

    def _wake(self, domain: str, cell: Domain, state: KeyedState[Domain], at: Instant | None) -> None:
        if at is not None and (cell.wake is None or at < cell.wake):
            cell.wake = at
            state.wake(domain, at)
        elif at is None and cell.wake is None and cell.empty():
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
