"""A backup of a home in use is consistent, complete in itself, proven, and goes on where it was taken."""

import json
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ingestion.batches.batch import Batch, Origin
from telassure import wiring
from telassure.app.cli.main import app
from telassure.store.archive import FOLDER, Archive
from telassure.store.backup import manifest
from telassure.wiring.settings import Settings, isolated
from tests.stores.adapters import charge

SECRETS = "secrets/ (give --secrets; without pseudonym_key accounts do not match)"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))
    found = isolated(tmp_path / "home")
    wiring.home(found)
    return found


@pytest.fixture
def ask() -> Ask:
    def run(*words: object, code: int = 0) -> dict[str, Any]:
        ran = CliRunner().invoke(app, [*map(str, words), "--json"])
        assert ran.exit_code == code, ran.output
        return json.loads(ran.stdout) if ran.stdout else {"error": ran.stderr}

    return run


def send(settings: Settings, numbers: range) -> None:
    alarm = {"perceived_severity": "major"}
    rows = [{**alarm, "managed_object": f"c-{n}", "time": f"2026-06-01T10:{n % 60:02}:00Z"} for n in numbers]
    point = {"measurement": "m", "time": "2026-06-01T10:00:00Z"}
    points = [{**point, "managed_object": f"c-{n}", "value": n} for n in numbers]
    with wiring.opened_log(settings) as log:
        gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        for kind, body in (("alarms", rows), ("measurements", points)):
            assert not gateway.submit(
                Batch(kind, body, f"{kind} {numbers}"), Origin("replay:x", f"test:{kind}")
            ).rejected


def apply_all(settings: Settings) -> str:
    with wiring.worker(settings, [], live=False) as host:
        host.drain()
    return wiring.state_digest(settings)


def test_a_restored_home_says_what_the_backed_up_one_said(settings: Settings, ask: Ask, tmp_path: Path) -> None:
    send(settings, range(50))
    said = apply_all(settings)
    made = ask("backup", tmp_path / "kept")
    assert made["digest"] == said
    proof = ask("restore", tmp_path / "kept", "--verify")
    assert (proof["ok"], proof["differences"], proof["digest"]) == (True, [], said)
    assert ask("restore", tmp_path / "kept", tmp_path / "elsewhere")["ok"]
    assert wiring.state_digest(isolated(tmp_path / "elsewhere")) == said


def test_what_was_acknowledged_and_not_applied_goes_on_in_the_restored_home(
    settings: Settings, ask: Ask, tmp_path: Path
) -> None:
    send(settings, range(50))
    apply_all(settings)
    send(settings, range(50, 90))
    ask("backup", tmp_path / "kept")
    ask("restore", tmp_path / "kept", tmp_path / "elsewhere")
    assert apply_all(isolated(tmp_path / "elsewhere")) == apply_all(settings)


def test_a_backup_while_a_worker_writes_loses_and_doubles_nothing(settings: Settings, ask: Ask, tmp_path: Path) -> None:
    send(settings, range(20))
    stop = threading.Event()
    with wiring.worker(settings, [], live=False) as host:
        working = threading.Thread(target=host.run, args=(stop,))
        working.start()
        try:
            for number in range(3):
                send(settings, range(100 * number + 20, 100 * number + 120))
                ask("backup", tmp_path / "kept")
        finally:
            stop.set()
            working.join()
    said = apply_all(settings)
    for number, name in enumerate(manifest.names(tmp_path / "kept")):
        place = tmp_path / f"home-{number}"
        assert ask("restore", tmp_path / "kept", place, "--backup", name)["ok"]
        restored = isolated(place)
        wiring.home(restored)
        for later in range(3):
            send(restored, range(100 * later + 20, 100 * later + 120))
        assert apply_all(restored) == said


def test_a_second_backup_writes_what_has_changed_alone(settings: Settings, ask: Ask, tmp_path: Path) -> None:
    send(settings, range(50))
    apply_all(settings)
    first, second = (ask("backup", tmp_path / "kept") for _ in range(2))
    assert second["files"] == first["files"]
    assert second["new_bytes"] < first["new_bytes"] / 4


@pytest.mark.parametrize("harm", ["gone", "cut", "flipped"])
def test_a_piece_that_is_missing_or_damaged_is_named_and_nothing_is_restored(
    settings: Settings, ask: Ask, tmp_path: Path, harm: str
) -> None:
    apply_all(settings)
    ask("backup", tmp_path / "kept")
    found = manifest.read(tmp_path / "kept")
    digest = found.files["log.db"][0]
    piece = tmp_path / "kept/pieces" / digest[:2] / digest
    content = piece.read_bytes()
    if harm == "gone":
        piece.unlink()
    else:
        piece.write_bytes(content[:-9] if harm == "cut" else bytes([content[0] ^ 1]) + content[1:])
    for words in (["--verify"], [tmp_path / "elsewhere"]):
        proof = ask("restore", tmp_path / "kept", *words, code=1)
        assert any(digest[:16] in each and each.startswith("log.db") for each in proof["differences"])
    assert not (tmp_path / "elsewhere").exists()
    assert not list(tmp_path.glob(".making-*"))


