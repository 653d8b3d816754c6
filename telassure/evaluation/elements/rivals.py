"""What the product's verdict on an element must beat: each gives one number a step, and never looks ahead."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np
from river import anomaly, preprocessing
from sklearn.ensemble import IsolationForest

from telassure.evaluation.anomalies.corpus import Floats
from telassure.evaluation.elements.labelled import LabelledElement
from telassure.kernel.instant import DAY

SEED: Final = 42
LEARNED: Final = 3 * DAY  # before anything is said
REMEMBERED: Final = 7 * DAY  # what a forest is fitted on, every day anew
MOST: Final = 10.0  # robust deviations: a KPI counts no more
# river's classes are untyped
_TREES: Final[Any] = anomaly.HalfSpaceTrees
_SCALE: Final[Any] = preprocessing.MinMaxScaler

Evidence = Callable[[LabelledElement], Floats]


def days_of(element: LabelledElement) -> list[slice]:
    """The steps of each day since the first."""
    edges = np.arange(element.time[0], element.time[-1] + DAY + 1, DAY)
    rows = np.searchsorted(element.time, edges)
    return [slice(first, last) for first, last in pairwise(rows.tolist()) if last > first]


def robust_z(element: LabelledElement) -> Floats:
    """The sum over the KPIs of the distance from the median of the week before, in its median absolute deviations."""
    found = np.full(len(element.time), np.nan)
    for rows in days_of(element):
        past = element.value[week_before(element, rows.start)]
        if silent(element, rows.start):
            continue
        middle = np.nanmedian(past, axis=0)
        spread = np.nanmedian(np.abs(past - middle), axis=0)
        spread = np.where(spread > 0, spread, np.nanmean(np.abs(past - middle), axis=0))
        away = np.abs(element.value[rows] - middle) / np.where(spread > 0, spread, np.inf)
        found[rows] = np.minimum(np.nan_to_num(away), MOST).sum(axis=1)
    return found


def half_space_trees(element: LabelledElement) -> Floats:
    """river's HalfSpaceTrees over all KPIs, each scaled to the range that it has shown."""
    scale, trees, found = _SCALE(), _TREES(seed=SEED), np.full(len(element.time), np.nan)
    for row, values in enumerate(np.nan_to_num(element.value).tolist()):
        features = dict(enumerate(values))
        scale.learn_one(features)
        scaled = scale.transform_one(features)
        if not silent(element, row):
            found[row] = trees.score_one(scaled)
        trees.learn_one(scaled)
    return found


def isolation_forest(element: LabelledElement) -> Floats:
    """scikit-learn's IsolationForest, fitted each midnight on the week before."""
    found, value = np.full(len(element.time), np.nan), np.nan_to_num(element.value)
    for rows in days_of(element):
        if not silent(element, rows.start):
            forest = IsolationForest(random_state=SEED).fit(value[week_before(element, rows.start)])
            found[rows] = -forest.score_samples(value[rows])
    return found


def week_before(element: LabelledElement, row: int) -> slice:
    """The steps of the week before a step."""
    return slice(int(np.searchsorted(element.time, element.time[row] - REMEMBERED)), row)


def silent(element: LabelledElement, row: int) -> bool:
    """Whether too little is behind a step."""
    return bool(element.time[row] - element.time[0] < LEARNED)


RIVALS: Final[Mapping[str, Evidence]] = {
    "robust_z": robust_z,
    "half_space_trees": half_space_trees,
    "isolation_forest": isolation_forest,
}
