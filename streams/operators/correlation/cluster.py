"""Which problem a member belongs to: that of a cause known to explain it, else by the best explanation of all."""

from collections.abc import Iterable, Set
from dataclasses import dataclass

from models.correlation import Hypothesis, best_explanation, explanation_value
from streams.catalogue import Catalogue
from streams.operators.correlation.domain import Domain
from streams.operators.correlation.member import Member
from streams.operators.correlation.policies import CAP, WINDOW
from streams.operators.correlation.problem import Problem
from streams.operators.correlation.rank import HOPELESS
from streams.operators.correlation.reach import Reach
from telassure.kernel.instant import Duration, Instant


@dataclass(frozen=True, slots=True)
class Group:
    """Pooled objects and existing problems (by `seq`, ascending) that one cause explains."""

    centre: str
    objects: tuple[str, ...]
    problems: tuple[int, ...]


class Clusters:
    """What explains a member, and the pool of a domain: asks, and changes nothing.

    Star clustering over dependencies, then over neighbours; an object belongs to a cause, never to a chain.

    A problem takes members raised within `window_seconds` of its start or its last growth and at most `cap_seconds`
    after its start (policy area "correlation", by domain).
    """

    def __init__(self, reach: Reach, catalogue: Catalogue) -> None:
        self._reach = reach
        self._catalogue = catalogue

    def home(self, domain: str, cell: Domain, member: Member) -> Problem | None:
        """The open problem that already explains a member: its own object's (an episode's however late, as long as the
        object is alarmed in it), then its nearest failed support's, then that of an alarmed neighbour. Among several of
        one rank the newest."""
        name, at, centres = member.managed_object, member.raised_at, cell.places.centres
        if name not in cell.places.at and centres.keys().isdisjoint(self._reach.around(name)):
            return None
        limits = self._limits(domain)
        for seq in reversed(cell.places.at.get(name, ())):
            if _grows(cell.problems[seq], at, *limits) or _same_trouble(cell.problems[seq], member):
                return cell.problems[seq]
        for support in self._reach.supports(name):
            for seq in reversed(centres.get(support, ())):
                problem = cell.problems[seq]
                if _grows(problem, at, *limits) and _worth_joining(problem):
                    return problem
        for neighbour in self._reach.adjacent(name):
            for seq in reversed(centres.get(neighbour, ())):
                problem = cell.problems[seq]
                if neighbour in problem.spots and _grows(problem, at, *limits):
                    return problem
        return None

    def grows(self, domain: str, problem: Problem, at: Instant) -> bool:
        """Whether a member raised at this instant may still join."""
        return _grows(problem, at, *self._limits(domain))

    def groups(self, domain: str, cell: Domain, settled: Set[str]) -> list[Group]:
        """How the pool is best explained, together with the problems whose centres a candidate supports; lone objects
        only where they have `settled`.

        Only candidates that support something pooled are looked at, and only problems under such a candidate.
        """
        firsts = _firsts(cell)
        objects = sorted(firsts)
        found = self._candidates(domain, cell, objects, (min(firsts.values()), max(firsts.values())))
        seqs = sorted({seq for _, _, problems, _ in found for seq in problems})
        units = {seq: number for number, seq in enumerate(seqs, len(objects))}
        hypotheses = [Hypothesis((*names, *(units[seq] for seq in problems)), v) for _, names, problems, v in found]
        present = [0.0] * len(objects) + [_worth(cell.problems[seq]) for seq in seqs]
        owner = best_explanation(present, hypotheses)
        taken: dict[int, list[int]] = {}
        for unit, chosen_by in enumerate(owner):
            if chosen_by >= 0:
                taken.setdefault(chosen_by, []).append(unit)
        stars = []
        for chosen, members in sorted(taken.items()):
            names = tuple(objects[unit] for unit in members if unit < len(objects))
            problems = tuple(seqs[unit - len(objects)] for unit in members if unit >= len(objects))
            if names and len(members) > 1:
                stars.append(Group(found[chosen][0], names, problems))
        placed = {name for star in stars for name in star.objects}
        rest = {n: at for n, at in firsts.items() if n not in placed} if placed else firsts
        return stars + self._neighbourhoods(domain, rest, settled)

    def _candidates(
        self, domain: str, cell: Domain, objects: list[str], span: tuple[Instant, Instant]
    ) -> list[tuple[str, list[int], list[int], float]]:
        """(cause, places in `objects`, problems, value) of every cause worth something, by name."""
        explains: dict[str, list[int]] = {}
        for unit, name in enumerate(objects):
            for support in self._reach.supports(name):
                explains.setdefault(support, []).append(unit)
        spread = cell.places.spread(domain, self._reach)
        found = []
        likely = [c for c, units in explains.items() if len(units) > 1 or c in spread.under]
        for centre in sorted(likely):
            if centre in cell.released:
                continue
            units, under = explains[centre], spread.under.get(centre)
            pooled = {objects[unit] for unit in units}
            silent = self._silent(domain, cell, centre, pooled)
            if silent is None:
                continue
            problems = self._growing(domain, cell, under or (), span)
            if len(units) + len(problems) > 1:
                value = self._value(domain, cell, (centre, silent), pooled, problems)
                if value is not None and value > 0:
                    found.append((centre, units, problems, value))
        return found

    def _growing(self, domain: str, cell: Domain, centres: Iterable[str], span: tuple[Instant, Instant]) -> list[int]:
        """The problems of these centres that may take the first or the last of the pool, by `seq`."""
        first, last = span
        limits = self._limits(domain)
        found = []
        for centre in centres:
            for seq in cell.places.centres[centre]:
                problem = cell.problems[seq]
                if _grows(problem, first, *limits) or _grows(problem, last, *limits):
                    found.append(seq)
        found.sort()
        return found

    def _silent(self, domain: str, cell: Domain, centre: str, pooled: set[str]) -> int | None:
        """How many of its dependants are not alarmed; None where it cannot win even with all that are."""
        dependants = self._reach.dependants(domain, centre)
        elsewhere = cell.places.spread(domain, self._reach).alarmed.get(centre, 0)
        fresh = sum(1 for name in pooled if name not in cell.places.at and name in dependants)
        silent = len(dependants) - elsewhere - fresh
        most = len(pooled) + elsewhere
        own = centre in pooled or centre in cell.places.at
        if not own and len(dependants) > HOPELESS * most:
            return None
        return silent if explanation_value(most, silent, own) > 0 else None

    def _value(
        self, domain: str, cell: Domain, cause: tuple[str, int], pooled: set[str], problems: list[int]
    ) -> float | None:
        """What this cause would be worth for all its units; None where so much of it is silent that it cannot win."""
        centre, silent = cause
        dependants = self._reach.dependants(domain, centre)
        names, strangers = pooled, 0
        for seq in problems:
            problem = cell.problems[seq]
            below = dependants & problem.spots.keys()
            names = names | below
            strangers += len(problem.spots) - len(below) if problem.centre != centre else 0
        own = centre in pooled or centre in cell.places.at
        if not own and len(dependants) > HOPELESS * len(names):
            return None
        return explanation_value(len(names), silent, own) - strangers

    def _limits(self, domain: str) -> tuple[Duration, Duration]:
        return WINDOW.of(self._catalogue, domain), CAP.of(self._catalogue, domain)

    def _neighbourhoods(self, domain: str, firsts: dict[str, Instant], settled: Set[str]) -> list[Group]:
        """What no common support explains: stars of neighbours in time, the best connected and earliest as centre."""
        window = self._limits(domain)[0]
        near = {}
        for name in firsts:
            neighbours = self._reach.neighbours(name)
            if neighbours and (found := [m for m in neighbours if m in firsts]):
                near[name] = found
        groups: list[Group] = []
        placed: set[str] = set()
        for centre in sorted(near, key=lambda n: (-len(near[n]), firsts[n], n)):
            if centre not in placed:
                arms = [m for m in near[centre] if m not in placed and abs(firsts[m] - firsts[centre]) <= window]
                groups.append(Group(centre, tuple(sorted([centre, *arms])), ()))
                placed.update(groups[-1].objects)
        lone = [name for name in settled if name in firsts and name not in near and name not in placed]
        lone.sort(key=lambda n: (firsts[n], n))
        return groups + [Group(name, (name,), ()) for name in lone]


def _firsts(cell: Domain) -> dict[str, Instant]:
    firsts: dict[str, Instant] = {}
    for member in cell.pool.values():
        known = firsts.get(member.managed_object)
        if known is None or member.raised_at < known:
            firsts[member.managed_object] = member.raised_at
    return firsts


def _grows(problem: Problem, at: Instant, window: Duration, cap: Duration) -> bool:
    return (
        not problem.shut
        and problem.started - window <= at <= problem.last_growth + window
        and at <= problem.started + cap
    )


def _same_trouble(problem: Problem, member: Member) -> bool:
    """Whether a member is one more KPI episode of an object that is alarmed in an open problem: an object's episodes
    open one after the other, and are one trouble."""
    return member.episode and not problem.shut and problem.spots[member.managed_object].active > 0


def _own(problem: Problem) -> bool:
    return problem.centre in problem.spots


def _worth(problem: Problem) -> float:
    """What the problem's present centre is worth as its explanation; 0 where it explains only itself."""
    if problem.explained < 2:
        return 0.0
    return max(0.0, explanation_value(problem.explained, problem.silent, _own(problem)))


def _worth_joining(problem: Problem) -> bool:
    return explanation_value(problem.explained + 1, problem.silent - 1, _own(problem)) > 0
