"""Which element's KPIs explain the degradation of a service: own excess along a graph of calls, in what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_NORMAL: Final = 3.29
"""Standard deviations between the 5th and the 95th percentile of a normal distribution."""
_LEAST_HISTORY: Final = 20
_WORST: Final = 2
_LEAST_SPREAD: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Deviation:
    """How much worse one element's KPI is than it was: `excess` in the KPI's unit (0 or more), `sigmas` of its history,
    and `volume`, the requests that bore it (1 where nobody counts them)."""

    excess: float
    sigmas: float
    volume: float = 1.0

    @property
    def cost(self) -> float:
        """What all its requests lost together."""
        return self.excess * self.volume


UNCHANGED: Final = Deviation(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class CauseTuning:
    """`doubt`: so many standard deviations count half. `taken_off`: the share of what the called elements cost that is
    laid to them and not to their caller."""

    doubt: float = 3.0
    taken_off: float = 1.0


@dataclass(frozen=True, slots=True)
class DegradationCause:
    """One element as the cause. `score` is its share of what all candidates cost of their own, `own` that cost."""

    element: str
    score: float
    own: float
    deviation: Deviation

    @property
    def evidence(self) -> str:
        seen = self.deviation
        words = f"worse by {seen.excess:.3g} ({seen.sigmas:.1f} sigma) over {seen.volume:.4g} requests"
        own = self.own / seen.cost if seen.cost > 0 else 0.0
        return f"{words}; {own:.0%} of that is its own, not of what it calls"


def deviation(history: Floats, before: Floats, after: Floats, lower_is_worse: bool = False) -> Deviation:
    """How far `after` lies on the worse side of both the `history` and the time just `before`: the mean of its two
    worst values. Gaps (NaN) are left out; with less than 20 values of history, or nothing after, nothing is said.

    The time just before guards against a drift since the history was taken, the history against a bad time before.

    >>> calm = np.tile([1.0, 2.0, 3.0], 20)
    >>> deviation(calm, calm[:3], np.array([9.0, 9.0])).excess
    7.0
    """
    sign = -1.0 if lower_is_worse else 1.0
    history, before, after = (sign * values[~np.isnan(values)] for values in (history, before, after))
    if len(history) < _LEAST_HISTORY or not len(after):
        return UNCHANGED
    low, middle, high = np.percentile(history, (5, 50, 95))
    spread = max((high - low) / _NORMAL, _LEAST_SPREAD * abs(middle), 1e-9)
    normal = max(float(middle), float(np.median(before))) if len(before) else float(middle)
    excess = max(float(np.sort(after)[-_WORST:].mean()) - normal, 0.0)
    return Deviation(excess, float(excess / spread))


def degradation_causes(
    target: str,
    calls: Mapping[str, Sequence[str]],
    deviations: Mapping[str, Deviation],
    tuning: CauseTuning = CauseTuning(),  # frozen
) -> list[DegradationCause]:
    """What the target calls, directly or not, and itself, ranked as causes of its degradation; best first.

    A caller is as slow, or fails as often, as what it calls makes it. So of what an element's requests lost, what the
    elements it calls lost is taken off, and what is left is its own. It counts by how sure it is: sigmas² of
    sigmas² + doubt². What the target does not reach is no candidate. Equal ones are in the order of their names.
    """
    own: dict[str, float] = {}
    for element in _reached(target, calls):
        seen = deviations.get(element, UNCHANGED)
        called = fsum(_sure(deviations.get(one, UNCHANGED), tuning) for one in set(calls.get(element, ())) - {element})
        own[element] = max(_sure(seen, tuning) - tuning.taken_off * called, 0.0)
    total = fsum(own.values()) or 1.0
    ranked = sorted(own, key=lambda element: (-own[element], element))
    return [
        DegradationCause(element, own[element] / total, own[element], deviations.get(element, UNCHANGED))
        for element in ranked
    ]


def _sure(seen: Deviation, tuning: CauseTuning) -> float:
    if seen.sigmas <= 0:
        return 0.0
    return seen.cost * seen.sigmas**2 / (seen.sigmas**2 + tuning.doubt**2)


def _reached(target: str, calls: Mapping[str, Sequence[str]]) -> list[str]:
    found = [target]
    known = {target}
    for element in found:
        fresh = [called for called in calls.get(element, ()) if called not in known]
        known.update(fresh)
        found += list(dict.fromkeys(fresh))
    return found
