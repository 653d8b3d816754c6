"""What others take for a point, on one core: river's scorers, one model a series, and a z-score in plain numpy."""

from collections.abc import Callable
from time import process_time
from typing import Any, Final, Protocol

import numpy as np
from river.anomaly import GaussianScorer, HalfSpaceTrees
from river.time_series import SNARIMAX

from telassure.evaluation.detect_shapes import Load, RandomLoad, Values

WARM: Final = 250  # rounds before the clock starts: more than a season of SNARIMAX, a window of the trees
LEAST_POINTS: Final = 20


class Model(Protocol):
    """One series' model: score a value, then learn it."""

    def __call__(self, value: float) -> float: ...


def gaussian() -> Model:
    scorer: Any = GaussianScorer(window_size=200)  # type: ignore[no-untyped-call]

    def step(value: float) -> float:
        score = float(scorer.score_one(None, value))
        scorer.learn_one(None, value)
        return score

    return step


def half_space_trees() -> Model:
    """River's own defaults but for the limits, which must be given."""
    trees: Any = HalfSpaceTrees(n_trees=10, height=8, window_size=250, limits={"value": (0.0, 250.0)}, seed=1)

    def step(value: float) -> float:
        row = {"value": value}
        score = float(trees.score_one(row))
        trees.learn_one(row)
        return score

    return step


def snarimax() -> Model:
    """One day of 15 minutes as the season."""
    model: Any = SNARIMAX(p=2, d=0, q=1, m=96, sp=1, sd=0, sq=0)

    def step(value: float) -> float:
        expected = model.forecast(horizon=1)[0] if model.y_hist else value
        model.learn_one(value)
        return abs(value - float(expected))

    return step


RIVER: Final[dict[str, Callable[[], Model]]] = {
    "river_gaussian_scorer": gaussian,
    "river_half_space_trees": half_space_trees,
    "river_snarimax": snarimax,
}


def river_rate(make: Callable[[], Model], seconds: float, series: int = 8) -> float:
    """Points per second over `series` models in turn, for about `seconds`."""
    models, load = [make() for _ in range(series)], RandomLoad(series)
    for _ in range(WARM):
        play(models, load.next()[1])
    points, begun = 0, process_time()
    while points < LEAST_POINTS or process_time() - begun < seconds:
        play(models, load.next()[1])
        points += series
    return points / (process_time() - begun)


def play(models: list[Model], values: Values) -> None:
    for model, value in zip(models, values.tolist(), strict=True):
        model(value)


def z_score_turn(series: int, load: Load) -> Callable[[], None]:
    """An exponentially weighted mean and variance per series in plain numpy."""
    mean, variance = np.full(series, 100.0), np.full(series, 9.0)

    def turn() -> None:
        _, value = load.next()
        away = value - mean
        np.abs(away) / (4 * np.sqrt(variance))
        mean[:] += 0.05 * away
        variance[:] += 0.05 * (away * away - variance)

    return turn
