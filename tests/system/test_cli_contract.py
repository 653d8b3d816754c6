"""The command line keeps its contract: examples in every help, one JSON object on standard output, exit 0, 1 or 2."""

import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from telassure.app.cli.main import app
from tests.system.installation import Installation, until
from tests.system.recordings import pm_files

Install = Callable[..., Installation]
REPLAY_KEYS = {
    "records",
    "late",
    "dead_letters",
    "episodes",
    "problems",
    "tickets",
    "seconds",
    "records_per_second",
    "state_digest",
}


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command below a group."""
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def every_command() -> list[tuple[str, ...]]:
    return list(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_the_help_of_every_command_has_an_example_of_it(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    example = " ".join(shown.output.partition("Example:")[2].split())
    assert f"telassure {' '.join(words)}" in example


def test_the_contract_names_commands_that_exist() -> None:
    expected = {("run",), ("worker",), ("api",), ("dashboards",), ("replay",), ("simulate",), ("bench", "embedded")}
    assert expected <= set(every_command())


def test_a_replay_prints_one_json_object_with_the_keys_of_the_contract(install: Install, tmp_path: Path) -> None:
    pm_files(tmp_path / "pm", 2)
    ran = install().run("replay", "--pm-xml", tmp_path / "pm", "--json")
    assert ran.out.count("\n") == 1
    assert set(ran.json) >= REPLAY_KEYS
    assert (ran.json["records"], ran.json["dead_letters"]) == (4, 1)


def test_a_simulation_prints_one_json_object_and_writes_the_same_bytes_again(install: Install, tmp_path: Path) -> None:
    system = install()
    ran = system.run("simulate", "--seed", 3, "--days", 1, "--out", tmp_path / "one", "--json")
    system.run("simulate", "--seed", 3, "--days", 1, "--out", tmp_path / "two")
    assert ran.out.count("\n") == 1
    assert set(ran.json) >= {"events", "faults", "seconds"}
    first = {place.name: place.read_bytes() for place in (tmp_path / "one").iterdir()}
    assert {place.name: place.read_bytes() for place in (tmp_path / "two").iterdir()} == first
    assert ran.json["faults"] == len(first["ground_truth.jsonl"].splitlines()) > 0


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("replay", "--nonsense"), 2, "No such option"),
        (("replay",), 2, "name what to replay"),
        (("replay", "--alarms", "missing-folder"), 1, "there is no such file or folder"),
        (("replay", "--alarms", ".", "--origin", "yesterday"), 2, "is not a time"),
        (("worker", "--topology", "nonsense"), 2, "there is no topology 'nonsense'"),
        (("api", "--config", "missing.toml"), 2, "there is no such settings file"),
        (("load", "missing.json"), 1, "there is no such file"),
        (("simulate", "--days", "0", "--out", "x"), 2, "--days"),
        (("demo", "fault", "earthquake"), 1, "is no kind of fault"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_what_is_wrong_is_said_on_standard_error_with_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))
    ran = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    assert (ran.exit_code, ran.stdout) == (code, "")
    assert reason in " ".join(ran.stderr.split())


def test_a_wrong_setting_is_named_with_exit_2(install: Install) -> None:
    ran = install(ZONE="Mars/Olympus").run("worker")
    assert (ran.code, ran.out) == (2, "")
    assert "TELASSURE_ZONE" in ran.notes
    assert "'Mars/Olympus' is not a time zone" in ran.notes


def test_a_second_worker_on_a_home_is_refused_and_the_first_goes_on(install: Install) -> None:
    system = install()
    first = system.start("worker", "--topology", "charging")
    lock = system.home / "locks" / "charging.lock"
    _until_locked(lock)
    second = system.run("worker", "--topology", "charging")
    assert second.code != 0
    assert "charging" in second.notes
    assert first.poll() is None


def _until_locked(lock: Path) -> None:
    def locked() -> bool:
        if not lock.exists():
            return False
        with lock.open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
            fcntl.flock(file, fcntl.LOCK_UN)
            return False

    until(locked, 60, "the lock of the first worker")
