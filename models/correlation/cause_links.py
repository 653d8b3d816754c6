"""Which kinds of alarm are worth a rule: pairs that a history supports, with what speaks for each."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.correlation.alarm_graph import EDGE_SHARE, TOLD_BY, alarm_graph
from models.correlation.alarm_history import AlarmHistory, Floats, lags
from models.correlation.hawkes import LAG_EDGES, excitation

LEAST_SUPPORT: Final = 5.0
LEAST_STABLE: Final = 0.5
LEAST_LIFT: Final = 2.0


@dataclass(frozen=True, slots=True)
class CauseLink:
    """Kind `cause` brings kind `effect` about.

    `support`: how many effects the process lays to the cause, and `share` of all; `lift`: how much oftener the cause
    came within the lags before an effect than before any moment; `density`: the parts of the support in each bin of
    `LAG_EDGES`; `stability`: the smaller share in one half of the history over the larger in the other; `score`: the
    graph's.
    """

    cause: int
    effect: int
    support: float
    share: float
    lift: float
    density: tuple[float, ...]
    stability: float
    score: float


def cause_links(history: AlarmHistory) -> list[CauseLink]:
    """Pairs among the likeliest quarter that the information criterion wants, of at least five effects, with a lift of
    at least two and at least half as strong in one half of the history as in the other; the best supported first. Of
    two directions the likelier one stands."""
    graph, onsets = alarm_graph(history), history.onsets(TOLD_BY)
    process, lift = graph.process, _lift(onsets)
    halves = [excitation(half).share for half in onsets.halves()]
    weaker, stronger = np.minimum(*halves), np.maximum(*halves)
    found = []
    for pair in graph.edges(EDGE_SHARE):
        cause, effect = pair
        caused = process.caused[pair]
        support = float(caused.sum())
        stability = float(weaker[pair] / stronger[pair]) if stronger[pair] > 0 else 0.0
        wanted = support >= LEAST_SUPPORT and process.informative[pair] > 0 and lift[pair] >= LEAST_LIFT
        if wanted and stability >= LEAST_STABLE and graph.score[pair] >= graph.score[effect, cause]:
            density = tuple(float(part) for part in caused / support)
            share, score = float(process.share[pair]), float(graph.score[pair])
            found.append(CauseLink(cause, effect, support, share, float(lift[pair]), density, stability, score))
    return sorted(found, key=lambda link: (-link.support, link.cause, link.effect))


def _lift(history: AlarmHistory) -> Floats:
    """[cause, effect]: the share of effects before which the cause came, over the share of time in which it had."""
    seen, kinds = lags(history, LAG_EDGES), history.kind_count
    lift = np.zeros((kinds, kinds))
    for effect in range(kinds):
        rows = history.kinds == effect
        places = np.unique(history.places[rows])
        if len(places) and seen.span > 0:
            chance = seen.exposure[places].sum(axis=(0, 2)) / (seen.span * len(places))
            before = (seen.state[rows] >= 0).mean(axis=0)
            lift[:, effect] = np.divide(before, chance, out=np.zeros(kinds), where=chance > 0)
    return lift
