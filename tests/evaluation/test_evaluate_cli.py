"""`telassure evaluate anomalies` keeps the contract: one JSON object, its keys, and the exit codes."""

from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from telassure.app.cli.evaluate import evaluate_app
from telassure.evaluation.anomalies import simulated
from telassure.evaluation.anomalies.openings import SIMPLE
from telassure.evaluation.anomalies.simulated import evaluate_simulated
from telassure.kernel.events import PolicyValue
from telassure.simulator.config import FaultKind
from tests.evaluation.series import write_corpus
from tests.evaluation.test_simulated import SMALL

KEYS = {
    "profile",
    "series",
    "points",
    "nab",
    "nab_fixed_threshold",
    "events",
    "events_best",
    "average_precision",
    "false_alarms_per_series_day",
    "baselines",
    "seconds",
}
BASELINES = {
    "random",
    "constant",
    "windowed_gaussian",
    "river_gaussian_scorer",
    "river_half_space_trees",
    "reference",
}


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Two series of eight days; one has a jump, which is labelled."""
    chance = np.random.default_rng(0)
    rows = 8 * 288
    value = 50 + 20 * np.sin(np.arange(rows) / 288 * 2 * np.pi) + chance.normal(0, 1, (2, rows))
    value[0, 2_000:2_020] += 80
    values = {"real/jump.csv": value[0].tolist(), "real/quiet.csv": value[1].tolist()}
    write_corpus(tmp_path, values, {"real/jump.csv": [[2_000, 2_040]], "real/quiet.csv": []})
    return tmp_path


def evaluate(*words: str | Path) -> Result:
    app = typer.Typer()
    app.add_typer(evaluate_app, name="evaluate")
    return CliRunner().invoke(app, ["evaluate", "anomalies", *map(str, words)], env={"COLUMNS": "160"})


def test_json_is_one_object_with_the_keys_of_the_contract(tiny: Path) -> None:
    ran = evaluate("--corpus", tiny, "--json")
    assert (ran.exit_code, ran.stdout.count("\n")) == (0, 1)
    found = orjson.loads(ran.stdout)
    assert set(found) >= KEYS
    assert (found["profile"], found["series"], found["points"]) == ("balanced", 2, 2 * 8 * 288)
    for name in ("nab", "nab_fixed_threshold"):
        assert set(found[name]) == {"standard", "low_fp", "low_fn"}
    for name in ("events", "events_best"):
        assert set(found[name]) >= {"precision", "recall", "f1"}
    assert set(found["baselines"]) == BASELINES
    assert all(set(one) >= {"nab_standard", "f1"} for one in found["baselines"].values())


def test_the_detector_finds_the_jump_and_progress_goes_to_standard_error(tiny: Path) -> None:
    ran = evaluate("--corpus", tiny, "--json", "--no-baselines")
    found = orjson.loads(ran.stdout)
    assert found["nab"]["standard"] > 99
    assert found["events"]["recall"] == 1
    assert found["baselines"] == {}
    assert "2 series" in ran.stderr


def test_later_starts_are_scored_beside_it_each_and_in_the_mean(tiny: Path) -> None:
    found = orjson.loads(evaluate("--corpus", tiny, "--json", "--no-baselines", "--starts", "2").stdout)
    later = found["later_starts"]
    assert [run["rows_left_out"] for run in later["runs"]] == [5, 10]
    for name in ("nab_standard", "nab_standard_fixed_threshold", "f1"):
        assert later["mean"][name] == pytest.approx(sum(run[name] for run in later["runs"]) / 2, abs=1e-4)
    assert later["mean"]["nab_standard"] > 99
    assert "without 10 rows" in evaluate("--corpus", tiny, "--no-baselines", "--starts", "2").stdout


def test_several_corpora_have_figures_together_and_each_its_own(
    tiny: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    write_corpus(other, {"calls/flat.csv": [1.0] * 600}, {})
    found = orjson.loads(evaluate("--corpus", tiny, "--corpus", other, "--json", "--no-baselines").stdout)
    assert found["series"] == 3
    assert {name: one["series"] for name, one in found["by_corpus"].items()} == {tiny.name: 2, other.name: 1}


def test_episodes_and_figures_out_of_sample_come_where_they_are_asked_for(tiny: Path) -> None:
    ran = evaluate("--corpus", tiny, "--json", "--no-baselines", "--episodes", "--out-of-sample")
    found = orjson.loads(ran.stdout)
    assert set(found["episodes"]) == {"windows", "found", "false", "precision", "recall", "f1"}
    assert (found["episodes"]["windows"], found["episodes"]["found"]) == (1, 1)
    assert set(found["out_of_sample"]) >= {"nab", "nab_fixed_threshold", "events", "episodes", "by_group"}
    assert list(found["out_of_sample"]["by_group"]) == [f"{tiny.name}/real"]
    assert "episodes" not in orjson.loads(evaluate("--corpus", tiny, "--json", "--no-baselines").stdout)


def test_a_person_gets_a_table(tiny: Path) -> None:
    shown = evaluate("--corpus", tiny).stdout
    assert "windowed gaussian" in shown
    assert "NAB standard" in shown


@pytest.mark.heavy
def test_the_simulation_of_a_small_operator_is_a_table_of_every_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "evaluate_simulated", partial(evaluate_simulated, **SMALL))

    ran = evaluate("--simulated", "--seeds", "1", "--days", "1")

    assert ran.exit_code == 0, ran.output
    detectors = ["balanced", *(name.replace("_", " ") for name in SIMPLE)]
    rows = [name for line in ran.stdout.splitlines() for name in detectors if line.strip().startswith(f"{name} ")]
    assert Counter(rows) == dict.fromkeys(detectors, len(FaultKind))
    assert "seed 1" in ran.stderr


def test_a_simulation_of_which_rows_are_refused_ends_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "evaluate_simulated", partial(evaluate_simulated, **SMALL))
    monkeypatch.setattr(simulated, "policies_of", lambda profile: (PolicyValue("detection", "series_limit", "3"),))

    ran = evaluate("--simulated", "--seeds", "1", "--days", "1", "--json")

    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "limit of 3 series" in ran.stderr


def test_wrong_use_is_exit_code_2_and_a_broken_corpus_1(tmp_path: Path) -> None:
    assert evaluate().exit_code == 2
    assert evaluate("--corpus", tmp_path, "--simulated").exit_code == 2
    assert evaluate("--shifts", "--episodes").exit_code == 2
    assert evaluate("--simulated", "--out-of-sample").exit_code == 2
    assert evaluate("--corpus", tmp_path / "absent").exit_code == 2
    assert evaluate("--corpus", tmp_path, "--profile", "reckless").exit_code == 2
    broken = evaluate("--corpus", tmp_path)
    assert broken.exit_code == 1
    assert "labels" in broken.stderr
