"""`telassure letters` by the beginnings of ids, and a listing at a time."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from telassure import wiring
from telassure.app.cli.letters import letters_app
from telassure.kernel.events import DeadLetter
from telassure.wiring.settings import load
from tests.stores.adapters import START, turn

IDS = ("3f0c" + "0" * 28, "3f0d" + "0" * 28, "9b1d" + "0" * 28)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three letters of the charging topology, each a second newer than the one before."""
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path))
    wiring.home(load())
    letters = [
        DeadLetter(name, "cdr", str(number), "rate", f"a.csv:{number}", "no account", b"", START + number)
        for number, name in enumerate(IDS)
    ]
    with closing(wiring.state_store(load(), "charging")) as store:
        store.commit(turn(letters=letters))


def asked(*words: str) -> Result:
    return CliRunner().invoke(letters_app, [*words], env={"COLUMNS": "80"})


def told(*words: str) -> dict[str, Any]:
    ran = asked(*words, "--json")
    assert ran.exit_code == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_the_beginning_of_an_id_shows_its_letter() -> None:
    assert told("show", "9")["id"] == IDS[2]


def test_a_beginning_of_several_is_refused_with_the_candidates() -> None:
    ran = asked("show", "3f")
    assert ran.exit_code == 1
    assert f"several ids begin so: {IDS[0]}, {IDS[1]}; write more" in ran.stderr


@pytest.mark.parametrize("words", [("show", "7"), ("replay", "7"), ("replay", IDS[0] + "0")])
def test_a_beginning_of_none_is_refused(words: tuple[str, str]) -> None:
    ran = asked(*words)
    assert (ran.exit_code, "there is no such dead letter" in ran.stderr) == (1, True)


def test_replay_of_an_ambiguous_beginning_replays_nothing() -> None:
    assert asked("replay", "3f").exit_code == 1
    assert told("list")["replayed"] == 0


def test_a_listing_says_how_many_there_are_and_goes_on() -> None:
    first = told("list", "--limit", "2")
    second = told("list", "--limit", "2", "--after", first["after"])
    assert [x["id"] for x in (*first["letters"], *second["letters"])] == [*reversed(IDS)]
    assert (first["open"], second["after"]) == (3, "")


def test_what_is_printed_of_a_part_says_so() -> None:
    ran = asked("list", "--limit", "2")
    assert ran.stderr.startswith("2 of 3; the next: --after ")
    assert [name for name in IDS if name in ran.stdout] == [IDS[1], IDS[2]]


def test_a_listing_of_nonsense_is_refused() -> None:
    ran = asked("list", "--after", "there")
    assert (ran.exit_code, "begin again without one" in ran.stderr) == (1, True)
