"""How often the likeliest cause is right, by what is seen of it: what the model of propagation cannot know."""

from dataclasses import dataclass
from math import exp, log, log2
from typing import Final, NamedTuple

MOST_OBJECTS: Final = 64
LEAST_POSTERIOR: Final = 0.05
LEAST_SHOWN: Final = 0.05
RIVALS: Final = (0.3, 0.3, 0.1, 0.1)
"""How often the second, the third … was right where the first was wrong, in 22 main groups of six scenarios."""
UNDETERMINED: Final = 0.3
"""A first cause that claims less is told as undetermined."""


class CauseSigns(NamedTuple):
    """What is seen of a problem's likeliest cause: its `posterior` among the candidates, how many objects are alarmed,
    whether its own alarm names a physical fault, whether it has one."""

    posterior: float
    objects: int
    physical: bool
    own_alarm: bool

    @property
    def measures(self) -> tuple[float, ...]:
        """In the order of the weights of a `CauseCalibration`: more of each speaks for the cause."""
        size = log2(min(self.objects, MOST_OBJECTS))
        odds = log(max(self.posterior, LEAST_POSTERIOR))
        return size, size * self.physical, odds, float(self.own_alarm), float(self.objects == 1)


@dataclass(frozen=True, slots=True)
class CauseCalibration:
    """Signs of the first cause to its confidence: a logistic map whose weights are not negative, so that no sign that
    speaks for a cause lowers what it claims. `version` counts the fits that were shipped; 0 is no fit."""

    version: int
    base: float
    size: float
    physical_size: float
    posterior: float
    own_alarm: float
    lone: float

    @property
    def _weights(self) -> tuple[float, ...]:
        return self.size, self.physical_size, self.posterior, self.own_alarm, self.lone

    def confidence(self, signs: CauseSigns) -> float:
        """The chance that the first cause is right.

        >>> UNFITTED.confidence(CauseSigns(1.0, 9, False, True))
        0.5
        """
        total = self.base + sum(weight * measure for weight, measure in zip(self._weights, signs.measures, strict=True))
        return 1.0 / (1.0 + exp(-total))


UNFITTED: Final = CauseCalibration(0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0)
"""Claims what the posterior alone says, so that it can be read back from what was claimed (`posterior_of`)."""

CALIBRATION: Final = CauseCalibration(
    version=1, base=-2.7, size=0.78, physical_size=0.31, posterior=0.26, own_alarm=0.58, lone=1.39
)
"""What the product claims: fitted to the first causes of 180 problems of six labelled scenarios of two networks
(`telassure evaluate correlation --scenarios`)."""


def posterior_of(claimed: float) -> float:
    """The posterior of which `UNFITTED` made this claim.

    >>> round(posterior_of(UNFITTED.confidence(CauseSigns(0.8, 9, False, True))), 6)
    0.8
    """
    return min(claimed / (1.0 - claimed), 1.0)


def shared_out(first: float, causes: int) -> list[float]:
    """What each of so many ranked causes claims where the first claims so much. Where that is wrong, the right one is
    seen by its place rather than by how far it is behind, so the rivals share the rest by place; none claims more than
    the first, and those under `LEAST_SHOWN` are left out.

    >>> shared_out(0.7, 5), shared_out(0.9, 3), shared_out(0.2, 1)
    ([0.7, 0.09, 0.09], [0.9], [0.2])
    """
    rivals = [min(first, round(share * (1.0 - first), 4)) for share in RIVALS[: causes - 1]]
    return [first, *(rival for rival in rivals if rival >= LEAST_SHOWN)]
