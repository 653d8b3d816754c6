"""Which few causes explain everything that is alarmed: star clusters around causes, never chains of neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_LEAST_GAIN: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One candidate cause: the units (indices) it would explain, and how well it would explain all of them together."""

    units: tuple[int, ...]
    value: float


def best_explanation(present: Sequence[float], hypotheses: Sequence[Hypothesis]) -> list[int]:
    """The hypothesis that explains each unit, -1 where its present explanation is better than any.

    `present[u]` is the value of unit u's explanation as it stands (0 for an unexplained object). Narrow hypotheses are
    tried before wide ones, and a wide one replaces what explains its units only if it is worth more than all of that
    together. On a dependency tree this is the exact optimum; where causes overlap, a unit's share of its cause is its
    mean. Equal values keep the narrower, then the earlier hypothesis, so the result does not depend on anything else.

    >>> site, region = Hypothesis((0, 1), 5.0), Hypothesis((0, 1, 2), 4.0)
    >>> best_explanation([0.0, 0.0, 0.0], [region, site])
    [1, 1, -1]
    """
    owner = [-1] * len(present)
    share = list(present)
    order = sorted(range(len(hypotheses)), key=lambda h: (len(hypotheses[h].units), -hypotheses[h].value, h))
    for chosen in order:
        units, value = hypotheses[chosen].units, hypotheses[chosen].value
        if value <= sum(share[unit] for unit in units) + _LEAST_GAIN:
            continue
        for unit in units:
            owner[unit] = chosen
            share[unit] = value / len(units)
    return owner
