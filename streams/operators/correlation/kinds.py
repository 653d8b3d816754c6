"""What common kind and time tie where no dependency does: symptoms of one kind, and power that fails in one place."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final, TypeAlias

from models.correlation import is_radio, is_supply
from streams.operators.correlation.domain import Domain
from streams.operators.correlation.member import Member, Role
from streams.operators.correlation.names import degrees
from streams.operators.correlation.problem import Problem
from streams.operators.correlation.reach import Reach
from telassure.kernel.instant import MINUTE, Duration, Instant

FEW: Final = 4
SOON: Final[Duration] = 4 * MINUTE
WAVE: Final[Duration] = 15 * MINUTE
TOGETHER: Final[Duration] = 3 * MINUTE
COMMON: Final = 3
ALIKE: Final = 0.3
NEAR: Final = 0.25  # degrees of latitude: 28 km
BESIDE: Final = 0.1
MANY: Final = 5
PASSING: Final[Duration] = 20 * MINUTE
STRAYS: Final[Duration] = 5 * MINUTE
LARGER: Final = 3
COMPARED: Final = 24
MOSTLY: Final = 0.6

_Known: TypeAlias = Mapping[tuple[str, str], Sequence[tuple[Instant, tuple[float, float]]]]
"""When and where alarms were raised, by kind of object and words."""


class Kinds:
    """Asks and changes nothing.

    A symptom (a lack of quality at an object on which nothing depends) belongs to the problem in which the same symptom
    came up elsewhere: at most four minutes before while those are few, a quarter of an hour before once they are four.
    Two such problems are one where they began within three minutes of one another, or struck much the same supports.

    Two problems whose causes are supplies of one kind, near one another, are one where they began within a minute; so
    are radio links of which the rain has left one at most twenty minutes before it took the other. A problem of five
    objects and more takes what strays from it: a smaller one whose alarms are like three of its own near by, and a lone
    alarm at the end of a link that it has struck.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def of(self, cell: Domain, member: Member) -> Problem | None:
        """The newest open problem whose symptoms this is one of."""
        for seq in reversed(cell.places.says.get(member.says, ())):
            problem = cell.problems[seq]
            quiet = WAVE if len(problem.spots) >= FEW else SOON
            if not problem.shut and problem.started - SOON <= member.raised_at <= problem.last_growth + quiet:
                return problem
        return None

    def kin(self, cell: Domain, problem: Problem) -> Problem | None:
        """Another problem that is one with this by the kind of what it has struck, or of its cause."""
        if not problem.says:
            return self._beside(cell, problem) or self._stray(cell, problem)
        if len(problem.spots) < FEW:
            return None
        for seq in sorted({seq for seqs in cell.places.says.values() for seq in seqs}):
            other = cell.problems[seq]
            if other is problem or other.state != "open" or other.shut:
                continue
            if abs(other.last_growth - problem.last_growth) > WAVE:
                continue
            if len(other.spots) >= FEW and abs(other.started - problem.started) <= TOGETHER:
                return other
            if self._alike(problem, other):
                return other
        return None

    def _beside(self, cell: Domain, problem: Problem) -> Problem | None:
        """A problem whose cause is of the same kind and lies near: supplies that failed within a minute of one another,
        radio links one after the other as rain moves."""
        kind = self._reach.kind(problem.centre)
        supply, radio = is_supply(kind), is_radio(kind)
        if not (supply or radio) or problem.member_count < 2:
            return None
        found = []
        for centre, seqs in cell.places.centres.items():
            if centre != problem.centre and self._reach.kind(centre) == kind and self._near(centre, problem.centre):
                found += [seq for seq in seqs if _passes(problem, cell.problems[seq], supply)]
        return cell.problems[min(found)] if found else None

    def _stray(self, cell: Domain, problem: Problem) -> Problem | None:
        """A problem a third as large and less that strays from this: the inventory has lost what ties it, or ties it to
        something else."""
        if problem.role != Role.PLAIN or len(problem.spots) < MANY:
            return None
        earliest, last = problem.started - STRAYS, problem.last_growth + TOGETHER
        most, known = len(problem.spots) // LARGER, None
        for seq, other in reversed(cell.problems.items()):
            started = other.started
            if started < earliest:
                if seq < problem.seq:
                    break
                continue
            if started > last or len(other.spots) > most or other.role != Role.PLAIN:
                continue
            if other is problem or other.shut or other.state != "open":
                continue
            known = self._known(problem) if known is None else known
            if self._across(other, problem) or self._strays(other, known):
                return other
        return None

    def _known(self, problem: Problem) -> _Known:
        """When and where its active members were raised, by the kind of their object and by their words, the latest of
        those that have a place."""
        known: dict[tuple[str, str], list[tuple[Instant, tuple[float, float]]]] = {}
        for member in problem.active.values():
            place = self._reach.place(member.managed_object)
            if place is not None:
                kind = self._reach.kind(member.managed_object), member.says
                known.setdefault(kind, []).append((member.raised_at, place))
        return {kind: several[-COMPARED:] for kind, several in known.items()}

    def _strays(self, small: Problem, known: _Known) -> bool:
        """Whether three in five of what the small one has are like three of these near by and at the time."""
        if not known:
            return False
        members = list(islice(small.active.values(), COMPARED))
        alike = 0
        for one in members:
            like = known.get((self._reach.kind(one.managed_object), one.says), ())
            here = self._reach.place(one.managed_object) if len(like) >= COMMON else None
            if here is not None and _common(like, one.raised_at, here):
                alike += 1
        return alike > 0 and alike >= MOSTLY * len(members)

    def _across(self, small: Problem, large: Problem) -> bool:
        """Whether it is a lone alarm at the end of a link which, or whose other end, the large one has struck."""
        if len(small.spots) > 1 or small.started < large.started - MINUTE:
            return False
        ((name, spot),) = small.spots.items()
        if spot.physical:
            return False
        return any(link in large.spots or end in large.spots for link, end in self._reach.links().get(name, ()))

    def _near(self, one: str, other: str) -> bool:
        here, there = self._reach.place(one), self._reach.place(other)
        if here is None or there is None:
            return False
        return degrees(here, there) <= NEAR

    def _alike(self, problem: Problem, other: Problem) -> bool:
        """Whether both have struck much the same direct supports: three, and three in ten of all that either has."""
        mine, theirs = (
            {parent for name in one.spots for parent in self._reach.parents(name)} for one in (problem, other)
        )
        common = len(mine & theirs)
        return common >= COMMON and common >= ALIKE * len(mine | theirs)


def _common(like: Sequence[tuple[Instant, tuple[float, float]]], at: Instant, here: tuple[float, float]) -> bool:
    """Whether three of these were raised near by and at the time."""
    near = 0
    for raised, place in like:
        near += abs(raised - at) <= TOGETHER and degrees(place, here) <= BESIDE
        if near == COMMON:
            return True
    return False


def _apart(one: Problem, other: Problem) -> Duration:
    """From the end of the growth of the earlier to the start of the later; less than 0 where they overlap."""
    return max(one.started, other.started) - min(one.last_growth, other.last_growth)


def _passes(problem: Problem, other: Problem, supply: bool) -> bool:
    """Whether what struck one may have struck the other near by: at once, or radio links one after the other."""
    if other.role != Role.PLAIN or other.shut or other.member_count < 2:
        return False
    return abs(other.started - problem.started) <= MINUTE if supply else _apart(problem, other) <= PASSING