def test_a_home_that_is_in_use_is_not_restored_over(settings: Settings, ask: Ask, tmp_path: Path) -> None:
    apply_all(settings)
    ask("backup", tmp_path / "kept")
    assert "not empty" in ask("restore", tmp_path / "kept", settings.home, code=1)["error"]


def test_secrets_are_in_it_only_where_they_are_asked_for(settings: Settings, ask: Ask, tmp_path: Path) -> None:
    wiring.home(settings).secret("api_token")
    apply_all(settings)
    without = ask("backup", tmp_path / "kept")
    assert any(each.startswith("secrets/") for each in without["left_out"])
    assert not any(name.startswith("secrets") for name in manifest.read(tmp_path / "kept").files)
    assert ask("backup", tmp_path / "all", "--secrets")["left_out"] == []
    assert "secrets/api_token" in manifest.read(tmp_path / "all").files
    assert (os.stat(tmp_path / "all").st_mode & 0o077) == 0


def test_the_archive_is_in_it_and_comes_back(settings: Settings, ask: Ask, tmp_path: Path) -> None:
    apply_all(settings)
    Archive(settings.home / FOLDER).keep([charge("a"), charge("b")])
    assert ask("backup", tmp_path / "kept")["left_out"] == [SECRETS]
    assert ask("restore", tmp_path / "kept", tmp_path / "elsewhere")["ok"]
    assert [line["charge_id"] for line in Archive(tmp_path / "elsewhere" / FOLDER).lines("charge")] == ["a", "b"]


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_a_file_of_the_archive_that_was_not_whole_is_named_by_the_proof(
    settings: Settings, ask: Ask, tmp_path: Path, harm: str
) -> None:
    apply_all(settings)
    kept = Archive(settings.home / FOLDER)
    kept.keep([charge("a")])
    place = settings.home / FOLDER / "charge" / kept.files("charge")[0].file
    place.unlink() if harm == "missing" else place.write_bytes(place.read_bytes()[:-1])
    ask("backup", tmp_path / "kept")
    (difference,) = ask("restore", tmp_path / "kept", "--verify", code=1)["differences"]
    assert place.name in difference
    assert harm in difference


@pytest.mark.parametrize(
    ("put", "named"),
    [
        ("inbox/done/a.csv", "inbox/done/"),
        ("inbox/failed/day/a.csv", "inbox/failed/"),
        ("notes.txt", "notes.txt"),
        ("old/charging.db", "old/charging.db"),
        ("archive/notes.txt", "archive/notes.txt"),
    ],
)
def test_what_lies_in_the_home_and_is_not_in_it_is_named(
    settings: Settings, ask: Ask, tmp_path: Path, put: str, named: str
) -> None:
    apply_all(settings)
    place = settings.home / put
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("x")
    assert ask("backup", tmp_path / "kept")["left_out"] == [named, SECRETS]


def test_a_link_in_the_inbox_is_named_and_not_followed(settings: Settings, ask: Ask, tmp_path: Path) -> None:
    apply_all(settings)
    (settings.home / "inbox" / "usage.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert ask("backup", tmp_path / "kept")["left_out"] == ["inbox/usage.csv", SECRETS]


def test_what_the_home_uses_and_lies_elsewhere_is_named(
    settings: Settings, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply_all(settings)
    monkeypatch.setenv("TELASSURE_RETENTION__ARCHIVE", str(tmp_path / "ledgers"))
    assert str(tmp_path / "ledgers") in ask("backup", tmp_path / "kept")["left_out"][0]


def test_a_folder_without_a_backup_is_said_to_have_none(ask: Ask, tmp_path: Path) -> None:
    assert "there is none" in ask("restore", tmp_path, "--verify", code=1)["error"]


def test_a_backup_whose_pieces_are_whole_and_say_something_else_is_told_by_its_digest(
    settings: Settings, ask: Ask, tmp_path: Path
) -> None:
    apply_all(settings)
    ask("backup", tmp_path / "kept")
    found = manifest.read(tmp_path / "kept")
    replace(found, state_digest="0" * 64).write(tmp_path / "kept")
    proof = ask("restore", tmp_path / "kept", tmp_path / "elsewhere", code=1)
    assert (proof["ok"], len(proof["differences"])) == (False, 1)
    assert "0000000000000000" in proof["differences"][0]
    assert not (tmp_path / "elsewhere").exists()
