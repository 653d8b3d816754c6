"""The part of the network between what is alarmed and what could have caused it, and what a cause costs there."""

from collections.abc import Iterable, Sequence

from models.correlation import EVIDENCE, branch_cost
from streams.operators.correlation.problem import Problem
from streams.operators.correlation.reach import Reach


class Paths:
    """Over some alarmed objects: which of them each support explains, and how improbable the picture below it is.

    `explains[s]` holds the places of the objects that depend on s, itself counted. `problems`, each surveyed before,
    come after them, each at the supports that explain nearly all of it: what it has struck below these is told by it
    already, and costs nothing.
    """

    __slots__ = ("_alarmed", "_below", "_costs", "_first", "_problems", "_reach", "explains")

    def __init__(self, reach: Reach, objects: Iterable[str], problems: Sequence[Problem] = ()) -> None:
        self._reach = reach
        self._alarmed = dict.fromkeys(objects)
        self._problems = problems
        self._first = len(self._alarmed)
        self.explains = explains = dict[str, list[int]]()
        for place, name in enumerate(self._alarmed):
            for support in reach.supports(name):
                explains.setdefault(support, []).append(place)
        for number, problem in enumerate(problems, self._first):
            for support in problem.roof:
                explains.setdefault(support, []).append(number)
        self._below: dict[str, list[tuple[str, int]]] = {}
        for name in explains:
            parents = [parent for parent in reach.parents(name) if parent in explains]
            for parent in parents:
                self._below.setdefault(parent, []).append((name, len(parents)))
        self._costs: dict[str, float] = {}

    def cost(self, cause: str) -> float:
        """The cost of this pattern of alarms below a cause: of its branches, of theirs, and so on. What has several
        supports here is shared among them; an object that is among its own supports (the two ends of one link) is
        counted once."""
        known = self._costs.get(cause)
        if known is not None:
            return known
        self._costs[cause] = 0.0
        below, told = self._below.get(cause, ()), self._told(cause)
        if not below and not told:
            return 0.0
        total = branch_cost(self._reach.branches(cause), len(below) + told)
        for name, supports in below:
            passed = 0.0 if name in self._alarmed else EVIDENCE.passed
            total += (self.cost(name) + passed) / supports
            if not self._reach.states(name, cause):
                total += EVIDENCE.inferred
        self._costs[cause] = total
        return total

    def _told(self, cause: str) -> int:
        """How many more of its branches the problems have struck that lie under it."""
        places = self.explains[cause]
        if places[-1] < self._first:
            return 0
        under = [self._problems[place - self._first].tally for place in places if place >= self._first]
        children, explains = self._reach.children(cause), self.explains
        if len(under) == 1:
            struck = [name for name in children if name in under[0]]
        else:
            struck = [name for name in children if any(name in tally for tally in under)]
        return sum(1 for name in struck if name not in explains)
