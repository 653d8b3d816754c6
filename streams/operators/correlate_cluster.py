"""Which problem a member belongs to: that of a cause known to explain it, else by the best explanation of all."""

from dataclasses import dataclass
from typing import Final

from models.correlation import Hypothesis, best_explanation, explanation_value
from streams.operators.alarm_list_rules import Rules
from streams.operators.correlate_cell import Domain, Member, Problem
from streams.operators.correlate_rank import HOPELESS
from streams.operators.correlate_reach import Reach
from telassure.instant import Instant

WINDOW: Final = 300
CAP: Final = 3_600


@dataclass(frozen=True, slots=True)
class Group:
    """Pooled objects and existing problems (by `seq`, ascending) that one cause explains."""

    centre: str
    objects: tuple[str, ...]
    problems: tuple[int, ...]


class Clusters:
    """Star clustering over dependencies, then over neighbours; an object belongs to a cause, never to a chain.

    A problem takes members raised within `window_seconds` of its start or its last growth and at most `cap_seconds`
    after its start (policy area "correlation", by domain).
    """

    def __init__(self, reach: Reach, rules: Rules) -> None:
        self._reach = reach
        self._rules = rules

    def home(self, domain: str, cell: Domain, member: Member) -> Problem | None:
        """The open problem that already explains a member: its own object's, then its nearest failed support's, then
        that of an alarmed neighbour. Among several of one rank the newest."""
        name, at = member.managed_object, member.raised_at
        for seq in reversed(cell.at.get(name, ())):
            if self.grows(domain, cell.problems[seq], at):
                return cell.problems[seq]
        centres = cell.centres
        for support in self._reach.supports(name):
            for seq in reversed(centres.get(support, ())):
                problem = cell.problems[seq]
                if self.grows(domain, problem, at) and _worth_joining(problem):
                    return problem
        for neighbour in self._reach.adjacent(name):
            for seq in reversed(centres.get(neighbour, ())):
                problem = cell.problems[seq]
                if neighbour in problem.spots and self.grows(domain, problem, at):
                    return problem
        return None

    def grows(self, domain: str, problem: Problem, at: Instant) -> bool:
        """Whether a member raised at this instant may still join."""
        window = self._rules.seconds("window_seconds", WINDOW, domain)
        cap = self._rules.seconds("cap_seconds", CAP, domain)
        return (
            not problem.shut
            and problem.started - window <= at <= problem.last_growth + window
            and at <= problem.started + cap
        )

    def groups(self, domain: str, cell: Domain) -> list[Group]:
        """How the pool is best explained, together with the problems whose centres a candidate supports."""
        firsts = _firsts(cell)
        span = (min(firsts.values()), max(firsts.values()))
        growing = [p for p in cell.problems.values() if any(self.grows(domain, p, at) for at in span)]
        explains = self._candidates(cell, sorted(firsts), growing)
        units: list[str | Problem] = [*sorted(firsts), *growing]
        hypotheses, centres = [], []
        for centre, chosen in sorted(explains.items()):
            value = self._value(domain, cell, centre, [units[u] for u in chosen])
            if value is not None and value > 0:
                centres.append(centre)
                hypotheses.append(Hypothesis(tuple(chosen), value))
        present = [0.0 if isinstance(unit, str) else _standing(unit) for unit in units]
        owner = best_explanation(present, hypotheses)
        taken: dict[int, list[str | Problem]] = {}
        for unit, chosen_by in zip(units, owner, strict=True):
            if chosen_by >= 0:
                taken.setdefault(chosen_by, []).append(unit)
        stars = [_group(centres[h], members) for h, members in sorted(taken.items())]
        stars = [star for star in stars if star.objects and len(star.objects) + len(star.problems) > 1]
        placed = {name for star in stars for name in star.objects}
        return stars + self._neighbourhoods(domain, {n: at for n, at in firsts.items() if n not in placed})

    def _candidates(self, cell: Domain, objects: list[str], growing: list[Problem]) -> dict[str, list[int]]:
        explains: dict[str, list[int]] = {}
        for unit, name in enumerate(objects):
            for support in self._reach.supports(name):
                explains.setdefault(support, []).append(unit)
        for unit, problem in enumerate(growing, len(objects)):
            for support in self._reach.supports(problem.centre):
                if support in explains:
                    explains[support].append(unit)
        return {c: units for c, units in explains.items() if len(units) > 1 and c not in cell.released}

    def _value(self, domain: str, cell: Domain, centre: str, units: list[str | Problem]) -> float | None:
        """What this cause would be worth for all its units; None where so much of it is silent that it cannot win."""
        dependants = self._reach.dependants(domain, centre)
        names = {unit for unit in units if isinstance(unit, str)}
        strangers = 0
        for unit in units:
            if not isinstance(unit, str):
                below = dependants & unit.spots.keys()
                names |= below
                strangers += len(unit.spots) - len(below) if unit.centre != centre else 0
        own = centre in names or centre in cell.at
        if not own and len(dependants) > HOPELESS * len(names):
            return None
        alarmed = sum(1 for name in dependants if name in cell.at or name in names)
        return explanation_value(len(names), len(dependants) - alarmed, own) - strangers

    def _neighbourhoods(self, domain: str, firsts: dict[str, Instant]) -> list[Group]:
        """What no common support explains: stars of neighbours in time, the best connected and earliest as centre."""
        window = self._rules.seconds("window_seconds", WINDOW, domain)
        near = {n: [m for m in set(self._reach.adjacent(n)) if m in firsts] for n in firsts}
        groups: list[Group] = []
        placed: set[str] = set()
        for centre in sorted(firsts, key=lambda n: (-len(near[n]), firsts[n], n)):
            if centre not in placed:
                arms = [m for m in near[centre] if m not in placed and abs(firsts[m] - firsts[centre]) <= window]
                groups.append(Group(centre, tuple(sorted([centre, *arms])), ()))
                placed.update(groups[-1].objects)
        return groups


def _firsts(cell: Domain) -> dict[str, Instant]:
    firsts: dict[str, Instant] = {}
    for member in cell.pool.values():
        known = firsts.get(member.managed_object, member.raised_at)
        firsts[member.managed_object] = min(known, member.raised_at)
    return firsts


def _group(centre: str, members: list[str | Problem]) -> Group:
    objects = tuple(m for m in members if isinstance(m, str))
    return Group(centre, objects, tuple(m.seq for m in members if not isinstance(m, str)))


def _own(problem: Problem) -> bool:
    return problem.centre in problem.spots


def _standing(problem: Problem) -> float:
    """What the problem's present centre is worth as its explanation; 0 where it explains only itself."""
    if problem.explained < 2:
        return 0.0
    return max(0.0, explanation_value(problem.explained, problem.silent, _own(problem)))


def _worth_joining(problem: Problem) -> bool:
    return explanation_value(problem.explained + 1, problem.silent - 1, _own(problem)) > 0
