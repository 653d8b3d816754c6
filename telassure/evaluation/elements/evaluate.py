"""`evaluate elements --corpus`: incidents of elements as the product tells them, and the baselines, in one run."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np

from streams.operators.detection.policies import ELEMENT_EVIDENCE
from telassure.evaluation.anomalies.corpus import Floats
from telassure.evaluation.elements.alarms import AlarmFigures, chosen, judged, pooled, rows_alarmed
from telassure.evaluation.elements.labelled import LabelledElement, labelled_elements
from telassure.evaluation.elements.rivals import RIVALS
from telassure.evaluation.elements.told import ToldOfElement, told_of
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import PolicyValue

Say = Callable[[str], None]
TIMES: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)  # the policy's default, out of sample
THRESHOLDS: Final = 60  # of a baseline's numbers, from one step in five to one in a hundred thousand


def evaluate_elements(directory: Path, out_of_sample: bool, say: Say) -> Mapping[str, Any]:
    """The keys of `evaluate elements --corpus`. `seconds`: of the product's operator at its defaults. Out of sample
    the evidence that is too much (and every threshold of a baseline) is for each element the best for the others;
    else it is the product's default, and a baseline's best in hindsight."""
    elements = labelled_elements(directory)
    if out_of_sample and len(elements) < 2:
        raise InvalidInput(
            "--out-of-sample leaves one element out and chooses on the others; there is one", str(directory)
        )
    say(f"{len(elements)} elements, {sum(one.value.size for one in elements):,} points")
    start = perf_counter()
    told = [told_of(one) for one in elements]
    seconds = round(perf_counter() - start, 3)
    own = [judged(one, run.element.alarms()) for one, run in zip(elements, told, strict=True)]
    found = {"elements": len(elements)} | pooled(own).figures() | {"by_element": by_name(elements, own)}
    if out_of_sample:
        say("the product at other thresholds")
        found |= {"out_of_sample": _product_elsewhere(elements)}
    return found | {"baselines": _baselines(elements, told, out_of_sample, say), "seconds": seconds}


def by_name(elements: Sequence[LabelledElement], figures: Sequence[AlarmFigures]) -> dict[str, Any]:
    """The figures of each element."""
    return {one.name: own.figures() for one, own in zip(elements, figures, strict=True)}


def _product_elsewhere(elements: Sequence[LabelledElement]) -> dict[str, Any]:
    """The product with the evidence that is too much chosen on the other elements."""
    default = float(ELEMENT_EVIDENCE.default)
    choices = {
        round(default * times, 3): [
            judged(one, told_of(one, (evidence(default * times),)).element.alarms()) for one in elements
        ]
        for times in TIMES
    }
    return _chosen_figures(elements, choices, True)


def evidence(limit: float) -> PolicyValue:
    """The policy that sets the evidence that is too much."""
    return PolicyValue("detection", ELEMENT_EVIDENCE.name, f"{limit:.3f}")


def _baselines(
    elements: Sequence[LabelledElement], told: Sequence[ToldOfElement], out_of_sample: bool, say: Say
) -> dict[str, Any]:
    singles = pooled(judged(one, run.kpis.alarms()) for one, run in zip(elements, told, strict=True))
    counts = [(run.score > 1.0).sum(axis=1).astype(np.float64) for run in told]
    most = max(one.value.shape[1] for one in elements)
    found = {
        "any_kpi": singles.figures(),
        "count_of_kpis": _swept(elements, counts, np.arange(most, dtype=np.float64), out_of_sample),
    }
    for name, rival in RIVALS.items():
        say(f"baseline {name}")
        start = perf_counter()
        numbers = [rival(one) for one in elements]
        seconds = round(perf_counter() - start, 2)
        found[name] = _swept(elements, numbers, thresholds(numbers), out_of_sample) | {"seconds": seconds}
    return found


def thresholds(numbers: Sequence[Floats]) -> Floats:
    """Some thresholds that all elements share, from low to high."""
    every = np.concatenate(numbers)
    every = every[~np.isnan(every)]
    if not len(every):
        return np.zeros(1)
    return np.unique(np.quantile(every, 1 - np.geomspace(0.2, 1e-5, THRESHOLDS)))


def _swept(
    elements: Sequence[LabelledElement], numbers: Sequence[Floats], limits: Floats, out_of_sample: bool
) -> dict[str, Any]:
    choices = {
        limit: [judged(one, rows_alarmed(one.time, own > limit)) for one, own in zip(elements, numbers, strict=True)]
        for limit in limits.tolist()
    }
    return _chosen_figures(elements, choices, out_of_sample)


def _chosen_figures(
    elements: Sequence[LabelledElement], choices: Mapping[float, Sequence[AlarmFigures]], out_of_sample: bool
) -> dict[str, Any]:
    limits, found = chosen(choices, out_of_sample)
    own = [choices[limit][place] for place, limit in enumerate(limits)]
    thresholds_of = {one.name: round(limit, 6) for one, limit in zip(elements, limits, strict=True)}
    return found.figures() | {"thresholds": thresholds_of, "by_element": by_name(elements, own)}
