"""A problem as it is published: its causes ranked anew, what it costs, and the other problem it may be one with."""

from collections.abc import Callable

from models.correlation import CALIBRATION, CauseCalibration
from streams.catalogue import Catalogue
from streams.operators.correlation.approved import ApprovedRules
from streams.operators.correlation.cluster import Clusters
from streams.operators.correlation.domain import Domain
from streams.operators.correlation.impact import impact
from streams.operators.correlation.judgement import CausesAndCost, Grounds, Ranking
from streams.operators.correlation.member import Role
from streams.operators.correlation.problem import Problem
from streams.operators.correlation.rank import Candidate, rank, root_causes
from streams.operators.correlation.reach import Reach
from telassure.kernel.events import RootCause, ServiceProblem
from telassure.kernel.events.alarm import BY_SEVERITY


class Reports:
    """Questions about one problem of a domain. They change nothing: what an answer means for the cell, the `Domain` is
    told."""

    def __init__(
        self, catalogue: Catalogue, reach: Reach, clusters: Clusters, calibration: CauseCalibration = CALIBRATION
    ) -> None:
        self._catalogue = catalogue
        self._reach = reach
        self._clusters = clusters
        self._rules = ApprovedRules(catalogue)
        self._calibration = calibration

    def ranking(self, domain: str, cell: Domain, problem: Problem) -> Ranking | None:
        """Its causes judged anew; None where everything that a ranking is made of is as it was at the last."""
        asked: dict[str, int] = {}
        alarmed, at = cell.places.spread(domain, self._reach).alarmed, cell.places.at

        def reached(name: str) -> int:
            asked[name] = count = alarmed.get(name, 0) - (name in at)
            return count

        if self._stands(cell, problem, reached):
            return None
        asked.clear()
        ranked = self._rules.weighed(problem, rank(problem, domain, self._reach, reached))
        well = {c.managed_object: c.managed_object in cell.released for c in ranked if c.lead is None}
        ranked = [c for c in ranked if not well.get(c.managed_object)] or ranked
        best = ranked[0]
        return Ranking(
            best.managed_object,
            best.explained,
            best.dependants - best.alarmed + (best.lead is None),
            [(c.managed_object, c.score, c.evidence) for c in self._named(problem, ranked)],
            Grounds(self._reach.version, problem.joins, asked, well),
        )

    def _named(self, problem: Problem, ranked: list[Candidate]) -> tuple[RootCause, ...]:
        return root_causes(ranked, len(problem.spots), self._calibration)

    def twin(self, domain: str, cell: Domain, problem: Problem) -> Problem | None:
        """Another problem with the same likeliest cause, which may still grow; what is of an element alone stays so."""
        for seq in cell.places.centres[problem.centre]:
            other = cell.problems[seq]
            if (
                other is not problem
                and (other.role == Role.APART) == (problem.role == Role.APART)
                and self._clusters.grows(domain, other, problem.last_growth)
            ):
                return other
        return None

    def statement(self, domain: str, problem: Problem) -> CausesAndCost:
        """Its causes, and what it costs: made anew where it has other members, ranks or surroundings than before."""
        surroundings = (self._reach.version, problem.joins, problem.centre, problem.silent, problem.explained)
        made_of = (*surroundings, *problem.ranked)
        if problem.said is not None and problem.said.made_of == made_of:
            return problem.said
        cost = impact(self._catalogue, self._struck(domain, problem))
        causes = [RootCause(*cause) for cause in problem.ranked]
        if cost.note:
            causes[0] = RootCause(causes[0].managed_object, causes[0].score, f"{causes[0].evidence}; {cost.note}")
        return CausesAndCost(made_of, tuple(causes), cost)

    def _stands(self, cell: Domain, problem: Problem, reached: Callable[[str], int]) -> bool:
        grounds = problem.grounds
        return (
            grounds is not None
            and (grounds.version, grounds.joins) == (self._reach.version, problem.joins)
            and all(reached(name) == count for name, count in grounds.reached.items())
            and all((name in cell.released) == well for name, well in grounds.well.items())
        )

    def _struck(self, domain: str, problem: Problem) -> set[str]:
        """The cause and what has alarmed; where most of the cause's dependants have, the silent ones too: their alarms
        are more likely lost than they are well."""
        struck = {problem.centre, *problem.spots}
        if 2 * problem.silent <= problem.explained:
            struck |= self._reach.dependants(domain, problem.centre)
        return struck


def report(domain: str, problem: Problem, said: CausesAndCost, absorbed_by: str = "") -> ServiceProblem:
    """The record of a problem as it stands."""
    return ServiceProblem(
        problem.problem_id,
        domain,
        problem.feed,
        problem.state,
        BY_SEVERITY[problem.severity],
        problem.started,
        problem.changed_at,
        None if problem.state == "open" else problem.cleared_at,
        said.causes,
        tuple(problem.shown),
        problem.member_count,
        len(problem.active),
        said.cost.services,
        said.cost.customers,
        said.cost.revenue,
        absorbed_by,
        problem.trace,
    )
