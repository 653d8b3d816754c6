"""`telassure rules`: alarms on record become proposed rules, and a person's decision makes one evidence."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from streams.operators.correlation.cause_rules import APPROVED, rules_of
from telassure import wiring
from telassure.app.cli.model_records import policies
from telassure.app.cli.rules import rules_app
from telassure.kernel.events import ActOutcome, Alarm, PerceivedSeverity
from telassure.kernel.instant import DAY, SECOND
from telassure.kernel.ports import Turn
from telassure.wiring.settings import Settings
from tests.system.test_models import apply_all

MONDAY = 20_003 * DAY
Rules = Callable[..., Any]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))
    found = Settings.model_construct(home=tmp_path / "home")
    wiring.home(found)
    return found


@pytest.fixture
def rules(settings: Settings) -> Rules:
    def run(*words: str, code: int = 0) -> Any:
        ran = CliRunner().invoke(rules_app, [*words, "--json"])
        assert ran.exit_code == code, ran.output
        return json.loads(ran.stdout) if code == 0 else ran.output

    return run


def have_alarms(settings: Settings, each: int = 60) -> None:
    """Four kinds of alarm at six ports; a card fault is nearly always followed by a link down."""
    draw, records = np.random.default_rng(4), []
    for says in ("card fault", "link down", "fan", "door"):
        for at in draw.integers(0, 20 * 86_400, each).tolist():
            port = f"port-{draw.integers(6)}"
            records.append(_alarm(port, says, at))
            if says == "card fault" and draw.random() < 0.9:
                records.append(_alarm(port, "link down", at + int(draw.integers(3, 30))))
    with closing(wiring.state_store(settings, "assurance")) as store:
        store.commit(Turn("assurance", 0, 0, 0, b"", records=records))


def _alarm(port: str, says: str, second: int) -> Alarm:
    at = MONDAY + second * SECOND
    said = ("equipmentAlarm", "", says, PerceivedSeverity.MINOR, "cleared", at, at, at, "cleared", 1, 0)
    return Alarm(f"{port} {says} {second}", "north", "ems", port, *said, "unacknowledged", "")


def in_force(settings: Settings) -> list[str]:
    with wiring.opened_log(settings) as log:
        return [rule.rule_id for rule in rules_of(policies(settings, log)).values() if rule.state == APPROVED]


def test_what_the_alarms_on_record_say_is_proposed_and_not_in_force(settings: Settings, rules: Rules) -> None:
    have_alarms(settings)
    (found,) = rules("propose")["rules"]

    assert (found["cause"], found["effect"], found["state"]) == ("card fault", "link down", "proposed")
    assert rules("list")["rules"] == [found]
    assert in_force(settings) == []


def test_a_dry_run_proposes_nothing(settings: Settings, rules: Rules) -> None:
    have_alarms(settings)
    found = rules("propose", "--dry-run")["rules"]

    assert (len(found), rules("list")["rules"]) == (1, [])


def test_an_approved_rule_is_in_force_until_it_is_withdrawn_and_each_is_on_the_record(
    settings: Settings, rules: Rules
) -> None:
    have_alarms(settings)
    (found,) = rules("propose", "--user", "trainer")["rules"]
    approved = rules("approve", found["rule_id"], "--why", "a card takes its ports down", "--user", "kim")
    between = in_force(settings)
    rules("withdraw", found["rule_id"], "--why", "cards are mended", "--user", "lee")
    apply_all(settings)
    with closing(wiring.reader(settings)) as reader:
        acts = [(act.command, act.user, act.outcome) for act in reader.every(ActOutcome, {}, ("given_at",))]

    assert (approved["version"], approved["user"], between) == (1, "kim", [found["rule_id"]])
    assert in_force(settings) == []
    assert acts == [("propose", "trainer", "done"), ("approve", "kim", "done"), ("withdraw", "lee", "done")]


def test_too_few_alarms_are_said_to_be_too_few(settings: Settings, rules: Rules) -> None:
    have_alarms(settings, each=2)

    assert "too few to learn from" in rules("propose", code=1)


def test_a_rule_that_is_not_there_is_not_approved(rules: Rules) -> None:
    assert "see telassure rules list" in rules("approve", "c000000000000", "--why", "x", code=1)
