"""Torture: a sound system has no violation, a broken one has, and a seed is the same world wherever it is run."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence

import pytest
from typer.testing import CliRunner

from telassure.app.cli.main import app
from telassure.evaluation.torture.loop import SimulatedLoop
from telassure.evaluation.torture.machine import Machine
from telassure.evaluation.torture.run import torture
from telassure.evaluation.torture.timeline import Timeline, chance
from telassure.evaluation.torture.trouble import Temper, Trouble, Troubles
from telassure.evaluation.torture.wire import Breakage, Crash, Life, Wire
from telassure.kernel.errors import TransientError
from telassure.kernel.instant import SECOND
from tests.evaluation.broken_seams import BROKEN, Breaking, checkpoint_before_its_effects, only

MENDED = (21, 129, 132, 153, 175671732, 9000055, 9000084, 7, 8)
"""Seeds that had violations once (CHANGELOG), and two that have many troubles of all kinds."""


def command(*words: str):
    return CliRunner().invoke(app, ["torture", *words])


@pytest.fixture(scope="module")
def report() -> dict:
    return json.loads(command("--seed", "8", "--hours", "0.2", "--json").stdout)


def test_the_command_says_what_the_contract_names(report):
    assert {"seed", "events", "faults", "violations", "digest_equal"} <= report.keys()


def test_a_sound_system_has_no_violation(report):
    assert (report["violations"], report["digest_equal"]) == ([], True)


def test_faults_were_there(report):
    assert sum(report["faults"].values()) > 0


def test_a_seed_is_the_same_world_in_another_process(report):
    words = [sys.executable, "-m", "telassure.app.cli.main", "torture", "--seed", "8", "--hours", "0.2", "--json"]
    again = subprocess.run(words, env={"PYTHONHASHSEED": "7"}, capture_output=True, check=True, text=True)
    same = {"times_faster_than_life": 0}
    assert json.loads(again.stdout) | same == report | same


def test_without_troubles_nothing_goes_wrong():
    ran = torture(3, 0.1, most=0)
    assert (ran.faults, ran.violations, ran.digest_equal) == ({}, [], True)


def test_a_violation_ends_the_command_with_1_and_how_to_see_it_again(monkeypatch: pytest.MonkeyPatch):
    checkpoint_before_its_effects(monkeypatch)
    ran = command("--seed", "1", "--hours", "0.2", "--seconds", "600", "--json")
    found = json.loads(ran.stdout)
    assert (ran.exit_code, f"--seed {found['seed']} --hours 0.2" in ran.stderr) == (1, True)


def test_a_violation_comes_again_from_its_seed(monkeypatch: pytest.MonkeyPatch):
    checkpoint_before_its_effects(monkeypatch)
    first = next(found for found in (torture(seed, 0.2) for seed in range(1, 50)) if found.violations)
    assert torture(first.seed, 0.2).violations == first.violations


@pytest.mark.heavy
@pytest.mark.parametrize("seed", MENDED)
def test_what_was_found_once_stays_mended(seed: int):
    assert torture(seed).violations == []


@pytest.mark.heavy
@pytest.mark.parametrize(("breaking", "kinds"), BROKEN, ids=lambda each: getattr(each, "__name__", ""))
def test_a_broken_seam_is_found(breaking: Breaking, kinds: Sequence[Trouble], monkeypatch: pytest.MonkeyPatch):
    only(kinds, monkeypatch)
    sound = torture(1, 0.5).violations
    breaking(monkeypatch)
    assert (sound, any(torture(seed, 0.5).violations for seed in range(1, 13))) == ([], True)


# --- the simulated world ---------------------------------------------------------------------------------------------


class CertainTroubles(Troubles):
    """The one kind that its temper has happens at every call."""

    def at_call(self, kinds: tuple[Trouble, ...], where: str) -> Trouble | None:
        return next(iter(self.temper.kinds & set(kinds)), None)


def wire(kind: Trouble) -> Wire:
    line, temper = Timeline(0), Temper(frozenset({kind}), 1.0, 1.0)
    return Wire(Life("worker"), "state", line, CertainTroubles(line, chance(1, "troubles"), temper, most=1_000))


@pytest.mark.parametrize(
    ("kind", "raised", "done"),
    [
        (Trouble.CRASH_BEFORE, Crash, 0),
        (Trouble.CRASH_AFTER, Crash, 1),
        (Trouble.REFUSED, TransientError, 0),
        (Trouble.UNANSWERED, TransientError, 1),
        (Trouble.UNKNOWN, Breakage, 0),
    ],
)
def test_a_call_goes_wrong_before_or_after_its_effect(kind: Trouble, raised: type[BaseException], done: int):
    effects: list[int] = []
    with pytest.raises(raised):
        wire(kind).write(lambda: effects.append(1))
    assert len(effects) == done


def test_what_has_ended_has_no_effect_any_more():
    effects: list[int] = []
    way = wire(Trouble.SLOW)
    way.life.ended = True
    with pytest.raises(Crash):
        way.write(lambda: effects.append(1))
    assert effects == []


def test_a_slow_call_lets_others_go_on():
    way, seen = wire(Trouble.SLOW), []
    way.timeline.after(0.01, lambda: seen.append("other"))
    way.write(lambda: seen.append("own"))
    assert seen == ["other", "own"]


def test_a_jumped_clock_is_set_right():
    line = Timeline(0)
    machine = Machine(line)
    machine.jump(100 * SECOND, 5.0)
    line.run(3 * SECOND)
    wrong = machine.wall()
    line.run(6 * SECOND)
    assert (wrong, machine.wall()) == (103 * SECOND, 6 * SECOND)


def test_a_simulated_loop_waits_for_nothing():
    line, woken = Timeline(0), []
    loop = SimulatedLoop(line)

    async def sleeper() -> None:
        await asyncio.sleep(3_600)
        woken.append(line.seconds)

    task = loop.create_task(sleeper())
    loop.turn()
    line.run(3_600 * SECOND)
    loop.turn()
    assert (woken, task.done()) == ([3_600.0], True)
