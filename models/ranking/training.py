"""Learns a ranker from judged episodes with scikit-learn, and says out of sample whether it beats the peak score.

Only the command that trains imports this: the stream applies rankers without scikit-learn.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from models.detection.wallclock import DAY
from models.ranking.features import FEATURES, PEAK, Evidence
from models.ranking.ordering import Block, Codes, Floats, Quality, compare
from models.ranking.ranker import LEAST_SCALE, MOST_MEASUREMENTS, Ranker, name_of

LEAST: Final = 50
"""Labels of each kind. With 50 and 50 the 90% interval of an AUC of 0.7 is 0.61 to 0.79: fewer show nothing."""
LEAST_TESTED: Final = 10
"""Hours with labels of each kind, in the stretches of time that are tested: an hour is one event, and an interval over
fewer events is none."""
MOST_LABELS: Final = 20_000  # the newest
LEAST_OF_A_MEASUREMENT: Final = 5  # judged episodes for an offset of its own
BLOCKS: Final = 4
HOUR: Final = DAY // 24
CHANCE: Final = 0.5  # the AUC of a ranking that knows nothing
PRIOR: Final = 1.0
"""Variance that weights and offsets are thought to have before a label is seen (the C of scikit-learn): one logit per
standard deviation of a feature. A measurement with few labels thus stays near what holds for all."""


class Judged(NamedTuple):
    """An episode and its verdict. `evidence` is what was known when it opened and each time it worsened, `at` when it
    began (microseconds). Those of one hour count as one event: a fault opens many episodes at once."""

    at: int
    measurement: str
    evidence: Sequence[Evidence]
    true: bool

    @property
    def hour(self) -> int:
        return self.at // HOUR


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it: a ranker, or why there is none. What was measured is said in either case, where it could be."""

    ranker: Ranker | None
    refusal: str
    figures: Mapping[str, float]


def train(judged: Sequence[Judged]) -> Trained:
    """The ranker of these labels, unless they are too few or it is not shown to beat the peak score."""
    newest = sorted(judged, key=lambda each: (each.at, each.measurement, each.evidence))[-MOST_LABELS:]
    true = sum(each.true for each in newest)
    figures: dict[str, float] = {"true_positives": true, "false_positives": len(newest) - true}
    refusal = too_few(true, len(newest) - true)
    if refusal:
        return Trained(None, refusal, figures)
    blocks = out_of_sample(newest)
    figures["tested"] = sum(len(block.label) for block in blocks)
    if min(hours_with(blocks, 1), hours_with(blocks, 0)) < LEAST_TESTED:
        return Trained(None, _APART, figures)
    (ours, peak), gain = compare(blocks)
    figures |= _measured("", ours) | _measured("peak_", peak)
    figures |= {"auc_gain": round(gain[0], 4), "auc_gain_low": round(gain[1], 4), "auc_gain_high": round(gain[2], 4)}
    if not (gain[1] > 0 and ours.auc_interval[0] > CHANCE):
        return Trained(None, _no_better(figures), figures)
    return Trained(ranker_of(newest), "", figures)


_APART: Final = (
    f"fewer than {LEAST_TESTED} hours with true or {LEAST_TESTED} with false positives lie in the later two thirds of "
    "the labels, on which a ranker of the earlier ones is tested: judge episodes of both kinds in the same days"
)


def hours_with(blocks: Sequence[Block], label: int) -> int:
    """How many hours of the blocks have a label of a kind."""
    return sum(len(np.unique(block.cluster[block.label == label])) for block in blocks)


def too_few(true: int, false: int) -> str:
    """Why labels do not do, "" where they do.

    >>> too_few(80, 60), too_few(70, 0)[:46]
    ('', 'all 70 judged episodes are true positives: the')
    """
    if min(true, false) == 0 and max(true, false) >= LEAST:
        return (
            f"all {true + false} judged episodes are {'true' if true else 'false'} positives: there is nothing to tell"
        )
    if min(true, false) < LEAST:
        return (
            f"{true} true and {false} false positives are judged, and at least {LEAST} of each are needed: with fewer, "
            "what is measured is uncertain by more than 0.09 of AUC either way"
        )
    return ""


def _no_better(figures: Mapping[str, float]) -> str:
    return (
        "out of sample it is not shown to beat the peak score and chance: "
        f"AUC {figures['auc']:.3f} ({figures['auc_low']:.3f} to {figures['auc_high']:.3f}) against "
        f"{figures['peak_auc']:.3f}, a difference of {figures['auc_gain_low']:+.3f} to {figures['auc_gain_high']:+.3f}"
    )


