"""`evaluate causes`: the root cause of each labelled incident of services, in and out of sample, beside baselines."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.correlation.degradation import CauseTuning, Deviation, degradation_causes
from telassure.evaluation.correlation.service_incidents import ServiceIncident, ServiceIncidents, service_incidents

DOUBTS: Final = (1.0, 3.0, 6.0, 10.0)
TAKEN_OFF: Final = (0.5, 0.8, 1.0)
AMONG: Final = 3
_RESAMPLES: Final = 2_000
_SEED: Final = 20_231_128
_DIGITS: Final = 4

Ranking = Sequence[str]
Seen = Mapping[str, Deviation]


def evaluate_causes(directory: Path, say: Callable[[str], None]) -> Mapping[str, Any]:
    """The keys of `evaluate causes`. `out_of_sample`: the two numbers of the model chosen for each incident on those of
    other roots and other KPIs."""
    known = service_incidents(directory)
    say(f"{len(known.incidents)} incidents, {len(known.calls)} elements")
    roots = [incident.root for incident in known.incidents]
    tunings = [CauseTuning(*pair) for pair in product(DOUBTS, TAKEN_OFF)]
    seen = [known.deviations(incident) for incident in known.incidents]
    tuned = {tuning: ranked(known, seen, tuning) for tuning in (CauseTuning(), *tunings)}
    left_out = [_tuned_elsewhere(known.incidents, tuned, one)[at] for at, one in enumerate(known.incidents)]
    return {
        "incidents": len(roots),
        **scored(tuned[CauseTuning()], roots),
        "out_of_sample": scored(left_out, roots),
        "baselines": {name: _tops(rankings, roots) for name, rankings in _baselines(known, seen).items()}
        | {"random": _random(known)},
        "by_kpi": {
            metric: _of_metric(known.incidents, tuned[CauseTuning()], metric)
            for metric in sorted({one.metric for one in known.incidents})
        },
    }


def ranked(known: ServiceIncidents, seen: Sequence[Seen], tuning: CauseTuning) -> list[Ranking]:
    """The elements of each incident, the likeliest cause first."""
    return [
        [
            cause.element
            for cause in degradation_causes(incident.target, known.calls, deviations, tuning)
            if cause.own > 0
        ]
        for incident, deviations in zip(known.incidents, seen, strict=True)
    ]


def scored(rankings: Sequence[Ranking], roots: Sequence[str]) -> dict[str, Any]:
    """top1 and top3 with what nineteen of twenty resamples of the incidents lie within."""
    hits = {name: _hits(rankings, roots, among) for name, among in (("top1", 1), ("top3", AMONG))}
    intervals = {f"{name}_interval": _interval(found) for name, found in hits.items()}
    return {name: _share(found) for name, found in hits.items()} | intervals


def _tuned_elsewhere(
    incidents: Sequence[ServiceIncident], tuned: Mapping[CauseTuning, Sequence[Ranking]], left: ServiceIncident
) -> Sequence[Ranking]:
    """The rankings by the tuning that is best on the incidents of other roots and KPIs; of equal ones, the default."""
    rest = [at for at, one in enumerate(incidents) if one.root != left.root and one.metric != left.metric]
    return max(
        tuned.values(),
        key=lambda rankings: sum(_hits([rankings[at] for at in rest], [incidents[at].root for at in rest], 1)),
    )


def _baselines(known: ServiceIncidents, seen: Sequence[Seen]) -> dict[str, list[Ranking]]:
    """The largest deviation first; and the root that is commonest among the other incidents."""
    found: dict[str, list[Ranking]] = {"largest_z": [], "commonest_root": []}
    for incident, deviations in zip(known.incidents, seen, strict=True):
        order = sorted((-deviation.sigmas, element) for element, deviation in deviations.items())
        found["largest_z"].append([element for _, element in order])
        others = Counter(one.root for one in known.incidents if one is not incident)
        found["commonest_root"].append(sorted(others, key=lambda root: (-others[root], root)))
    return found


def _random(known: ServiceIncidents) -> dict[str, float]:
    """What any order of the elements that the target reaches is worth on average."""
    sizes = [len(degradation_causes(one.target, known.calls, {})) for one in known.incidents]
    return {
        name: round(float(np.mean([min(among / size, 1.0) for size in sizes])), _DIGITS)
        for name, among in (("top1", 1), ("top3", AMONG))
    }


def _of_metric(incidents: Sequence[ServiceIncident], rankings: Sequence[Ranking], metric: str) -> dict[str, Any]:
    mine = [at for at, one in enumerate(incidents) if one.metric == metric]
    return {"incidents": len(mine)} | _tops([rankings[at] for at in mine], [incidents[at].root for at in mine])


def _tops(rankings: Sequence[Ranking], roots: Sequence[str]) -> dict[str, float]:
    return {name: _share(_hits(rankings, roots, among)) for name, among in (("top1", 1), ("top3", AMONG))}


def _hits(rankings: Sequence[Ranking], roots: Sequence[str], among: int) -> list[bool]:
    return [root in ranking[:among] for ranking, root in zip(rankings, roots, strict=True)]


def _share(hits: Sequence[bool]) -> float:
    return round(sum(hits) / len(hits), _DIGITS)


def _interval(hits: Sequence[bool]) -> list[float]:
    drawn = np.random.default_rng(_SEED).choice(np.array(hits, dtype=np.float64), (_RESAMPLES, len(hits)))
    return [round(float(edge), _DIGITS) for edge in np.percentile(drawn.mean(axis=1), (2.5, 97.5))]
