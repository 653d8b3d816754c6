"""`evaluate correlation --scenarios`: the product's operators and the baselines over labelled scenarios, in one run."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from telassure.evaluation.correlation.baselines import BASELINES, baseline_answer
from telassure.evaluation.correlation.replayed import GroupingAnswer, replayed
from telassure.evaluation.correlation.scenario import AlarmScenario, scenarios
from telassure.evaluation.correlation.scores import IncidentScore, ScenarioScores, by_kind, mean

Say = Callable[[str], None]
CLAIMS: Final = ("ece", "ece_main", "tickets")
"""What a baseline has no figures for: it claims no confidence and opens no ticket."""


def evaluate_scenarios(directory: Path, out: Path | None, baselines: bool, say: Say) -> Mapping[str, Any]:
    """The keys of `evaluate correlation --scenarios`. `seconds` are the operators', without reading and scoring. Where
    `out` is given, each answer is written there as an outside scorer reads it."""
    found = scenarios(directory)
    rows, incidents = [], []
    for one in found:
        say(f"{one.name}: {len(one.notifications):,} notifications, {len(one.incidents)} incidents")
        answer = replayed(one)
        if out is not None:
            _write(out, one, answer)
        scores = ScenarioScores(one, answer)
        rows.append({"name": one.name} | scores.figures() | {"seconds": round(answer.seconds, 3)})
        incidents += scores.incidents
    compared = {name: _baseline(name, found, say) for name in BASELINES} if baselines else {}
    return {"scenarios": rows, "mean": _mean(rows, incidents), "baselines": compared}


def _write(out: Path, scenario: AlarmScenario, answer: GroupingAnswer) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{scenario.name}.json").write_bytes(orjson.dumps(answer.written(), option=orjson.OPT_SORT_KEYS))


def _baseline(name: str, found: Sequence[AlarmScenario], say: Say) -> Mapping[str, Any]:
    say(f"baseline {name}")
    scores = [ScenarioScores(one, baseline_answer(BASELINES[name], one)) for one in found]
    rows = [{key: value for key, value in one.figures().items() if key not in CLAIMS} for one in scores]
    return _mean(rows, [incident for one in scores for incident in one.incidents])


def _mean(rows: Sequence[Mapping[str, Any]], incidents: Sequence[IncidentScore]) -> dict[str, Any]:
    """The mean of every figure over scenarios; kinds are counted over the incidents of all."""
    means: dict[str, Any] = {}
    for name, first in rows[0].items():
        if name == "by_kind":
            means[name] = by_kind(incidents)
        elif isinstance(first, Mapping):
            means[name] = {key: _known(row[name][key] for row in rows) for key in first}
        elif name != "name":
            means[name] = _known(row[name] for row in rows)
    return means


def _known(values: Any) -> float | None:
    return mean(value for value in values if value is not None)
