"""What every detector must beat: chance, a constant, NAB's windowed Gaussian, two of river, a reference."""

from collections.abc import Callable, Mapping
from math import erfc, isfinite, nan, sqrt
from typing import Any, Final, TypeAlias

import numpy as np
from river import anomaly, preprocessing

from telassure.evaluation.anomalies.corpus import Floats, Times
from telassure.evaluation.anomalies.detectors import Detector
from telassure.evaluation.anomalies.reference import ReferenceDetector

Fresh: TypeAlias = Callable[[], Detector]  # makes the detector of one series

SEED: Final = 42
# river's classes are untyped
_GAUSSIAN: Final[Any] = anomaly.GaussianScorer
_TREES: Final[Any] = anomaly.HalfSpaceTrees
_SCALE: Final[Any] = preprocessing.MinMaxScaler


def chance() -> Fresh:
    """Uniform in [0, 1), whatever the values: NAB's random detector. One stream of numbers over all series."""
    generator = np.random.default_rng(SEED)

    def detect(time: Times, value: Floats) -> Floats:
        return generator.random(len(time))

    return lambda: detect


def constant() -> Fresh:
    """One half for every row: NAB's null detector. As one threshold takes all rows or none, it shows what an alarm on
    everything is worth."""

    def detect(time: Times, value: Floats) -> Floats:
        return np.full(len(time), 0.5)

    return lambda: detect


class WindowedGaussian:
    """One less the tail probability of a normal distribution over the last 6,400 values, moved on by 100 at a time
    (NAB's published constants). A missing value is neither scored nor kept. Scores have 12 decimals, as in the result
    files that NAB's published figures come from: what is nearer to 1 is 1."""

    WINDOW: Final = 6_400
    STEP: Final = 100
    DECIMALS: Final = 12

    def __init__(self) -> None:
        self._window: list[float] = []
        self._step: list[float] = []
        self._mean, self._squares = 0.0, 0.0  # Welford's sums while the window fills

    def __call__(self, time: Times, value: Floats) -> Floats:
        return np.array([self._next(number) for number in value.tolist()])

    def _next(self, number: float) -> float:
        if not isfinite(number):
            return nan
        score = self._score(number) if self._window else 0.0
        if len(self._window) < self.WINDOW:
            self._window.append(number)
            before = number - self._mean
            self._mean += before / len(self._window)
            self._squares += before * (number - self._mean)
            return score
        self._step.append(number)
        if len(self._step) == self.STEP:
            self._window = self._window[self.STEP :] + self._step
            self._step = []
            self._mean = float(np.mean(self._window))
            self._squares = float(np.var(self._window)) * len(self._window)
        return score

    def _score(self, number: float) -> float:
        deviation = sqrt(self._squares / len(self._window)) or 1e-6
        return round(1.0 - 0.5 * erfc(abs(number - self._mean) / deviation / sqrt(2)), self.DECIMALS)


def river_gaussian() -> Detector:
    """river's GaussianScorer with its defaults: twice the distance of the distribution function from one half."""
    scorer = _GAUSSIAN()

    def score(number: float) -> float:
        if not isfinite(number):
            return nan
        found = float(scorer.score_one(None, number))
        scorer.learn_one(None, number)
        return found

    return lambda time, value: np.array([score(number) for number in value.tolist()])


def river_half_space_trees() -> Detector:
    """river's HalfSpaceTrees with its defaults (10 trees of height 8, 250 rows), over the range seen so far."""
    scale, trees = _SCALE(), _TREES(seed=SEED)

    def score(number: float) -> float:
        if not isfinite(number):
            return nan
        scale.learn_one({"value": number})
        scaled = scale.transform_one({"value": number})
        found = float(trees.score_one(scaled))
        trees.learn_one(scaled)
        return found

    return lambda time, value: np.array([score(number) for number in value.tolist()])


BASELINES: Final[Mapping[str, Callable[[], Fresh]]] = {
    "random": chance,
    "constant": constant,
    "windowed_gaussian": lambda: WindowedGaussian,
    "river_gaussian_scorer": lambda: river_gaussian,
    "river_half_space_trees": lambda: river_half_space_trees,
    "reference": lambda: ReferenceDetector,
}
