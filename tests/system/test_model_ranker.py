"""`telassure models train`: verdicts become a ranker in the log, ranks appear with it and go with it."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from models.detection.layout import JUMP
from models.ranking.features import OpenEpisode, evidence_of
from telassure import wiring
from telassure.app.cli.models import models_app
from telassure.kernel.events import KpiEpisode, ThresholdChange
from telassure.kernel.instant import DAY, HOUR
from telassure.kernel.ports import Turn
from telassure.wiring.settings import Settings
from tests.system.test_models import apply_all, have_an_episode

MONDAY = 20_003 * DAY
DOMAIN = 'nor"th\\; --'
Models = Callable[..., Any]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))
    found = Settings.model_construct(home=tmp_path / "home")
    wiring.home(found)
    return found


@pytest.fixture
def models(settings: Settings) -> Models:
    def run(*words: str, code: int = 0) -> Any:
        ran = CliRunner().invoke(models_app, [*words, "--json"])
        assert ran.exit_code == code, ran.output
        return json.loads(ran.stdout)

    return run


def have_judged(settings: Settings, count: int, tells: float = 3.0, known: bool = True) -> None:
    """Episodes on record whose worth depends on their companions, as much as `tells`, and a verdict on each."""
    chance = np.random.default_rng(3)
    records: list[Any] = []
    for number in range(count):
        companions, peak = int(chance.integers(3)), 1 + chance.exponential()
        at = MONDAY - (count - number) * 3 * HOUR
        about = OpenEpisode(peak, 5.0, 10.0, 2.0, JUMP, 3, at, 2_700.0, 0.0, 1.0, companions, 9e5, 1.0)
        true = chance.random() < 1 / (1 + np.exp(-tells * (companions - 1)))
        episode = KpiEpisode(
            f"ep-{number}", DOMAIN, "pm", "cell-1", "load", "closed", 3, at, at + HOUR, at + HOUR, peak, 5.0, 10.0, "",
            (evidence_of(about),) if known else (),
        )  # fmt: skip
        change = ThresholdChange(
            f"tc-{number}", DOMAIN, "pm", "cell-1", "load", episode.episode_id,
            "true_positive" if true else "false_positive", "", "kim", "seen", 1.0, 1.0, number, at + DAY,
        )  # fmt: skip
        records += [episode, change]
    with closing(wiring.state_store(settings, "detection")) as store:
        store.commit(Turn("detection", 0, 0, 0, b"", records=records))


def ranks(models: Models) -> list[float | None]:
    return [line["rank"] for line in models("episodes")["episodes"]]


def test_a_trained_ranker_ranks_what_comes_and_a_rollback_ends_it(settings: Settings, models: Models) -> None:
    have_judged(settings, 240)
    trained = models("train", "--why", "enough are judged", "--user", "kim")
    (listed,) = models("list")["rankers"]
    have_an_episode(settings)
    with_ranker = ranks(models)
    rolled = models("rollback", "--why", "we see no use")
    assert trained["auc_gain_low"] > 0
    assert trained["auc_low"] > trained["peak_auc"]
    assert next(iter(trained["weights"])) == "companions"
    assert (listed["selector"], listed["ranker"], listed["usable"]) == ("*", trained["ranker"], True)
    assert (listed["user"], listed["why"], listed["auc"]) == ("kim", "enough are judged", trained["auc"])
    assert with_ranker[0] is not None
    assert 0 < with_ranker[0] < 1
    assert (rolled["action"], rolled["after"], rolled["undoes"]) == ("retire", "none", trained["change_id"])
    assert models("list")["rankers"] == []


def test_ranks_are_gone_after_the_rollback(settings: Settings, models: Models) -> None:
    have_judged(settings, 240)
    models("train", "--why", "enough are judged")
    models("rollback", "--why", "we see no use")
    have_an_episode(settings)
    assert ranks(models) == [None]


def test_a_rollback_brings_back_the_ranker_before_and_the_next_one_takes_that_out(
    settings: Settings, models: Models
) -> None:
    have_judged(settings, 240)
    first = models("train", "--for", DOMAIN, "--why", "enough are judged")
    have_judged(settings, 300)
    second = models("train", "--for", DOMAIN, "--why", "more are judged")
    rolled = [models("rollback", "--why", "try the other") for _ in range(2)]
    assert (second["before"], rolled[0]["after"], rolled[1]["after"]) == (first["ranker"], first["ranker"], "none")
    assert [change["action"] for change in models("list")["changes"]] == ["retire", "retire", "train", "train"]
    ran = CliRunner().invoke(models_app, ["rollback", "--why", "once more"])
    assert (ran.exit_code, "no such promotion or ranker" in ran.stderr) == (1, True)


def test_a_dry_run_and_a_refusal_change_nothing_and_say_what_was_measured(settings: Settings, models: Models) -> None:
    have_judged(settings, 240)
    tried = models("train", "--why", "what would it be?", "--dry-run")
    elsewhere = models("train", "--for", "elsewhere", "--why", "there is nothing", code=1)
    have_judged(settings, 240, tells=0.0)
    useless = models("train", "--why", "enough are judged", code=1)
    assert (tried["dry_run"], tried["ranker"][0]) == (True, "r")
    assert "at least 50 of each" in elsewhere["refusal"]
    assert "not shown to beat the peak score" in useless["refusal"]
    assert useless["auc_gain_low"] < 0
    assert (models("list")["rankers"], models("list")["changes"]) == ([], [])


def test_the_same_verdicts_again_are_refused_and_episodes_from_before_are_counted(
    settings: Settings, models: Models
) -> None:
    have_judged(settings, 240)
    models("train", "--why", "enough are judged")
    ran = CliRunner().invoke(models_app, ["train", "--why", "again"], env={"COLUMNS": "200"})
    assert (ran.exit_code, "in force already" in ran.stderr) == (1, True)
    have_judged(settings, 240, known=False)
    assert models("train", "--why", "again", code=1)["without_evidence"] == 240


def test_of_two_verdicts_on_an_episode_the_later_counts_and_what_is_no_number_is_not_learned_from(
    settings: Settings, models: Models
) -> None:
    have_judged(settings, 240)
    before = models("train", "--why", "how many?", "--dry-run")
    with closing(wiring.reader(settings)) as reader:
        turned = [change for change in reader.every(ThresholdChange) if change.verdict == "true_positive"][:20]
        odd = [reader.get(KpiEpisode, f"ep-{number}") for number in range(5)]
    again = [
        replace(
            change, change_id=f"{change.change_id}-2", verdict="false_positive", undoes=change.change_id,
            given_at=change.given_at + DAY,
        )
        for change in turned
    ]  # fmt: skip
    huge = [replace(episode, evidence=((1e300, *episode.evidence[0][1:]),)) for episode in odd if episode]
    with closing(wiring.state_store(settings, "detection")) as store:
        store.commit(Turn("detection", 0, 0, 0, b"", records=[*again, *huge]))
    after = models("train", "--why", "how many?", "--dry-run")
    counted = [found["true_positives"] + found["false_positives"] for found in (before, after)]
    assert counted[0] - counted[1] == after["without_evidence"] == len(huge) == 5
    assert 15 <= before["true_positives"] - after["true_positives"] <= 25


def test_a_verdict_taken_back_is_no_label(settings: Settings, models: Models) -> None:
    have_judged(settings, 240)
    before = models("train", "--why", "how many?", "--dry-run")
    with closing(wiring.reader(settings)) as reader:
        undone = [change for change in reader.every(ThresholdChange) if change.verdict == "true_positive"][:20]
    with closing(wiring.state_store(settings, "detection")) as store:
        undoing = [
            replace(change, change_id=f"{change.change_id}-undo", verdict="undo", undoes=change.change_id)
            for change in undone
        ]
        store.commit(Turn("detection", 0, 0, 0, b"", records=undoing))
    after = models("train", "--why", "how many?", "--dry-run")
    assert after["true_positives"] == before["true_positives"] - 20


def test_a_replay_of_the_log_comes_to_the_same_ranks(settings: Settings, models: Models, tmp_path: Path) -> None:
    have_judged(settings, 240)
    models("train", "--why", "enough are judged")
    have_an_episode(settings)
    live = models("episodes")
    for file in settings.home.glob("detection.db*"):
        file.unlink()
    apply_all(settings)
    assert models("episodes") == live
    assert ranks(models)[0] is not None
