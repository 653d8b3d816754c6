"""`evaluate anomalies --corpus`: the product's detector and the baselines over one corpus, in one run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Any, Final

from telassure.evaluation.anomalies.baselines import BASELINES, Fresh
from telassure.evaluation.anomalies.corpus import Floats, Series, corpus
from telassure.evaluation.anomalies.detectors import product_detector, scores_of
from telassure.evaluation.anomalies.score import DetectorScores, ratios, score_corpus

Say = Callable[[str], None]
LATER_ROWS: Final = 5


def evaluate_corpus(directory: Path, profile: str, baselines: bool, starts: int, say: Say) -> Mapping[str, Any]:
    """The keys of `evaluate anomalies --corpus`. `seconds`: of the product's detector, without the scoring of it.
    `starts`: how many further runs begin later, a few rows each."""
    series = corpus(directory)
    say(f"{len(series)} series, {sum(map(len, series)):,} points: profile {profile}")
    start = perf_counter()
    columns = _columns(series, lambda: product_detector(profile))
    seconds = perf_counter() - start
    found = score_corpus(series, columns)
    compared = _baselines(series, say) if baselines else {}
    figures = {"profile": profile} | found.figures() | {"baselines": compared, "seconds": round(seconds, 3)}
    return figures | ({"later_starts": _later_starts(series, profile, starts)} if starts else {})


def _later_starts(series: Sequence[Series], profile: str, starts: int) -> Mapping[str, Any]:
    """How much of the figures hangs on where the series happen to begin: the same without their first 5, 10, 15 …
    rows, each run's figures and the mean of all."""
    runs = [_cut(series, profile, LATER_ROWS * number) for number in range(1, starts + 1)]
    means = {name: round(mean(run[name] for run in runs), 4) for name in runs[0] if name != "rows_left_out"}
    return {"mean": means, "runs": runs}


def _cut(series: Sequence[Series], profile: str, rows: int) -> dict[str, float]:
    later = [replace(one, time=one.time[rows:], value=one.value[rows:]) for one in series]
    found = score_corpus(later, _columns(later, lambda: product_detector(profile)))
    return {
        "rows_left_out": rows,
        "nab_standard": round(found.nab["standard"].score, 2),
        "nab_standard_fixed_threshold": round(found.nab_fixed_threshold["standard"], 2),
        "f1": round(found.events.f1, 4),
    }


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


def _compared(scores: DetectorScores) -> dict[str, Any]:
    figures = scores.figures()
    nab: Mapping[str, float] = {name: round(best.score, 2) for name, best in scores.nab.items()}
    return {
        "nab_standard": nab["standard"],
        "f1": ratios(scores.events_best)["f1"],
        "nab": nab,
        "average_precision": figures["average_precision"],
    }
