"""One turn of a domain at a timer's instant: what clears, releases, settles, merges, and what is then emitted."""

from collections.abc import Iterator
from typing import Final

from streams.catalogue import Catalogue
from streams.operators.correlation.cluster import Clusters, Group
from streams.operators.correlation.domain import Domain
from streams.operators.correlation.member import Role
from streams.operators.correlation.policies import CLEAR_HOLD, RELEASE, REOPEN
from streams.operators.correlation.problem import Holds, Problem
from streams.operators.correlation.reports import Reports, report
from telassure.kernel.events import ServiceProblem
from telassure.kernel.instant import Instant

MOST_PROBLEMS: Final = 5_000


class Turns:
    """Asks what explains the pool and how problems are judged, tells the `Domain`, which changes itself, and emits."""

    def __init__(self, clusters: Clusters, reports: Reports, catalogue: Catalogue) -> None:
        self._clusters = clusters
        self._reports = reports
        self._catalogue = catalogue

    def holds(self, domain: str) -> Holds:
        """How long problems of this domain wait, as the policies say now."""
        policies = self._catalogue
        return Holds(CLEAR_HOLD.of(policies, domain), RELEASE.of(policies, domain), REOPEN.of(policies, domain))

    def turn(self, domain: str, cell: Domain, at: Instant) -> Iterator[ServiceProblem]:
        """Everything that is due at this instant, problems in the order of their making."""
        due = cell.lapse(at, self.holds(domain))
        if cell.settling(at):
            yield from self._settle(domain, cell, at)
        for problem in cell.telling(at, due):
            yield from self._emit(domain, cell, problem, at)

    def _settle(self, domain: str, cell: Domain, at: Instant) -> Iterator[ServiceProblem]:
        self._rejoin(domain, cell)
        for member_id, member in list(cell.pool.items()):
            if member.part != Role.PLAIN and member.deadline <= at:
                yield from self._stand_apart(domain, cell, member_id, at)
        if not cell.settling(at):
            return
        pooled: dict[str, list[str]] = {}
        settled: set[str] = set()
        for member_id, member in cell.pool.items():
            if member.part != Role.PLAIN:
                continue
            pooled.setdefault(member.managed_object, []).append(member_id)
            if member.deadline <= at:
                settled.add(member.managed_object)
        for group in self._clusters.groups(domain, cell, settled):
            if group.problems or not settled.isdisjoint(group.objects):
                ids = [member_id for name in group.objects for member_id in pooled[name]]
                yield from self._form(domain, cell, group, ids, at)

    def _stand_apart(self, domain: str, cell: Domain, member_id: str, at: Instant) -> Iterator[ServiceProblem]:
        """What no dependency explains joins what it belongs to by then, or begins a problem of its own."""
        member = cell.pool[member_id]
        home = self._clusters.home(domain, cell, member)
        if home is not None:
            cell.join(home, member_id, member, cell.clock)
            return
        name = member.managed_object
        yield from self._form(domain, cell, Group(name, (name,), ()), [member_id], at)

    def _rejoin(self, domain: str, cell: Domain) -> None:
        for member_id, member in list(cell.pool.items()):
            problem = self._clusters.home(domain, cell, member)
            if problem is not None:
                cell.join(problem, member_id, member, cell.clock)

    def _form(self, domain: str, cell: Domain, group: Group, ids: list[str], at: Instant) -> Iterator[ServiceProblem]:
        kept = [cell.problems[seq] for seq in group.problems if seq in cell.problems]
        ids.sort(key=lambda member_id: (cell.pool[member_id].raised_at, member_id))
        if not kept:
            yield from self._make_room(domain, cell, at)
        reopen = self.holds(domain).reopen
        problem = kept[0] if kept else cell.begin(domain, group.centre, ids, at, reopen)
        cell.gather(problem, ids)
        for other in kept[1:]:
            yield from self._absorb(domain, cell, problem, other, at)
        cell.explain(problem, group.centre, at)

    def _make_room(self, domain: str, cell: Domain, at: Instant) -> Iterator[ServiceProblem]:
        """Where a domain has all the problems it may have, the stalest tenth is cleared and forgotten."""
        if len(cell.problems) < MOST_PROBLEMS:
            return
        stale = sorted(cell.problems.values(), key=lambda p: (p.last_growth, p.seq))
        for problem in stale[: MOST_PROBLEMS // 10]:
            if problem.state == "open":
                cell.cut_short(problem, self.holds(domain), at)
                yield from self._emit(domain, cell, problem, at)
            cell.forget(problem)

    def _emit(self, domain: str, cell: Domain, problem: Problem, at: Instant) -> Iterator[ServiceProblem]:
        """The problem as it stands, after those it turns out to be one with: where its likeliest cause has become
        another's, the younger is absorbed into the older of both."""
        if problem.state == "open" and not problem.shut:
            self._judge(domain, cell, problem)
            while (twin := self._one_with(domain, cell, problem)) is not None:
                older, newer = sorted((problem, twin), key=lambda p: p.seq)
                yield from self._absorb(domain, cell, older, newer, at)
                if newer is problem:
                    cell.schedule(older, at)
                    return
                self._judge(domain, cell, problem)
        said = self._reports.statement(domain, problem)
        cell.emitted(problem, said, at)
        yield report(domain, problem, said)

    def _one_with(self, domain: str, cell: Domain, problem: Problem) -> Problem | None:
        """Another problem that turns out to be this one: by its cause, or by what else ties them."""
        return self._reports.twin(domain, cell, problem) or self._clusters.kin(domain, cell, problem)

    def _judge(self, domain: str, cell: Domain, problem: Problem) -> None:
        ranking = self._reports.ranking(domain, cell, problem)
        if ranking is not None:
            cell.rank(problem, ranking)

    def _absorb(
        self, domain: str, cell: Domain, into: Problem, loser: Problem, at: Instant
    ) -> Iterator[ServiceProblem]:
        """Merge; the loser is published a last time if it ever was."""
        cell.absorb(into, loser, at)
        if loser.emitted_at is not None:
            yield report(domain, loser, self._reports.statement(domain, loser), into.problem_id)
