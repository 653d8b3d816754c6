"""The rival causes of one problem, ranked, each with its evidence in words."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Final

from models.correlation import EVIDENCE, explanation_value, posterior
from streams.operators.correlate_problem import Problem, Spot
from streams.operators.correlate_reach import Reach
from telassure.events import RootCause
from telassure.instant import SECOND, Instant

RANKED: Final = 5
HOPELESS: Final = 40  # a silent candidate with this many dependants for each alarmed one cannot win: not looked at
NEIGHBOUR: Final = 0.5  # a neighbour of unknown direction is explained half as well as a dependant


@dataclass(frozen=True, slots=True)
class Candidate:
    """What speaks for one object as the cause of one problem; counts are objects, itself not among its dependants.

    `alarmed` of its `dependants` have alarms. `lead` is how long before the others its own came (None: it has none).
    """

    managed_object: str
    value: float
    explained: int
    neighbours: int
    alarmed: int
    dependants: int
    lead: Instant | None
    physical: bool

    def evidence(self, members: int) -> str:
        words = [f"explains {self.explained + self.neighbours} of {members} alarmed objects"]
        if self.dependants:
            words.append(f"{self.alarmed} of {self.dependants} dependants alarmed")
        if self.neighbours:
            words.append(f"{self.neighbours} neighbours alarmed")
        words.append(_own_alarm(self.lead, members))
        if self.physical:
            words.append("physical fault reported")
        return "; ".join(words)


def rank(problem: Problem, domain: str, reach: Reach, reached: Callable[[str], int]) -> list[Candidate]:
    """Candidates for the centre, best first: alarmed objects, and silent supports of two or more of them.

    `reached` says how many dependants of an object, itself left out, have alarms in any problem of the domain.
    """
    spots = problem.spots
    counts = problem.explained_by(reach)
    earliest = sorted((spot.first, name) for name, spot in spots.items())[:2]
    ranked: list[Candidate] = []
    wide = [(name, explained) for name, explained in counts.items() if explained > 1]
    lone = [(name, 1) for name in spots if counts[name] == 1]
    least = None
    for name, explained in chain(wide, lone):
        own = name in spots
        if explained == 1 and len(ranked) >= RANKED:
            least = sorted(c.value for c in ranked)[-RANKED] if least is None else least
            if _most_alone(spots[name], reach.neighbours(name)) < least:
                continue
        dependants = reach.dependants(domain, name)
        if own or len(dependants) <= HOPELESS * explained:
            below = len(dependants) - 1
            near = _neighbours(problem, name, reach, dependants) if own else 0
            counted = (explained, near, reached(name), below)
            ranked.append(_candidate(problem, name, counted, _lead(problem, name, earliest)))
    ranked.sort(key=lambda c: (-c.value, 0 if c.lead is None else -c.lead, c.managed_object))
    return ranked[:RANKED]


def root_causes(ranked: list[Candidate], members: int) -> tuple[RootCause, ...]:
    """The ranking as it is published; scores are posterior probabilities among the candidates shown."""
    scores = posterior([candidate.value for candidate in ranked])
    return tuple(
        RootCause(candidate.managed_object, round(score, 4), candidate.evidence(members))
        for candidate, score in zip(ranked, scores, strict=True)
    )


def _most_alone(spot: Spot, neighbours: frozenset[str]) -> float:
    """What an alarmed object that explains no other could be worth at most."""
    value = explanation_value(1, 0, True, 0.0, spot.physical)
    return value + len(neighbours) * EVIDENCE.worth * NEIGHBOUR


def _candidate(problem: Problem, name: str, counts: tuple[int, int, int, int], lead: Instant | None) -> Candidate:
    explained, near, reached, below = counts
    own = problem.spots.get(name)
    silent = below - reached + (own is None) if explained > 1 else 0  # alone, it need not have spread at all
    physical = own is not None and own.physical
    late = 0.0 if lead is None else -lead / SECOND
    value = explanation_value(explained, silent, own is not None, late, physical) + near * EVIDENCE.worth * NEIGHBOUR
    return Candidate(name, value, explained, near, reached, below, lead, physical)


def _lead(problem: Problem, name: str, earliest: list[tuple[Instant, str]]) -> Instant | None:
    own = problem.spots.get(name)
    if own is None:
        return None
    return next((first - own.first for first, other in earliest if other != name), 0)


def _neighbours(problem: Problem, name: str, reach: Reach, dependants: frozenset[str]) -> int:
    return sum(1 for n in reach.neighbours(name) if n in problem.spots and n not in dependants)


def _own_alarm(lead: Instant | None, members: int) -> str:
    if lead is None:
        return "no alarm of its own"
    if members == 1:
        return "own alarm"
    if lead == 0:
        return "own alarm together with the first of the others"
    return f"own alarm {abs(lead) / SECOND:.3g} s {'before' if lead > 0 else 'after'} the first of the others"
