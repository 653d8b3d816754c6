"""The rival causes of symptoms that no dependency ties: the function that all need, or what most of them hang on."""

from collections import Counter
from typing import Final, TypeAlias

from models.correlation import EVIDENCE, branch_cost
from streams.operators.correlation.problem import Problem
from streams.operators.correlation.reach import Reach
from telassure.kernel.instant import Instant

NEARLY_ALL: Final = 0.85

Case: TypeAlias = tuple[float, Instant, str, int, int, Instant | None]


def symptom_cases(problem: Problem, reach: Reach) -> list[Case]:
    """(-value, -lead, name, explained, neighbours, lead) of functions that nearly all of the struck objects need, of
    their direct supports, and of the alarmed themselves; best first."""
    spots = problem.spots
    functions: Counter[str] = Counter()
    supports: Counter[str] = Counter()
    for name in spots:
        functions.update(reach.functions(name))
        supports.update(reach.parents(name))
    first = min(spot.first for spot in spots.values())
    found = []
    for name, count in functions.items():
        if len(spots) > 2 and count >= NEARLY_ALL * len(spots):
            found.append((name, count, EVIDENCE.worth * count - EVIDENCE.prior - 2.0 * _log2(reach.serves(name))))
    for name, count in supports.items():
        if name not in spots and count > 1:
            cost = branch_cost(reach.branches(name), count) + EVIDENCE.unsaid
            found.append((name, count, EVIDENCE.worth * count - EVIDENCE.prior - cost))
    for name in spots:
        known = EVIDENCE.physical if reach.is_shared(name) else 0.0
        found.append((name, 1, EVIDENCE.worth - EVIDENCE.prior + known))
    cases: list[Case] = []
    for name, count, value in found:
        own = spots.get(name)
        lead = None if own is None else first - own.first
        cases.append((-value, 0, name, count, 0, lead))
    return sorted(cases)


def _log2(count: int) -> float:
    return float(count.bit_length())
