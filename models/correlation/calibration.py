"""The calibration of first causes, fitted to outcomes."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.correlation.confidence import CauseCalibration, CauseSigns

_RIDGE: Final = 0.6
_LEAST_RIDGE: Final = 1e-3  # of the base, which would have no bound where all were right
_SWEEPS: Final = 300


def fitted(seen: Sequence[tuple[CauseSigns, bool]], version: int = 0) -> CauseCalibration:
    """The calibration that makes these outcomes (at least one) likeliest, with a ridge on its weights: one weight after
    the other by Newton's method, none below zero, which finds the one optimum of a convex loss."""
    signs = np.array([(1.0, *each.measures) for each, _ in seen])
    right = np.array([float(outcome) for _, outcome in seen])
    weights = np.zeros(signs.shape[1])
    for _ in range(_SWEEPS):
        for place in range(len(weights)):
            _improve(weights, place, signs, right)
    return CauseCalibration(version, *(round(float(weight), 2) for weight in weights))


def _improve(weights: NDArray[np.float64], place: int, signs: NDArray[np.float64], right: NDArray[np.float64]) -> None:
    """One step of Newton's method along one weight; the base (place 0) has no bound."""
    told = 1.0 / (1.0 + np.exp(-signs @ weights))
    ridge = _RIDGE if place else _LEAST_RIDGE
    slope = signs[:, place] @ (told - right) + ridge * weights[place]
    bend = signs[:, place] ** 2 @ (told * (1.0 - told)) + ridge
    moved = weights[place] - slope / bend
    weights[place] = max(moved, 0.0) if place else moved
