"""`telassure models` on an installation: verdicts reach the thresholds, promotions the rules, and both go back."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from typer.testing import CliRunner

from ingestion.batches.batch import Batch, Origin
from ingestion.sources.http.commands import add_commands
from streams.operators.detection.feedback import FALSE, STEPS
from streams.operators.detection.model_changes import ModelChange, entries
from telassure import wiring
from telassure.access.principal import Principal
from telassure.access.tokens import Tokens
from telassure.app.cli.act import act_app
from telassure.app.cli.models import models_app
from telassure.kernel.commands import CommandDesk, Instruction, house_own
from telassure.kernel.errors import ConflictingDuplicate, InvalidInput, TransientError
from telassure.kernel.events import ActOutcome, KpiEpisode
from telassure.kernel.instant import DAY, MINUTE, iso
from telassure.wiring.settings import Settings

MONDAY = 20_003 * DAY
STEP = 15 * MINUTE
WIDENED = STEPS[FALSE]
TOKEN = "a token of the tests"
Models = Callable[..., Any]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))
    found = Settings.model_construct(home=tmp_path / "home")
    wiring.home(found)
    return found


@pytest.fixture
def models(settings: Settings) -> Models:
    def run(*words: str) -> Any:
        ran = CliRunner().invoke(models_app, [*words, "--json"])
        assert ran.exit_code == 0, ran.output
        return json.loads(ran.stdout)

    return run


@pytest.fixture
def act(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Models:
    """`telassure act`, which waits for no worker: none runs."""
    monkeypatch.setattr(wiring, "commands", partial(wiring.commands, patience=0))

    def run(*words: str) -> Any:
        ran = CliRunner().invoke(act_app(), [*words, "--json"])
        assert ran.exit_code == 0, ran.output
        return json.loads(ran.stdout)

    return run


def apply_all(settings: Settings) -> None:
    with wiring.worker(settings, [], live=False) as host:
        host.drain()


def have_an_episode(settings: Settings) -> str:
    """Three days of a cell, then two hours at a third of what they should be; the id of the episode."""
    time = MONDAY + np.arange(1, 3 * 96 + 9) * STEP
    value = 100 + 40 * np.sin(2 * np.pi * (time % DAY) / DAY) + 3 * np.sin(time // MINUTE * 0.7)
    value[-8:] *= 0.3
    about = {"managed_object": "cell-1", "measurement": "throughput"}
    rows = [{**about, "time": iso(at), "value": each} for at, each in zip(time.tolist(), value.tolist(), strict=True)]
    with wiring.opened_log(settings) as log:
        gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        receipt = gateway.submit(Batch("measurements", rows, "week"), Origin("replay:pm", "test", "north"))
    assert not receipt.rejected
    apply_all(settings)
    with closing(wiring.reader(settings)) as reader:
        (episode,) = reader.every(KpiEpisode, {"state": "open"})
    return episode.episode_id


def test_a_verdict_moves_a_threshold_and_its_undo_moves_it_back(settings: Settings, models: Models) -> None:
    episode = have_an_episode(settings)
    (change,) = models("judge", episode[:12], "false_positive", "--why", "planned works", "--user", "kim")["verdicts"]
    apply_all(settings)
    judged = models("show")
    undone = models("undo", change[:9], "--why", "it was a fault")
    apply_all(settings)
    assert (undone["undoes"], len(change)) == (change, 32)
    assert judged["thresholds"] == [
        {"domain": "north", "managed_object": "cell-1", "measurement": "throughput", "factor": WIDENED}
    ]
    assert [(c["user"], c["why"], c["before"], c["after"]) for c in judged["changes"]] == [
        ("kim", "planned works", 1.0, WIDENED)
    ]
    assert models("show")["thresholds"] == []


def test_a_promotion_rules_and_its_rollback_rules_again(models: Models) -> None:
    models("promote", "sensitive", "--for", "throughput", "--why", "quiet cells were missed", "--user", "kim")
    promoted = champions(models("list"))
    rolled = models("rollback", "--why", "too many alarms")
    assert promoted == {"balanced": ["*"], "sensitive": ["throughput"], "novelty": []}
    assert (rolled["before"], rolled["after"], rolled["selector"]) == ("sensitive", "balanced", "throughput")
    assert champions(models("list")) == {"balanced": ["*", "throughput"], "sensitive": [], "novelty": []}


def champions(listed: Any) -> dict[str, list[str]]:
    return {model["profile"]: model["champion_for"] for model in listed["models"]}


def test_every_decision_is_on_record_with_who_why_version_and_figures(settings: Settings, models: Models) -> None:
    have_an_episode(settings)
    models("promote", "novelty", "--why", "fewer alarms", "--user", "kim")
    (change,) = models("list")["changes"]
    versions = {model["profile"]: model["version"] for model in models("list")["models"]}
    assert (change["user"], change["why"], change["after_version"]) == ("kim", "fewer alarms", versions["novelty"])
    assert change["figures"] == {"episodes": 1, "open_episodes": 1, "false_positives": 0, "true_positives": 0}


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("promote", "brilliant", "--why", "x"), 2, "there is no profile"),
        (("promote", "novelty", "--why", " "), 1, "say why"),
        (("rollback", "--why", "x"), 1, "no such promotion or ranker in force"),
        (("judge", "nothing", "true_positive", "--why", "x"), 1, "no such episode with a score"),
        (("judge", "nothing", "perhaps", "--why", "x"), 2, "neither"),
        (("undo", "nothing", "--why", "x"), 1, "no such change"),
    ],
)
def test_what_cannot_be_done_is_said_and_fails(settings: Settings, words: Any, code: int, reason: str) -> None:
    ran = CliRunner().invoke(models_app, [*words], env={"COLUMNS": "200"})
    assert ran.exit_code == code
    assert reason in ran.stderr


def test_a_challenger_is_counted_beside_the_champion_and_tells_nobody(settings: Settings, models: Models) -> None:
    models("challenge", "sensitive", "--for", "north", "--why", "does it find more?")
    have_an_episode(settings)
    listed = models("list")
    (trial,) = listed["trials"]
    assert (trial["domain"], trial["challenger"]) == ("north", "sensitive")
    assert (trial["champion_episodes"], trial["challenger_episodes"], trial["agreed"]) == (1, 1, 1)
    assert [model["challenger_for"] for model in listed["models"]] == [[], [], ["north"]]


def test_the_same_promotion_twice_is_refused(settings: Settings, models: Models) -> None:
    models("promote", "novelty", "--why", "fewer alarms")
    ran = CliRunner().invoke(models_app, ["promote", "novelty", "--why", "again"])
    assert (ran.exit_code, "already" in ran.stderr) == (1, True)


def test_what_looks_like_a_counter_is_named_until_a_policy_says_what_it_is(settings: Settings, models: Models) -> None:
    time = MONDAY + np.arange(1, 2 * 96) * STEP
    steady = np.cumsum(1_000 + time // STEP % 7.0)
    again = np.where(np.arange(len(time)) < 90, steady, steady - steady[90])
    shapes = {"ifHCInOctets": steady, "octets": again, "load": 50 + 40 * np.sin(time / DAY), "limit": 0 * steady + 5}
    rows = [
        {"managed_object": "r-1", "measurement": name, "time": iso(at), "value": each}
        for name, value in shapes.items()
        for at, each in zip(time.tolist(), value.tolist(), strict=True)
    ]
    with wiring.opened_log(settings) as log:
        gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        gateway.submit(Batch("measurements", rows, "days"), Origin("replay:snmp", "test", "north"))
    apply_all(settings)

    named = {each["measurement"]: each["kind"] for each in models("counters")["counters"]}

    assert named == {"ifHCInOctets": "counter64", "octets": "counter"}
    said = {"area": "detection", "name": "kind", "selector": "octets", "value": "gauge"}
    with wiring.opened_log(settings) as log:
        gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        gateway.submit(Batch("catalogue", {"policies": [said]}, "kind"), Origin("catalogue", "test"))
    assert [each["measurement"] for each in models("counters")["counters"]] == ["ifHCInOctets"]


def test_a_promotion_is_an_act_like_any_other(settings: Settings, models: Models) -> None:
    promoted = models("promote", "novelty", "--why", "fewer alarms", "--user", "kim")
    rolled = models("rollback", "--why", "too many alarms", "--user", "eve")
    apply_all(settings)
    with closing(wiring.reader(settings)) as reader:
        kept = {each.act_id: each for each in reader.every(ActOutcome)}
    found = [(kept[each["change_id"]].command, kept[each["change_id"]].user) for each in (promoted, rolled)]
    assert found == [("promote", "kim"), ("rollback", "eve")]
    assert {each.outcome for each in kept.values()} == {"done"}


@pytest.fixture
def give(settings: Settings) -> Iterator[Callable[..., str]]:
    """Gives a command through the port that all faces use; the id of its act."""
    with wiring.opened_log(settings) as log, closing(wiring.reader(settings)) as reader:
        desk = wiring.commands(settings, log, reader, patience=0)
        yield (
            lambda command, of, **more: (
                desk.give(Instruction(command, of, "kim", "tried", **more, permit=house_own)).act_id
            )
        )


def test_what_the_port_takes_is_what_the_command_line_takes(models: Models, give: Callable[..., str]) -> None:
    act = give("promote", "sensitive", arguments={"selector": "throughput"})
    (change,) = models("list")["changes"]
    assert (change["change_id"], change["user"], change["selector"]) == (act, "kim", "throughput")
    assert champions(models("list"))["sensitive"] == ["throughput"]


def test_a_promotion_given_twice_under_one_id_is_one(models: Models, give: Callable[..., str]) -> None:
    assert [give("promote", "sensitive", act_id="mine") for _ in range(2)] == ["mine", "mine"]
    assert len(models("list")["changes"]) == 1


@pytest.mark.parametrize(
    ("command", "of", "reason"),
    [
        ("promote", "brilliant", "there is no profile 'brilliant'"),
        ("promote", "balanced", "the champion there already"),
        ("challenge", "none", "the challenger there already"),
        ("rollback", "never", "no such promotion"),
        ("train", "00000000", "no numbers of a ranker"),
    ],
)
def test_the_port_refuses_what_has_no_effect(
    models: Models, give: Callable[..., str], command: str, of: str, reason: str
) -> None:
    arguments = {"parameters": "{}"} if command == "train" else {}
    with pytest.raises(InvalidInput, match=reason):
        give(command, of, arguments=arguments)


def decide_as_the_release_before(settings: Settings, **about: str) -> ModelChange:
    """A promotion as the release before put it into the log: policies alone, with their own audit."""
    versions = {"before_version": "0a", "after_version": "0b"}
    change = ModelChange(
        "c-1", "promote", about["on"], "balanced", after=about["to"], user="kim", why="seen", at=5, number=1, **versions
    )
    rows = [{n: getattr(each, n) for n in ("area", "name", "value", "selector")} for each in entries(change)]
    with wiring.opened_log(settings) as log:
        gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        gateway.submit(
            Batch("catalogue", {"policies": rows}, "c-1"), Origin("operators", "models:catalogue", actor="kim")
        )
    return change


@pytest.mark.parametrize(("on", "to"), [("", "sensitive"), ("throughput", "novelty")])
def test_a_promotion_of_the_release_before_is_listed_and_taken_back_by_an_act(
    settings: Settings, models: Models, act: Models, on: str, to: str
) -> None:
    decide_as_the_release_before(settings, on=on, to=to)
    (former,) = models("list")["changes"]
    rolled = act("rollback", "c-1", "--why", "too many alarms", "--user", "eve")
    apply_all(settings)
    (kept,) = act("list")["acts"]
    assert (former["change_id"], former["user"], former["why"]) == ("c-1", "kim", "seen")
    assert champions(models("list"))[to] == []
    assert (kept["act_id"], kept["command"], kept["object_id"]) == (rolled["act_id"], "rollback", "c-1")
    assert models("list")["changes"][0]["undoes"] == "c-1"


def test_an_act_may_not_have_the_id_of_a_former_decision(settings: Settings, give: Callable[..., str]) -> None:
    decide_as_the_release_before(settings, on="", to="sensitive")
    with pytest.raises(ConflictingDuplicate, match="c-1 was given before"):
        give("promote", "novelty", act_id="c-1")


def test_a_promotion_cut_off_before_its_act_is_completed_when_it_is_given_again(
    settings: Settings, models: Models, act: Models
) -> None:
    class CutOff:
        """The log, which takes no act the first time."""

        def __init__(self, log: Any) -> None:
            self.log, self.cut = log, True

        def __getattr__(self, name: str) -> Any:
            return getattr(self.log, name)

        def append(self, entries: Any) -> Any:
            if self.cut and any(entry.source == "acts" for entry in entries):
                self.cut = False
                raise TransientError("the disk is full")
            return self.log.append(entries)

    asked = Instruction("promote", "sensitive", "kim", "tried", act_id="mine", permit=house_own)
    with wiring.opened_log(settings) as log, closing(wiring.reader(settings)) as reader:
        desk = wiring.commands(settings, CutOff(log), reader, patience=0)  # type: ignore[arg-type]  # the log but for once
        with pytest.raises(TransientError):
            desk.give(asked)
        desk.give(asked)
    apply_all(settings)
    assert [each["act_id"] for each in act("list")["acts"]] == ["mine"]
    assert [each["change_id"] for each in models("list")["changes"]] == ["mine"]


def test_a_promotion_by_the_api_is_listed_with_who_and_why(settings: Settings, models: Models, act: Models) -> None:
    body = {
        "command": "promote",
        "object": "sensitive",
        "arguments": {"selector": "load"},
        "why": "tried",
        "user": "eve",
    }
    answer = posted(settings, body)
    apply_all(settings)
    (kept,) = act("list")["acts"]
    assert (answer.status_code, answer.json()["act_id"]) == (202, kept["act_id"])
    assert (kept["command"], kept["object_id"], kept["user"], kept["why"]) == ("promote", "sensitive", "eve", "tried")
    assert champions(models("list"))["sensitive"] == ["load"]


def posted(settings: Settings, body: object) -> httpx.Response:
    """What the API answers where no worker runs."""
    app, tokens = FastAPI(), Tokens({TOKEN: Principal("eve", frozenset({"analyst"}))})

    async def asked(desk: CommandDesk) -> httpx.Response:
        add_commands(app, desk, tokens)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.post("/v1/commands", json=body, headers={"authorization": f"Bearer {TOKEN}"})

    with wiring.opened_log(settings) as log, closing(wiring.reader(settings)) as reader:
        return asyncio.run(asked(wiring.commands(settings, log, reader)))


@pytest.mark.parametrize("command", ["challenge", "promote"])
def test_what_is_given_as_an_act_is_what_models_shows(models: Models, act: Models, command: str) -> None:
    given = act(command, "novelty", "--why", "tried", "--user", "eve")
    (change,) = models("list")["changes"]
    assert (change["change_id"], change["action"], change["user"]) == (given["act_id"], command, "eve")
