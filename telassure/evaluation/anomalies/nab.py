"""The NAB score (Lavin and Ahmad 2015), by the rules of the published benchmark's current sweeper and normaliser.

The first 15 % of a series, at most 750 rows, are not scored. A window counts its earliest detection, by a sigmoid of
its place in the window; a window without one costs `fn`. A detection outside windows costs up to `fp`, by the same
sigmoid of its distance past the window before it (measured in that window's width), all of it where there is none. The
score is 100 (raw - null) / (perfect - null): nothing detected is 0, every window at its first row and nothing else 100.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, inf, nan
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from telassure.evaluation.anomalies.corpus import Floats, Series, Spans

PROBATION: Final = 0.15
PROBATION_ROWS: Final = 5_000  # of which at most PROBATION are not scored
FAR: Final = 3.0  # window widths past a window, beyond which a detection costs all


@dataclass(frozen=True, slots=True)
class Costs:
    """An application profile: what a window found at its first row gains, what a false detection and a miss cost."""

    tp: float
    fp: float
    fn: float


PROFILES: Final[Mapping[str, Costs]] = {
    "standard": Costs(1.0, 0.11, 1.0),
    "low_fp": Costs(1.0, 0.22, 1.0),
    "low_fn": Costs(1.0, 0.11, 2.0),
}


class Best(NamedTuple):
    """The best score in hindsight, and the threshold that gives it (detected: score >= threshold)."""

    score: float
    threshold: float


def probation(rows: int) -> int:
    """How many rows at the start of a series are not scored.

    >>> probation(1_000), probation(4_032), probation(15_902)
    (150, 604, 750)
    """
    return int(min(floor(PROBATION * rows), PROBATION * PROBATION_ROWS))


def sigmoid(position: Floats) -> Floats:
    """NAB's scaled sigmoid: 0.98661 at -1 (a window's first row), 0 at its right edge, -1 far behind it.

    >>> [round(float(x), 5) for x in sigmoid(np.array([-1.0, -0.5, 0.0, 1.0, 4.0]))]
    [0.98661, 0.84828, 0.0, -0.98661, -1.0]
    """
    worth: Floats = 2.0 / (1.0 + np.exp(5.0 * np.minimum(position, FAR))) - 1.0
    return np.where(position > FAR, -1.0, worth)


_FIRST: Final = float(sigmoid(np.array(-1.0)))


def worths(rows: int, spans: Spans) -> Floats:
    """What a detection is worth at each row: in (0, 1] inside a window, in [-1, 0) outside."""
    place = np.arange(rows, dtype=np.float64)
    worth = np.full(rows, -1.0)
    following = [*spans[1:, 0], rows]
    for (first, last), upcoming in zip(spans, following, strict=False):
        width = last - first + 1
        worth[first : last + 1] = sigmoid(-(last - place[first : last + 1] + 1) / width) / _FIRST
        # a window of one row has no width to measure by: it counts as two rows wide
        worth[last + 1 : upcoming] = sigmoid((place[last + 1 : upcoming] - last) / max(width - 1, 1))
    return worth


@dataclass(frozen=True, slots=True, eq=False)
class NabCorpus:
    """The scored rows of a corpus, one after another: what a detection is worth there, and the window (-1: none).

    `windows` counts those with a scored row: one that ends in the probation cannot be found and is left out, both of
    the null detector's misses and of the perfect detector's gains.
    """

    scored: NDArray[np.bool_]
    worth: Floats
    window: NDArray[np.int64]
    windows: int

    @classmethod
    def of(cls, series: Sequence[Series]) -> "NabCorpus":
        """The rows of these series in their order; `scored` covers all rows, `worth` and `window` the scored ones."""
        scored, worth, window, base = [], [], [], 0
        for one in series:
            rows, spans = len(one), one.spans()
            names = np.full(rows, -1, np.int64)
            for number, (first, last) in enumerate(spans):
                names[first : last + 1] = base + number
            base += len(spans)
            scored.append(np.arange(rows) >= probation(rows))
            worth.append(worths(rows, spans))
            window.append(names)
        mask = np.concatenate(scored)
        named = np.concatenate(window)[mask]
        kept, renamed = np.unique(named, return_inverse=True)
        first = int(len(kept) > 0 and kept[0] < 0)  # place of the first window among the names
        return cls(mask, np.concatenate(worth)[mask], renamed - first, len(kept) - first)

    def best(self, scores: Floats, costs: Costs) -> Best:
        """The best of all thresholds, one for the whole corpus; of equal ones the highest. A NaN is never detected."""
        judged = scores[self.scored]
        order = np.argsort(-judged, kind="stable")[: int(np.count_nonzero(~np.isnan(judged)))]
        raw = -costs.fn * self.windows + np.cumsum(self._gains(order, costs))
        ordered = judged[order]
        last = np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)]  # equal scores are detected together
        raw, thresholds = np.append(-costs.fn * self.windows, raw[last]), np.append(inf, ordered[last])
        place = int(np.argmax(raw))
        return Best(self._normal(float(raw[place]), costs), float(thresholds[place]))

    def fixed(self, scores: Floats, threshold: float, costs: Costs) -> float:
        """The score where `score > threshold` is a detection."""
        detected = np.flatnonzero(scores[self.scored] > threshold)
        return self._normal(-costs.fn * self.windows + float(self._gains(detected, costs).sum()), costs)

    def _gains(self, order: NDArray[np.intp], costs: Costs) -> Floats:
        """What each detection adds to those before it: outside windows its cost, inside what it is better by than the
        best of its window so far (the first also takes the miss back)."""
        worth, window = self.worth[order], self.window[order]
        gains = costs.fp * worth
        inside = np.flatnonzero(window >= 0)
        inside = inside[np.argsort(window[inside], kind="stable")]
        for part in np.split(inside, np.flatnonzero(np.diff(window[inside])) + 1) if len(inside) else ():
            gains[part] = np.diff(np.maximum.accumulate(costs.tp * worth[part]), prepend=-costs.fn)
        return gains

    def _normal(self, raw: float, costs: Costs) -> float:
        null, perfect = -costs.fn * self.windows, costs.tp * self.windows
        return 100.0 * (raw - null) / (perfect - null) if self.windows else nan
