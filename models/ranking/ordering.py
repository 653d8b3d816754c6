"""How well a score puts the true before the false: area under the ROC curve, average precision, and their intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

RESAMPLES: Final = 1_000
INTERVAL: Final = (5.0, 95.0)  # percent: 90% lie between


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Episodes of one stretch of time, which one model has scored: columns of equal length.

    `scores` has a row per ranking that is compared. `cluster` says which episodes belong together: they are drawn
    together. `label` is 1 for a true positive, else 0.
    """

    scores: Floats
    label: Floats
    cluster: Codes


@dataclass(frozen=True, slots=True)
class Quality:
    """Of one ranking: area under the ROC curve and average precision, each with its interval of 90%."""

    auc: float
    auc_interval: tuple[float, float]
    average_precision: float
    average_precision_interval: tuple[float, float]


def ordering(score: Floats, label: Floats, weight: Floats) -> tuple[float, float]:
    """AUC and average precision of weighted rows; NaN where there is only one kind. Equal scores count half,
    and are one step of the average precision.

    >>> ordering(np.array([0.9, 0.8, 0.1]), np.array([1.0, 0.0, 1.0]), np.ones(3))
    (0.5, 0.8333333333333333)
    """
    distinct, place = np.unique(score, return_inverse=True)
    true = np.bincount(place, weight * label, len(distinct))
    false = np.bincount(place, weight * (1 - label), len(distinct))
    if true.sum() == 0 or false.sum() == 0:
        return float("nan"), float("nan")
    below = np.cumsum(false) - false
    auc = float((true * (below + false / 2)).sum() / (true.sum() * false.sum()))
    told_true, told = np.cumsum(true[::-1]), np.cumsum((true + false)[::-1])
    precision = np.divide(told_true, told, out=np.zeros_like(told), where=told > 0)
    return auc, float((precision * true[::-1]).sum() / true.sum())


def over_blocks(blocks: Sequence[Block], weights: Sequence[Floats]) -> Floats:
    """(rankings, 2): AUC over the pairs within each block, and average precision over the blocks' true ones."""
    sums, pairs, trues = np.zeros((len(blocks[0].scores), 2)), 0.0, 0.0
    for block, weight in zip(blocks, weights, strict=True):
        true, false = float(weight @ block.label), float(weight @ (1 - block.label))
        if true == 0 or false == 0:
            continue
        found = np.array([ordering(score, block.label, weight) for score in block.scores])
        sums += found * np.array([true * false, true])
        pairs, trues = pairs + true * false, trues + true
    return sums / np.array([pairs, trues]) if pairs else np.full_like(sums, np.nan)


def compare(blocks: Sequence[Block], resamples: int = RESAMPLES) -> tuple[list[Quality], tuple[float, float, float]]:
    """The quality of each ranking, and by how much the first one's AUC is above the second's (with its interval).

    Intervals are by bootstrap over clusters within each block, from a fixed seed.
    """
    chance = np.random.default_rng(0)
    whole = over_blocks(blocks, [np.ones(len(block.label)) for block in blocks])
    drawn = np.array([over_blocks(blocks, [redrawn(block, chance) for block in blocks]) for _ in range(resamples)])
    drawn = drawn[np.isfinite(drawn).all(axis=(1, 2))]
    low, high = np.percentile(drawn, INTERVAL, axis=0) if len(drawn) else np.full((2, *whole.shape), np.nan)
    gain = drawn[:, 0, 0] - drawn[:, 1, 0]
    least, most = np.percentile(gain, INTERVAL) if len(gain) else (np.nan, np.nan)
    qualities = [
        Quality(
            float(whole[n, 0]), (float(low[n, 0]), float(high[n, 0])),
            float(whole[n, 1]), (float(low[n, 1]), float(high[n, 1])),
        )
        for n in range(len(whole))
    ]  # fmt: skip
    return qualities, (float(whole[0, 0] - whole[1, 0]), float(least), float(most))


def redrawn(block: Block, chance: np.random.Generator) -> Floats:
    """How often each episode is in a sample of the block's clusters, drawn with replacement."""
    clusters, place = np.unique(block.cluster, return_inverse=True)
    counts = np.bincount(chance.integers(len(clusters), size=len(clusters)), minlength=len(clusters))
    return counts[place].astype(np.float64)
