"""One turn of a domain at a timer's instant: what clears, releases, settles, merges, and what is then emitted."""

from collections.abc import Iterator
from typing import Final

from streams.catalogue import Catalogue
from streams.operators.correlation.cell import Domain
from streams.operators.correlation.cluster import Clusters, Group
from streams.operators.correlation.policies import CLEAR_HOLD, RELEASE, REOPEN
from streams.operators.correlation.problem import Member, Problem, whole_second
from streams.operators.correlation.publish import Publisher, changed
from telassure.kernel.events import ServiceProblem
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import SECOND, Instant

WELL: Final = 3_600  # how long a cause that recovered is no silent candidate again
MOST_PROBLEMS: Final = 5_000


class Turns:
    """Changes a `Domain` as its timers say; everything it needs to know is in the cell, the catalogue and the
    policies.
    """

    def __init__(self, clusters: Clusters, publisher: Publisher, catalogue: Catalogue) -> None:
        self._clusters = clusters
        self._publisher = publisher
        self._catalogue = catalogue

    def left(self, cell: Domain, problem: Problem, domain: str, at: Instant) -> None:
        """A member has cleared: perhaps it was the last, or the cause's own."""
        changed(cell, problem, at)
        if not problem.active:
            problem.release_at = None
            problem.clear_at = whole_second(at + CLEAR_HOLD.of(self._catalogue, domain))
            problem.cleared_at = at
        elif problem.release_at is None and problem.recovered():
            problem.release_at = whole_second(at + RELEASE.of(self._catalogue, domain))
        cell.timers.enter(problem.seq)

    def turn(self, domain: str, cell: Domain, at: Instant) -> Iterator[ServiceProblem]:
        """Everything that is due at this instant, problems in the order of their making."""
        cell.clock = max(cell.clock, at)
        if cell.released:
            cell.released = {name: until for name, until in cell.released.items() if until > at}
        due = set(cell.timers.take(at))
        for seq in sorted(due):
            problem = cell.problems[seq]
            cell.touch(problem)
            if problem.forget_at is not None and problem.forget_at <= at:
                cell.remove(problem)
            elif problem.clear_at is not None and problem.clear_at <= at:
                self._clear(cell, problem, domain, at)
            elif problem.release_at is not None and problem.release_at <= at:
                self._release(cell, problem, domain, at)
        if cell.settling(at):
            yield from self._settle(domain, cell, at)
        due.update(cell.timers.take(at))
        for seq in sorted(due):
            waiting = cell.problems.get(seq)
            if waiting is not None and waiting.emit_at is not None and waiting.emit_at <= at:
                yield from self._publisher.emit(domain, cell, waiting, at)
        for seq in due:
            cell.timers.enter(seq)

    def _clear(self, cell: Domain, problem: Problem, domain: str, at: Instant) -> None:
        problem.state = "cleared"
        problem.clear_at = None
        problem.emit_at = at
        problem.forget_at = whole_second(at + REOPEN.of(self._catalogue, domain)) + SECOND
        cell.timers.enter(problem.seq)

    def _release(self, cell: Domain, problem: Problem, domain: str, at: Instant) -> None:
        for member_id, member in list(problem.active.items()):
            problem.leave(member_id)
            cell.wait(member_id, member._replace(deadline=at), problem.trace)
        cell.released[problem.centre] = at + WELL * SECOND
        problem.shut, problem.release_at, problem.cleared_at = True, None, at
        self._clear(cell, problem, domain, at)

    def _settle(self, domain: str, cell: Domain, at: Instant) -> Iterator[ServiceProblem]:
        self._rejoin(domain, cell)
        if not cell.settling(at):
            return
        pooled: dict[str, list[str]] = {}
        settled: set[str] = set()
        for member_id, member in cell.pool.items():
            pooled.setdefault(member.managed_object, []).append(member_id)
            if member.deadline <= at:
                settled.add(member.managed_object)
        for group in self._clusters.groups(domain, cell, settled):
            if group.problems or not settled.isdisjoint(group.objects):
                ids = [member_id for name in group.objects for member_id in pooled[name]]
                yield from self._form(domain, cell, group, ids, at)

    def _rejoin(self, domain: str, cell: Domain) -> None:
        for member_id, member in list(cell.pool.items()):
            problem = self._clusters.home(domain, cell, member)
            if problem is not None:
                cell.join(problem, member_id, member)
                changed(cell, problem, cell.clock)

    def _form(self, domain: str, cell: Domain, group: Group, ids: list[str], at: Instant) -> Iterator[ServiceProblem]:
        kept = [cell.problems[seq] for seq in group.problems if seq in cell.problems]
        ids.sort(key=lambda member_id: (cell.pool[member_id].raised_at, member_id))
        if kept:
            problem = kept[0]
        else:
            yield from self._make_room(domain, cell, at)
            problem = _new(cell, domain, group.centre, cell.pool[ids[0]], at)
            problem.trace = _trace(cell, group.centre, ids) if cell.traces else ""
        for member_id in ids:
            cell.join(problem, member_id, cell.pool[member_id])
        for other in kept[1:]:
            yield from self._publisher.absorb(domain, cell, problem, other, at)
        cell.recentre(problem, group.centre)
        changed(cell, problem, at)

    def _make_room(self, domain: str, cell: Domain, at: Instant) -> Iterator[ServiceProblem]:
        """Where a domain has all the problems it may have, the stalest tenth is cleared and forgotten."""
        if len(cell.problems) < MOST_PROBLEMS:
            return
        stale = sorted(cell.problems.values(), key=lambda p: (p.last_growth, p.seq))
        for problem in stale[: MOST_PROBLEMS // 10]:
            if problem.state == "open":
                self._clear(cell, problem, domain, at)
                problem.cleared_at = at
                yield from self._publisher.emit(domain, cell, problem, at)
            cell.remove(problem)


def _trace(cell: Domain, centre: str, ids: list[str]) -> str:
    """That of the cause's first alarm, else of the first alarm that has one."""
    traced = [member_id for member_id in ids if member_id in cell.traces]
    own = [member_id for member_id in traced if cell.pool[member_id].managed_object == centre]
    return cell.traces[(own or traced)[0]] if traced else ""


def _new(cell: Domain, domain: str, centre: str, first: Member, at: Instant) -> Problem:
    """A problem without members yet; its id derives from its cause and its start, once more where that is taken."""
    problem_id = derive_id("correlate", domain, centre, first.raised_at)
    while problem_id in cell.ids:
        problem_id = derive_id("correlate", problem_id)
    cell.seq += 1
    problem = Problem(cell.seq, problem_id, first.feed, centre, first.raised_at, first.raised_at, at)
    cell.add(problem)
    return problem
