"""The graph of causes between kinds of alarm, learned from a history of raises alone."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.correlation.alarm_history import AlarmHistory, Floats
from models.correlation.bursts import standing
from models.correlation.hawkes import Excitation, excitation

QUIET: Final = (0.0, 600.0, 21_600.0)
GAPS: Final = (10.0, 60.0, 600.0, 3_600.0)
TOLD_BY: Final = 600.0
"""The quiet time at whose process the figures of a pair are told."""
UNWANTED: Final = 0.5
"""What a pair loses that the information criterion does not want: half of what lies between first and last rank."""
EDGE_SHARE: Final = 0.25
"""Of all pairs, how many the likeliest are called edges where nothing better is known: so dense are the graphs that
operators have drawn of two networks (.23 and .25)."""


@dataclass(frozen=True, slots=True)
class AlarmGraph:
    """`score[i, j]` in [0, 1]: how much speaks for kind i as a cause of kind j, among all pairs of kinds (0 on the
    diagonal). `process` is the one at `TOLD_BY`, for the figures of a pair."""

    score: Floats
    process: Excitation

    @classmethod
    def of_scores(cls, score: Floats) -> "AlarmGraph":
        """A graph of which nothing is known but the score of each pair."""
        kinds = len(score)
        counts = np.zeros(kinds, dtype=np.int64)
        return cls(score, Excitation(np.zeros((kinds, kinds, 0)), np.zeros((kinds, kinds)), counts))

    def edges(self, share: float) -> list[tuple[int, int]]:
        """The likeliest `share` of all pairs, the likeliest first; of equal ones the lower numbers."""
        kinds = len(self.score)
        pairs = [(i, j) for i in range(kinds) for j in range(kinds) if i != j]
        pairs.sort(key=lambda pair: (-self.score[pair], pair))
        return pairs[: round(share * len(pairs))]


def alarm_graph(history: AlarmHistory) -> AlarmGraph:
    """What three signs of causation say together, each as its rank among all pairs: the share of the effects that a
    topological Hawkes process lays to the cause, that the cause rather than the effect opens the bursts in which they
    lie, and that the effect rather than the cause comes in the company of many kinds. A pair without which the process
    explains the raises as well, by the Bayesian information criterion, loses half a sign.

    Each sign is the mean over several time scales (how long a chattering alarm must be quiet before it begins again,
    how far apart raises of one burst may be), so that no scale is chosen for a network.
    """
    kinds = history.kind_count
    apart = ~np.eye(kinds, dtype=np.bool_)
    signs = np.zeros((3, kinds * (kinds - 1)))
    told: Excitation | None = None
    for quiet in QUIET:
        onsets = history.onsets(quiet)
        process = excitation(onsets)
        if quiet == TOLD_BY:
            told = process
        idle = process.informative[apart] <= 0
        signs[0] += (_ranks(process.share[apart]) - UNWANTED * idle) / len(QUIET)
        for gap in GAPS:
            found = standing(onsets, gap)
            for sign, of_cause in ((1, found.opens), (2, -found.company)):
                ahead = of_cause[:, None] - of_cause[None, :]
                signs[sign] += _ranks(ahead[apart]) / (len(QUIET) * len(GAPS))
    score = np.zeros((kinds, kinds))
    score[apart] = signs.mean(axis=0)
    return AlarmGraph.of_scores(score) if told is None else AlarmGraph(score, told)


def _ranks(values: Floats) -> Floats:
    """Ranks in (0, 1], equal values alike. Rounded, so that the last bit of a sum makes no order.

    >>> _ranks(np.array([0.2, 0.7, 0.2])).round(3).tolist()
    [0.5, 1.0, 0.5]
    """
    _, place, equals = np.unique(np.round(values, 9), return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(equals) - (equals - 1) / 2)[place] / max(len(values), 1)
    return ranks
