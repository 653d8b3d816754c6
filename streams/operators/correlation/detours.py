"""Traffic that moved: a load alarm on a way round a failed link belongs to the failure that sent the traffic there."""

from typing import Final

from streams.operators.correlation.domain import Domain
from streams.operators.correlation.member import Member
from streams.operators.correlation.problem import Problem
from streams.operators.correlation.reach import Reach
from telassure.kernel.instant import MINUTE, Duration

AFTER: Final[Duration] = 10 * MINUTE
BEFORE: Final[Duration] = MINUTE
SHIFTED: Final[Duration] = 7 * MINUTE
LONGEST: Final = 8
MOST_LINKS: Final = 12


class Detours:
    """Which open problem sent its traffic over a link: the newest, grown at most ten minutes before, one of whose
    failed links has a shortest way round (over what has not failed) through this one; or else, within seven minutes of
    its start, the only one in which links failed."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def of(self, domain: str, cell: Domain, member: Member) -> Problem | None:
        """The problem, or None where none can have moved this load."""
        at = member.raised_at
        recent = []
        for problem in reversed(cell.problems.values()):
            if problem.shut or problem.says or not problem.started - BEFORE <= at <= problem.last_growth + AFTER:
                continue
            failed = self._failed(domain, problem) - {member.managed_object}
            if failed and at <= problem.started + SHIFTED:
                recent.append(problem)
            if failed and any(
                member.managed_object in self._round(link, failed) for link in sorted(failed)[:MOST_LINKS]
            ):
                return problem
        return recent[0] if len(recent) == 1 else None

    def _failed(self, domain: str, problem: Problem) -> set[str]:
        """The links that the problem has taken, by their alarms or because its cause supports them."""
        below = self._reach.dependants(domain, problem.centre)
        spoken = problem.struck()
        names = {*spoken, *((problem.centre, *below) if len(spoken) > 1 else ())}
        return {name for name in names if self._reach.ends(name)}

    def _round(self, link: str, failed: set[str]) -> set[str]:
        """The links of every shortest way between the ends of one that failed."""
        start, goal = self._reach.ends(link)
        links, distance, edge = self._reach.links(), {start: 0}, [start]
        ways: dict[str, list[tuple[str, str]]] = {}
        while edge and goal not in distance and distance[edge[0]] < LONGEST:
            wider = []
            for here in edge:
                for name, there in links.get(here, ()):
                    if name in failed:
                        continue
                    if there not in distance:
                        distance[there] = distance[here] + 1
                        wider.append(there)
                    if distance[there] == distance[here] + 1:
                        ways.setdefault(there, []).append((name, here))
            edge = wider
        found: set[str] = set()
        back = [goal]
        while back:
            for name, here in ways.get(back.pop(), ()):
                found.add(name)
                back.append(here)
        return found
