"""`evaluate correlation --scenarios`: the product's operators and the baselines over labelled scenarios, in one run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from models.correlation import CALIBRATION
from telassure.evaluation.correlation.baselines import BASELINES, baseline_answer
from telassure.evaluation.correlation.replayed import GroupingAnswer, replayed
from telassure.evaluation.correlation.scenario import AlarmScenario, scenarios
from telassure.evaluation.correlation.scores import IncidentScore, ScenarioScores, by_kind, mean
from telassure.evaluation.correlation.tuning import elsewhere, errors, out_of_sample, tuned_on

Say = Callable[[str], None]
CLAIMS: Final = ("ece", "ece_main", "tickets")
"""What a baseline has no figures for: it claims no confidence and opens no ticket."""


@dataclass(frozen=True, slots=True)
class AskedScenarios:
    """Which scenarios to score, where to write each answer as an outside scorer reads it (None: nowhere), whether to
    score the baselines too, and the scenarios on which alone what is tunable is chosen (none: as shipped)."""

    directory: Path
    out: Path | None = None
    baselines: bool = True
    tuned_on: Sequence[Path] = ()


def evaluate_scenarios(asked: AskedScenarios, say: Say) -> Mapping[str, Any]:
    """The keys of `evaluate correlation --scenarios`. `seconds` are the operators', without reading and scoring."""
    found = scenarios(asked.directory)
    calibration = tuned_on(elsewhere(asked.tuned_on, found), say) if asked.tuned_on else None
    rows: list[dict[str, Any]] = []
    scores: list[ScenarioScores] = []
    for one in found:
        say(f"{one.name}: {len(one.notifications):,} notifications, {len(one.incidents)} incidents")
        answer = replayed(one, calibration or CALIBRATION)
        if asked.out is not None:
            _write(asked.out, one, answer)
        scores.append(ScenarioScores(one, answer))
        rows.append({"name": one.name} | scores[-1].figures() | {"seconds": round(answer.seconds, 3)})
    compared = {name: _baseline(name, found, say) for name in BASELINES} if asked.baselines else {}
    return {
        "scenarios": rows,
        "mean": _mean(rows, [incident for one in scores for incident in one.incidents]),
        "calibration": {"numbers": asdict(calibration or CALIBRATION), "errors": errors(scores)},
        "out_of_sample": {} if asked.tuned_on else out_of_sample(found, say),
        "baselines": compared,
    }


def scored(found: Iterable[AlarmScenario]) -> dict[str, Any]:
    """The figures of scenarios that come one by one, and their mean."""
    rows: list[dict[str, Any]] = []
    incidents: list[IncidentScore] = []
    for one in found:
        answer = replayed(one)
        scores = ScenarioScores(one, answer)
        rows.append({"name": one.name} | scores.figures() | {"seconds": round(answer.seconds, 3)})
        incidents += scores.incidents
    return {"scenarios": rows, "mean": _mean(rows, incidents), "baselines": {}}


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