def _measured(prefix: str, quality: Quality) -> dict[str, float]:
    return {
        f"{prefix}auc": round(quality.auc, 4),
        f"{prefix}auc_low": round(quality.auc_interval[0], 4),
        f"{prefix}auc_high": round(quality.auc_interval[1], 4),
        f"{prefix}average_precision": round(quality.average_precision, 4),
        f"{prefix}average_precision_low": round(quality.average_precision_interval[0], 4),
        f"{prefix}average_precision_high": round(quality.average_precision_interval[1], 4),
    }


def out_of_sample(judged: Sequence[Judged]) -> list[Block]:
    """Each stretch of the later two thirds (in order of time) as ranked by what was learned from all before it, and by
    the peak score. What began in one hour is in one stretch. Episodes count as they opened."""
    bounds = _bounds(judged)
    blocks = []
    for start, end in zip(bounds, [*bounds[1:], len(judged)], strict=True):
        before, then = judged[:start], judged[start:end]
        if not then or len({each.true for each in before}) < 2:
            continue
        ranker = ranker_of(before)
        ours = [ranker.probability(each.evidence[0], each.measurement) for each in then]
        peak = [each.evidence[0][PEAK] for each in then]
        label = np.array([each.true for each in then], np.float64)
        blocks.append(Block(np.array([ours, peak]), label, np.array([each.hour for each in then])))
    return blocks


def _bounds(judged: Sequence[Judged]) -> list[int]:
    """Where the tested stretches begin: never amid an hour."""
    bounds = []
    for number in range(BLOCKS):
        start = len(judged) * (BLOCKS // 2 + number) // (BLOCKS + BLOCKS // 2)
        while 0 < start < len(judged) and judged[start].hour == judged[start - 1].hour:
            start += 1
        bounds.append(start)
    return bounds


def ranker_of(judged: Sequence[Judged]) -> Ranker:
    """The ranker of labels of both kinds, whatever it is worth. A feature that hardly varies has no weight."""
    measurements = known(judged)
    model = fitted(judged, measurements)
    scaler, logistic = model["columns"].named_transformers_["numbers"], model["logistic"]
    varies = scaler.scale_ > LEAST_SCALE
    weights = logistic.coef_[0].tolist()
    return Ranker(
        features=FEATURES,
        mean=tuple(scaler.mean_.tolist()),
        scale=tuple(np.where(varies, scaler.scale_, 1.0).tolist()),
        weight=tuple(np.where(varies, weights[: len(FEATURES)], 0.0).tolist()),
        intercept=float(logistic.intercept_[0]),
        offset=dict(zip(measurements, weights[len(FEATURES) :], strict=True)),
    )


def known(judged: Sequence[Judged]) -> list[str]:
    """The names of the measurements that are judged most, as many as a ranker holds."""
    counts = Counter(name_of(each.measurement) for each in judged)
    ordered = sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))
    return [name for name, count in ordered if count >= LEAST_OF_A_MEASUREMENT][:MOST_MEASUREMENTS]


def fitted(judged: Sequence[Judged], measurements: Sequence[str]) -> Pipeline:
    """Standardised features and a column for each measurement into a regularised logistic regression. Every state of an
    episode in which it is ranked is a row; together they weigh 1."""
    numbers = StandardScaler()
    names = OneHotEncoder(categories=[list(range(len(measurements)))], handle_unknown="ignore", sparse_output=False)
    parts: list[tuple[str, Any, Any]] = [("numbers", numbers, slice(0, len(FEATURES)))]
    if measurements:
        parts.append(("measurement", names, [len(FEATURES)]))
    model = Pipeline([("columns", ColumnTransformer(parts)), ("logistic", LogisticRegression(C=PRIOR, max_iter=1_000))])
    rows = [(each, evidence) for each in judged for evidence in each.evidence]
    weight = np.array([1 / len(each.evidence) for each, _ in rows])
    label = np.array([each.true for each, _ in rows], np.int64)
    return model.fit(table(rows, measurements), label, logistic__sample_weight=weight)


def table(rows: Sequence[tuple[Judged, Evidence]], measurements: Sequence[str]) -> Floats:
    """(rows, features and the code of the measurement; -1: none of its own)."""
    codes = {name: code for code, name in enumerate(measurements)}
    named: Codes = np.array([codes.get(name_of(each.measurement), -1) for each, _ in rows])
    return np.column_stack((np.array([evidence for _, evidence in rows], np.float64), named))
