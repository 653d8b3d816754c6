"""The rival causes of one problem, ranked, each with its evidence in words."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

from models.correlation import (
    EVIDENCE,
    UNDETERMINED,
    CauseCalibration,
    CauseSigns,
    explanation_value,
    is_supply,
    posterior,
    shared_out,
)
from streams.operators.correlation.paths import Paths
from streams.operators.correlation.problem import Problem, Spot
from streams.operators.correlation.reach import Reach
from streams.operators.correlation.symptoms import symptom_cases
from telassure.kernel.events import RootCause
from telassure.kernel.instant import HOUR, MINUTE, SECOND, Duration, Instant

RANKED: Final = 5
UNLIKE: Final = 4.0
MUTUAL: Final = 8
FIRST: Final = 8
FLAPPING: Final = 2
UNITED: Final = 0.5
NEIGHBOUR: Final = 0.5  # a neighbour of unknown direction is explained half as well as a dependant

_Case: TypeAlias = tuple[float, Instant, str, int, int, Instant | None]
"""(-value, -lead, name, explained, neighbours, lead) of a candidate: the least is the best, and names are unique."""


class Candidate(NamedTuple):
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
    rules: str = ""

    def evidence(self, members: int) -> str:
        words = [f"explains {self.explained + self.neighbours} of {members} alarmed objects"]
        if self.dependants:
            words.append(f"{self.alarmed} of {self.dependants} dependants alarmed")
        if self.neighbours:
            words.append(f"{self.neighbours} neighbours alarmed")
        words.append(_own_alarm(self.lead, members))
        if self.physical:
            words.append("physical fault reported")
        if self.rules:
            words.append(self.rules)
        return "; ".join(words)


def rank(problem: Problem, domain: str, reach: Reach, reached: Callable[[str], int]) -> list[Candidate]:
    """Candidates for the centre, best first: alarmed objects, and silent supports of two or more of them.

    `reached` says how many dependants of an object, itself left out, have alarms in any problem of the domain.
    """
    if problem.says:
        cases = symptom_cases(problem, reach)
        return [_candidate(problem, case, reach.dependants(domain, case[2]), reached) for case in cases[:RANKED]]
    spots, paths = problem.spots, Paths(reach, problem.struck())
    firsts = sorted([spot.first for spot in spots.values()])[:2]
    found: list[_Case] = []
    supply = any(is_supply(member.says) for member in problem.active.values())
    costs = _costs(paths, spots)
    for name, places in paths.explains.items():
        own = spots.get(name)
        if own is not None or len(places) > 1:
            near = 0 if own is None else _neighbours(problem, domain, name, reach)
            unlike = UNLIKE if own is None and not supply and is_supply(reach.kind(name)) else 0.0
            cost = costs.get(name)
            pattern = paths.cost(name) if cost is None else cost
            found.append(_case(name, own, (len(places), near, pattern), firsts, unlike))
    found.sort()
    if problem.member_count >= FLAPPING * len(spots):
        _unite(found, spots, reach)
    return [_candidate(problem, case, reach.dependants(domain, case[2]), reached) for case in found[:RANKED]]


def _costs(paths: Paths, spots: Mapping[str, Spot]) -> Mapping[str, float]:
    """What the pattern costs those alarmed few of which each explains all the others, such as a link and its ports: the
    same, so that who came first decides."""
    mutual: dict[frozenset[int], list[str]] = {}
    for name, places in paths.explains.items():
        if name in spots and 1 < len(places) <= MUTUAL:
            mutual.setdefault(frozenset(places), []).append(name)
    alike = [names for names in mutual.values() if len(names) > 1]
    return {name: cost for names in alike for cost in [min(map(paths.cost, names))] for name in names}


def _unite(found: list[_Case], spots: Mapping[str, Spot], reach: Reach) -> None:
    """Where both ports of a link flap, the link, which fails with either, is a little likelier than each."""
    values = {case[2]: -case[0] for case in found[:FIRST]}
    for place, case in enumerate(found[:FIRST]):
        link = case[2]
        ports = [n for n in reach.parents(link) if n in spots and n in values and link in reach.parents(n)]
        if len(ports) > 1:
            likelier = max(values[port] for port in ports) + UNITED
            found[place] = (min(case[0], -likelier), *case[1:])
    found.sort()


def root_causes(ranked: list[Candidate], members: int, calibration: CauseCalibration) -> tuple[RootCause, ...]:
    """The ranking as it is published: scores are the confidence in each, what they lack of 1 is in none of these, and
    rivals that claim next to nothing are left out."""
    best, posteriors = ranked[0], posterior([candidate.value for candidate in ranked])
    signs = CauseSigns(posteriors[0], members, best.physical, best.lead is not None)
    scores = shared_out(round(calibration.confidence(signs), 4), len(ranked))
    doubt = "cause undetermined, this is the likeliest; " if scores[0] < UNDETERMINED else ""
    return tuple(
        RootCause(candidate.managed_object, score, doubt + candidate.evidence(members))
        for candidate, score in zip(ranked, scores, strict=False)
    )


def _case(
    name: str, own: Spot | None, counted: tuple[int, int, float], firsts: list[Instant], unlike: float = 0.0
) -> _Case:
    explained, near, pattern = counted
    lead = None if own is None else _lead(own.first, firsts)
    late, physical = (0.0, False) if own is None or lead is None else (-lead / SECOND, own.physical)
    value = explanation_value(explained, pattern, own is not None, late, physical) - unlike
    if near:
        value += near * EVIDENCE.worth * NEIGHBOUR
    return -value, 0 if lead is None else -lead, name, explained, near, lead


def _candidate(problem: Problem, case: _Case, dependants: frozenset[str], reached: Callable[[str], int]) -> Candidate:
    value, _, name, explained, near, lead = case
    own = problem.spots.get(name)
    physical = own is not None and own.physical
    return Candidate(name, -value, explained, near, reached(name), len(dependants) - 1, lead, physical)


def _lead(own: Instant, firsts: list[Instant]) -> Instant:
    """How long before the first of the others it came; `firsts` are the first two of all."""
    if own != firsts[0]:
        return firsts[0] - own
    return firsts[1] - own if len(firsts) > 1 else 0


def _neighbours(problem: Problem, domain: str, name: str, reach: Reach) -> int:
    neighbours = reach.neighbours(name)
    if not neighbours:
        return 0
    dependants = reach.dependants(domain, name)
    return sum(1 for n in neighbours if n in problem.spots and n not in dependants)


def _own_alarm(lead: Instant | None, members: int) -> str:
    if lead is None:
        return "no alarm of its own"
    if members == 1:
        return "own alarm"
    if lead == 0:
        return "own alarm together with the first of the others"
    return f"own alarm {_apart(abs(lead))} {'before' if lead > 0 else 'after'} the first of the others"


def _apart(span: Duration) -> str:
    """How long, in the unit in which one says it.

    >>> _apart(1_250_000), _apart(1_220 * SECOND), _apart(30 * HOUR)
    ('1.25 s', '20.3 min', '30 h')
    """
    if span < 999 * SECOND:
        return f"{span / SECOND:.3g} s"
    return f"{span / MINUTE:.3g} min" if span < 2 * HOUR else f"{span / HOUR:,.0f} h"
