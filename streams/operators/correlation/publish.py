"""A problem as it is published: its causes ranked anew, merged where two have become one, with what it costs."""

from collections.abc import Callable, Iterator
from typing import Final

from streams.catalogue import Catalogue
from streams.operators.correlation.cell import Domain
from streams.operators.correlation.cluster import Clusters
from streams.operators.correlation.impact import Impact, impact
from streams.operators.correlation.problem import Judged, Problem, whole_second
from streams.operators.correlation.rank import rank, root_causes
from streams.operators.correlation.reach import Reach
from telassure.kernel.events import RootCause, ServiceProblem
from telassure.kernel.events.alarm import BY_SEVERITY
from telassure.kernel.instant import SECOND, Instant

EMIT_EVERY: Final = 5 * SECOND


class Publisher:
    """Makes `ServiceProblem`s. A problem whose likeliest cause has become another's is absorbed into the older of
    both.
    """

    def __init__(self, catalogue: Catalogue, reach: Reach, clusters: Clusters) -> None:
        self._catalogue = catalogue
        self._reach = reach
        self._clusters = clusters

    def emit(self, domain: str, cell: Domain, problem: Problem, at: Instant) -> Iterator[ServiceProblem]:
        """The problem as it stands, after those it turns out to be one with."""
        if problem.state == "open" and not problem.shut:
            self._rerank(domain, cell, problem)
            twin = self._twin(domain, cell, problem)
            if twin is not None:
                older, newer = sorted((problem, twin), key=lambda p: p.seq)
                yield from self.absorb(domain, cell, older, newer, at)
                if newer is problem:
                    changed(cell, older, at)
                    return
                self._rerank(domain, cell, problem)
        cell.touch(problem)
        problem.emit_at = None
        problem.emitted_at = at
        problem.changed_at = max(problem.changed_at, at)
        yield self._problem(domain, cell, problem)

    def absorb(self, domain: str, cell: Domain, into: Problem, loser: Problem, at: Instant) -> Iterator[ServiceProblem]:
        """Merge; the loser is published a last time if it ever was."""
        cell.merge(into, loser)
        loser.state, loser.cleared_at, loser.changed_at = "absorbed", at, max(loser.changed_at, at)
        if loser.emitted_at is not None:
            yield self._problem(domain, cell, loser, into.problem_id)

    def _rerank(self, domain: str, cell: Domain, problem: Problem) -> None:
        """Rank its causes anew, unless everything that a ranking is made of is as it was at the last."""
        asked: dict[str, int] = {}
        alarmed = cell.spread(domain, self._reach).alarmed

        def reached(name: str) -> int:
            asked[name] = count = alarmed.get(name, 0) - (name in cell.at)
            return count

        if self._stands(cell, problem, reached):
            return
        asked.clear()
        ranked = rank(problem, domain, self._reach, reached)
        well = {c.managed_object: c.managed_object in cell.released for c in ranked if c.lead is None}
        problem.judged = Judged(self._reach.version, problem.joins, asked, well)
        ranked = [c for c in ranked if not well.get(c.managed_object)] or ranked
        best = ranked[0]
        cell.recentre(problem, best.managed_object)
        problem.explained = best.explained
        problem.silent = best.dependants - best.alarmed + (best.lead is None)
        problem.ranked = [(c.managed_object, c.score, c.evidence) for c in root_causes(ranked, len(problem.spots))]

    def _stands(self, cell: Domain, problem: Problem, reached: Callable[[str], int]) -> bool:
        judged = problem.judged
        return (
            judged is not None
            and (judged.version, judged.joins) == (self._reach.version, problem.joins)
            and all(reached(name) == count for name, count in judged.reached.items())
            and all((name in cell.released) == well for name, well in judged.well.items())
        )

    def _twin(self, domain: str, cell: Domain, problem: Problem) -> Problem | None:
        for seq in cell.centres[problem.centre]:
            other = cell.problems[seq]
            if (
                other is not problem
                and other.state == "open"
                and self._clusters.grows(domain, other, problem.last_growth)
            ):
                return other
        return None

    def _struck(self, domain: str, problem: Problem) -> set[str]:
        """The cause and what has alarmed; where most of the cause's dependants have, the silent ones too: their alarms
        are more likely lost than they are well."""
        struck = {problem.centre, *problem.spots}
        if 2 * problem.silent <= problem.explained:
            struck |= self._reach.dependants(domain, problem.centre)
        return struck

    def _told(self, domain: str, problem: Problem) -> tuple[tuple[RootCause, ...], Impact]:
        """Its causes, and what it costs: made anew where it has other members, ranks or surroundings than before."""
        surroundings = (self._reach.version, problem.joins, problem.centre, problem.silent, problem.explained)
        made_of = (*surroundings, *problem.ranked)
        if problem.said is not None and problem.said[0] == made_of:
            return problem.said[1:]
        cost = impact(self._catalogue, self._struck(domain, problem))
        causes = [RootCause(*cause) for cause in problem.ranked]
        if cost.note:
            causes[0] = RootCause(causes[0].managed_object, causes[0].score, f"{causes[0].evidence}; {cost.note}")
        problem.said = made_of, tuple(causes), cost
        return problem.said[1:]

    def _problem(self, domain: str, cell: Domain, problem: Problem, absorbed_by: str = "") -> ServiceProblem:
        causes, cost = self._told(domain, problem)
        return ServiceProblem(
            problem.problem_id,
            domain,
            problem.feed,
            problem.state,
            BY_SEVERITY[problem.severity],
            problem.started,
            problem.changed_at,
            None if problem.state == "open" else problem.cleared_at,
            causes,
            tuple(problem.shown),
            problem.member_count,
            len(problem.active),
            cost.services,
            cost.customers,
            cost.revenue,
            absorbed_by,
            problem.trace,
        )


def changed(cell: Domain, problem: Problem, at: Instant) -> None:
    """Have it emitted, five seconds after the last time at the earliest."""
    cell.touch(problem)
    if problem.emit_at is None:
        earliest = at if problem.emitted_at is None else max(at, problem.emitted_at + EMIT_EVERY)
        problem.emit_at = whole_second(earliest)
    if problem.release_at is not None and not problem.recovered():
        problem.release_at = None
    cell.timers.enter(problem.seq)
