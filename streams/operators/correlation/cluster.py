"""Which problem a member belongs to: that of a cause known to explain it, else by the best explanation of all."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Final

from models.correlation import (
    AlarmPart,
    Hypothesis,
    best_explanation,
    branch_cost,
    explanation_value,
    is_load,
    is_supply,
    part_of,
)
from streams.catalogue import Catalogue
from streams.operators.correlation.detours import Detours
from streams.operators.correlation.domain import Domain
from streams.operators.correlation.kinds import Kinds
from streams.operators.correlation.member import Member, Role
from streams.operators.correlation.paths import Paths
from streams.operators.correlation.policies import CAP, WINDOW
from streams.operators.correlation.problem import Problem
from streams.operators.correlation.reach import Reach
from telassure.kernel.events import Alarm, KpiEpisode
from telassure.kernel.instant import MINUTE, Duration, Instant

KNOWN: Final = 3
EARLY: Final[Duration] = MINUTE
STORMY: Final = 2


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
        self._kinds = Kinds(reach)
        self._detours = Detours(reach)

    def home(self, domain: str, cell: Domain, member: Member) -> Problem | None:
        """The open problem that already explains a member: its own object's (an episode's however late, as long as the
        object is alarmed in it), then its nearest failed support's, then that of an alarmed neighbour. Among several of
        one rank the newest."""
        match member.part:
            case Role.APART:
                return self._own(domain, cell, member, Role.APART)
            case Role.SYMPTOM:
                return self._kinds.of(cell, member) or self._own(domain, cell, member, Role.PLAIN)
            case Role.LOAD:
                return self._detours.of(domain, cell, member) or self._along(domain, cell, member)
        return self._along(domain, cell, member)

    def _along(self, domain: str, cell: Domain, member: Member) -> Problem | None:
        """Along dependencies."""
        name, at, centres = member.managed_object, member.raised_at, cell.places.centres
        if name not in cell.places.at and centres.keys().isdisjoint(self._reach.around(name)):
            return None
        own = self._own(domain, cell, member, Role.PLAIN)
        if own is not None:
            return own
        limits = self._limits(domain)
        for support in self._reach.supports(name):
            for seq in reversed(centres.get(support, ())):
                problem = cell.problems[seq]
                if (
                    (problem.role == Role.PLAIN or (problem.role == Role.SYMPTOM and support == name))
                    and self._grows(problem, at, *limits)
                    and _worth_joining(problem, self._reach.branches(support))
                ):
                    return problem
        for neighbour in self._reach.adjacent(name):
            for seq in reversed(centres.get(neighbour, ())):
                problem = cell.problems[seq]
                if problem.role == Role.PLAIN and neighbour in problem.spots and self._grows(problem, at, *limits):
                    return problem
        return None

    def _own(self, domain: str, cell: Domain, member: Member, role: Role) -> Problem | None:
        """The problem of this role that its object is alarmed in already."""
        limits = self._limits(domain)
        for seq in reversed(cell.places.at.get(member.managed_object, ())):
            problem = cell.problems[seq]
            if problem.role == role and (
                self._grows(problem, member.raised_at, *limits) or _same_trouble(problem, member)
            ):
                return problem
        return None

    def role(self, event: Alarm | KpiEpisode) -> Role:
        """What the member that this makes can be in a problem."""
        if isinstance(event, KpiEpisode):
            return Role.PLAIN
        part = part_of(event.probable_cause)
        if part == AlarmPart.HOUSEKEEPING:
            return Role.APART
        if part == AlarmPart.QUALITY:
            if self._reach.is_leaf(event.managed_object):
                return Role.SYMPTOM
            if is_load(event.probable_cause) and self._reach.ends(event.managed_object):
                return Role.LOAD
        return Role.PLAIN

    def kin(self, domain: str, cell: Domain, problem: Problem) -> Problem | None:
        """Another problem that is one with this, though it has another likeliest cause."""
        orphan = self._orphan(domain, cell, problem) or self._adopter(domain, cell, problem)
        return orphan or self._kinds.kin(cell, problem)

    def _orphan(self, domain: str, cell: Domain, problem: Problem) -> Problem | None:
        """A problem under this one's cause, which is known to strike others, and begun after it: it needs no cause of
        its own."""
        if problem.role != Role.PLAIN or problem.explained < KNOWN:
            return None
        under = cell.places.spread(domain, self._reach).under.get(problem.centre, ())
        limits = self._limits(domain)
        for centre in sorted(under):
            for seq in cell.places.centres[centre] if centre != problem.centre else ():
                if self._adopts(problem, cell.problems[seq], limits):
                    return cell.problems[seq]
        return None

    def _adopter(self, domain: str, cell: Domain, problem: Problem) -> Problem | None:
        """The other way round: the problem whose cause explains this one."""
        if problem.role != Role.PLAIN:
            return None
        limits = self._limits(domain)
        for support in self._reach.supports(problem.centre)[1:]:
            for seq in reversed(cell.places.centres.get(support, ())):
                other = cell.problems[seq]
                if other.role == Role.PLAIN and other.explained >= KNOWN and self._adopts(other, problem, limits):
                    return other
        return None

    def grows(self, domain: str, problem: Problem, at: Instant) -> bool:
        """Whether a member raised at this instant may still join."""
        return self._grows(problem, at, *self._limits(domain))

    def groups(self, domain: str, cell: Domain, settled: Set[str]) -> list[Group]:
        """How the pool is best explained, together with the problems whose centres a candidate supports; lone objects
        only where they have `settled`.

        Only candidates that support something pooled are looked at.
        """
        firsts = _firsts(cell)
        if not firsts:
            return []
        objects = sorted(firsts)
        seqs = self._growing(domain, cell, objects, (min(firsts.values()), max(firsts.values())))
        found = self._candidates(cell, objects, seqs)
        hypotheses = [Hypothesis(tuple(units), value) for _, units, value in found]
        present = [0.0] * (len(objects) + len(seqs))
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

    def _candidates(self, cell: Domain, objects: list[str], seqs: list[int]) -> list[tuple[str, list[int], float]]:
        """(cause, places in `objects` and then in `seqs`, value) of every cause worth something, by name; a problem
        counts as one more object, its centre."""
        paths = Paths(self._reach, objects, [cell.problems[seq] for seq in seqs])
        pooled = set(objects)
        found = []
        for cause, units in sorted((c, u) for c, u in paths.explains.items() if len(u) > 1 and u[0] < len(objects)):
            if cause not in cell.released:
                own = cause in pooled or cause in cell.places.at
                value = explanation_value(len(units), paths.cost(cause), own)
                if value > 0:
                    found.append((cause, units, value))
        return found

    def _growing(self, domain: str, cell: Domain, objects: list[str], span: tuple[Instant, Instant]) -> list[int]:
        """The problems that may take the first or the last of the pool, by `seq`. Those over which no support of these
        objects lies are left out: they have no cause in common with these, and change no cost of one."""
        first, last = span
        window, cap = self._limits(domain)
        supports, version = set[str]().union(*map(self._reach.supports, objects)), self._reach.version
        found = []
        for seq, problem in cell.problems.items():
            earliest, latest = problem.started - window, problem.started + cap
            if not (earliest <= first <= latest or earliest <= last <= latest):  # most of them: they began long ago
                continue
            if problem.shut or problem.role != Role.PLAIN:
                continue
            if problem.tallied != (version, len(problem.spots)):
                problem.survey(self._reach)
            if supports.isdisjoint(problem.over):
                continue
            if self._grows(problem, first, window, cap) or self._grows(problem, last, window, cap):
                found.append(seq)
        found.sort()
        return found

    def _grows(self, problem: Problem, at: Instant, window: Duration, cap: Duration) -> bool:
        """Whether it takes members raised at this instant: what one fault strikes speaks within one and a half windows
        of its start, but where the cause is a supply that still fails, batteries hold the rest for hours; and what
        storms goes on as long as no window is quiet."""
        return (
            not problem.shut
            and problem.started - window <= at <= problem.started + cap
            and (
                at <= problem.started + window + window // 2
                or (_storms(problem) and at <= problem.last_growth + window)
                or (_stands(problem) and is_supply(self._reach.kind(problem.centre)))
            )
        )

    def _adopts(self, problem: Problem, other: Problem, limits: tuple[Duration, Duration]) -> bool:
        """Whether a problem whose cause is known takes one under it, begun after it."""
        early = problem.started - EARLY <= other.started
        return other.role == Role.PLAIN and early and self._grows(problem, other.started, *limits)

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
        if member.part != Role.PLAIN:
            continue
        known = firsts.get(member.managed_object)
        if known is None or member.raised_at < known:
            firsts[member.managed_object] = member.raised_at
    return firsts


def _stands(problem: Problem) -> bool:
    """Whether its cause is still broken by its own alarm."""
    spot = problem.spots.get(problem.centre)
    return spot is not None and spot.physical and spot.active > 0


def _storms(problem: Problem) -> bool:
    """Whether its alarms come again and again."""
    return problem.member_count >= STORMY * len(problem.spots)


def _same_trouble(problem: Problem, member: Member) -> bool:
    """Whether a member is one more KPI episode of an object that is alarmed in an open problem: an object's episodes
    open one after the other, and are one trouble."""
    return member.episode and not problem.shut and problem.spots[member.managed_object].active > 0


def _own(problem: Problem) -> bool:
    return problem.centre in problem.spots


def _worth_joining(problem: Problem, branches: int) -> bool:
    """Whether one more object is likely to have the problem's cause: where that is known to strike others, or where one
    of its few branches being struck is likelier than another fault."""
    return problem.explained > 1 or explanation_value(2, branch_cost(branches, 1), _own(problem)) > 0
