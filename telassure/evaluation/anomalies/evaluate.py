"""`evaluate anomalies --corpus`: the product's detector and the baselines over labelled corpora, in one run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Any, Final

from telassure.evaluation.anomalies.baselines import BASELINES, Fresh
from telassure.evaluation.anomalies.corpus import Floats, Series, corpora
from telassure.evaluation.anomalies.detectors import policies_of, product_detector, scores_of
from telassure.evaluation.anomalies.episodes import count_episodes, episode_starts
from telassure.evaluation.anomalies.out_of_sample import (
    THRESHOLDS,
    Group,
    corpora_of,
    groups_of,
    of_corpus,
    of_group,
    out_of_sample,
    product_scores,
    tuning,
)
from telassure.evaluation.anomalies.score import DetectorScores, ratios, rounded, score_corpus

Say = Callable[[str], None]
LATER_ROWS: Final = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be said beside a profile's scores. `starts`: how many further runs begin later, a few rows each."""

    profile: str
    baselines: bool = True
    starts: int = 0
    episodes: bool = False
    out_of_sample: bool = False


def evaluate_corpora(directories: Sequence[Path], asked: Asked, say: Say) -> Mapping[str, Any]:
    """The keys of `evaluate anomalies --corpus`. `seconds`: of the product's detector, without the scoring of it."""
    series, profile = corpora(directories), asked.profile
    say(f"{len(series)} series, {sum(map(len, series)):,} points: profile {profile}")
    start = perf_counter()
    columns = _columns(series, lambda: product_detector(profile))
    seconds = perf_counter() - start
    found = product_scores(series, columns).figures()
    compared = _baselines(series, say) if asked.baselines else {}
    figures = {"profile": profile} | found | {"baselines": compared, "seconds": round(seconds, 3)}
    if len(directories) > 1:
        figures["by_corpus"] = {
            name: product_scores(*of_corpus(series, columns, name)).figures() for name in corpora_of(series)
        }
    if asked.episodes:
        figures |= _episodes(series, profile, say)
    if asked.out_of_sample:
        figures["out_of_sample"] = _out_of_sample(series, profile, say)
    return figures | ({"later_starts": _later_starts(series, profile, asked.starts)} if asked.starts else {})


def _episodes(series: Sequence[Series], profile: str, say: Say) -> Mapping[str, Any]:
    say("episodes, through the detection topology")
    starts = episode_starts(series, policies_of(profile))
    by_group = {
        "/".join(group): count_episodes([one for one in series if (one.corpus, one.group) == group], starts).figures()
        for group in groups_of(series)
    }
    return {"episodes": count_episodes(series, starts).figures(), "episodes_by_group": by_group}


def _out_of_sample(series: Sequence[Series], profile: str, say: Say) -> Mapping[str, Any]:
    candidates = []
    for threshold in THRESHOLDS:
        say(f"out of sample: threshold {threshold}")
        candidates.append(tuning(series, profile, threshold))
    return out_of_sample(series, candidates)


def _later_starts(series: Sequence[Series], profile: str, starts: int) -> Mapping[str, Any]:
    """How much of the figures hangs on where the series happen to begin: the same without their first 5, 10, 15 …
    rows, each run's figures and the mean of all."""
    runs = [_cut(series, profile, LATER_ROWS * number) for number in range(1, starts + 1)]
    means = {name: round(mean(run[name] for run in runs), 4) for name in runs[0] if name != "rows_left_out"}
    return {"mean": means, "runs": runs}


def _cut(series: Sequence[Series], profile: str, rows: int) -> dict[str, float]:
    later = [replace(one, time=one.time[rows:], value=one.value[rows:]) for one in series]
    found = product_scores(later, _columns(later, lambda: product_detector(profile)))
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
        compared = _compared(score_corpus(series, columns))
        found[name] = compared | _by_group(series, columns) | {"seconds": round(perf_counter() - start, 2)}
    return found


def _by_group(series: Sequence[Series], columns: Sequence[Floats]) -> dict[str, Any]:
    """NAB's standard score of each group, at the threshold that suits that group best."""
    return {"nab_by_group": {"/".join(group): _standard(series, columns, group) for group in groups_of(series)}}


def _standard(series: Sequence[Series], columns: Sequence[Floats], group: Group) -> float | None:
    return rounded(score_corpus(*of_group(series, columns, group)).nab["standard"].score, 2)


def _compared(scores: DetectorScores) -> dict[str, Any]:
    figures = scores.figures()
    nab: Mapping[str, float | None] = {name: rounded(best.score, 2) for name, best in scores.nab.items()}
    return {
        "nab_standard": nab["standard"],
        "f1": ratios(scores.events_best)["f1"],
        "nab": nab,
        "average_precision": figures["average_precision"],
    }
