"""`evaluate anomalies --corpus`: the product's detector and the baselines over one corpus, in one run."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from telassure.evaluation.anomalies.baselines import BASELINES, Fresh
from telassure.evaluation.anomalies.corpus import Floats, Series, corpus
from telassure.evaluation.anomalies.detectors import product_detector, scores_of
from telassure.evaluation.anomalies.score import Scores, ratios, score_corpus

Say = Callable[[str], None]


def evaluate_corpus(directory: Path, profile: str, baselines: bool, say: Say) -> Mapping[str, Any]:
    """The keys of `evaluate anomalies --corpus`. `seconds`: of the product's detector, without the scoring of it."""
    series = corpus(directory)
    say(f"{len(series)} series, {sum(map(len, series)):,} points: profile {profile}")
    start = perf_counter()
    columns = _columns(series, lambda: product_detector(profile))
    seconds = perf_counter() - start
    found = score_corpus(series, columns)
    compared = _baselines(series, say) if baselines else {}
    return {"profile": profile} | found.figures() | {"baselines": compared, "seconds": round(seconds, 3)}


def _columns(series: Sequence[Series], fresh: Fresh) -> list[Floats]:
    return [scores_of(fresh(), one) for one in series]


def _baselines(series: Sequence[Series], say: Say) -> dict[str, Mapping[str, Any]]:
    """Each at the thresholds that suit it best in hindsight: they have none of their own."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, prepared in BASELINES.items():
        say(f"baseline {name}")
        start = perf_counter()
        columns = _columns(series, prepared())
        found[name] = _compared(score_corpus(series, columns)) | {"seconds": round(perf_counter() - start, 2)}
    return found


def _compared(scores: Scores) -> dict[str, Any]:
    figures = scores.figures()
    nab: Mapping[str, float] = {name: round(best.score, 2) for name, best in scores.nab.items()}
    return {
        "nab_standard": nab["standard"],
        "f1": ratios(scores.events_best)["f1"],
        "nab": nab,
        "average_precision": figures["average_precision"],
    }
