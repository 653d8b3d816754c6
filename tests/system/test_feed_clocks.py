"""How far each feed's clock is from ours is measured, and said by page, doctor and command line, with what to set."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingestion.sources.health import HealthRecord
from telassure import wiring
from telassure.app.cli.main import app
from telassure.app.cli.serve import _said
from telassure.app.diagnosis.input_sources import checks
from telassure.kernel.instant import HOUR, MINUTE, SECOND, Duration, iso
from telassure.wiring.settings import Settings
from tests.poison.kinds.times import alarm, said
from tests.poison.living import Living
from tests.poison.machine import Machine
from tests.system.installation import until


def measured(folder: Path, skews: dict[str, Duration]) -> Settings:
    """A home whose endpoint has heard feeds with such clocks."""
    system = Living(folder / "home", Machine())
    with system.alive():
        for feed, ahead in skews.items():
            said(system, "alarms", [alarm("north-c1", system.machine.wall + ahead)], feed)
        record = HealthRecord(system.home, "http", wiring.WallClock())
        record.follow(system.gateway.skews)
        record.write()
        return system.settings


def finding(settings: Settings) -> tuple[bool, str]:
    check = next(each for each in checks(settings, wiring.WallClock()) if each.name == "feed clocks")
    found = check.look()
    return found.ok, found.found


@pytest.mark.parametrize("ahead", [2 * MINUTE, 10 * MINUTE, 23 * HOUR])
def test_a_feed_that_is_fast_is_named_with_the_offset_to_set(tmp_path: Path, ahead: Duration) -> None:
    settings = measured(tmp_path, {"ems": ahead, "right": 0})
    ok, found = finding(settings)
    assert not ok
    assert f"[sources.ems] clock_offset = -{ahead // SECOND}" in found
    assert [words for words in _said(settings) if "feed ems" in words]
    assert "right" not in found


@pytest.mark.parametrize("ahead", [-HOUR, 0, 30 * SECOND])
def test_a_feed_that_is_late_or_about_right_is_no_finding(tmp_path: Path, ahead: Duration) -> None:
    settings = measured(tmp_path, {"ems": ahead})
    assert (finding(settings)[0], list(_said(settings))) == (True, [])


def test_a_source_that_runs_writes_down_what_it_measures(tmp_path: Path) -> None:
    system = Living(tmp_path / "home", Machine())
    with system.alive():
        row = f"north-c1,load,{iso(system.machine.wall + 5 * MINUTE)},1"
        system.drop("readings.csv", f"managed_object,measurement,time,value\n{row}\n".encode())
        found = until(lambda: wiring.feed_skews(system.settings), 20, "its health record")
    assert found == {"files": 5 * MINUTE}


def test_the_command_line_lists_every_feed_with_its_skew(tmp_path: Path) -> None:
    settings = measured(tmp_path, {"ems": 10 * MINUTE, "pm": -MINUTE})
    ran = CliRunner().invoke(app, ["sources", "--json"], env={"TELASSURE_HOME": str(settings.home)})
    feeds = {each["feed"]: each["ahead_seconds"] for each in json.loads(ran.stdout)["feeds"]}
    assert feeds == {"ems": 600.0, "pm": -60.0}


def test_feeds_are_listed_with_their_state_silence_skew_and_what_waits(tmp_path: Path) -> None:
    settings = measured(tmp_path, {"ems": 10 * MINUTE, "old": 0})
    (settings.home / "telassure.toml").write_text(
        '[sources.old]\nstate = "retired"\n[sources.pm]\nstate = "expected"\nclock_offset = -60\n'
        '[sources."replay:june"]\n'
    )
    ran = CliRunner().invoke(app, ["feeds", "--json"], env={"TELASSURE_HOME": str(settings.home)})
    found = json.loads(ran.stdout)
    feeds = {each["feed"]: each for each in found["feeds"]}
    states = {name: each["state"] for name, each in feeds.items()}
    assert states == {"ems": "seen", "old": "retired", "pm": "expected", "replay:june": "recording"}
    assert (feeds["ems"]["ahead_seconds"], feeds["pm"]["newest"], feeds["pm"]["clock_offset"]) == (600.0, None, -60.0)
    assert feeds["replay:june"]["silent_seconds"] is None
    assert set(found["lag_records"]) == {"assurance", "charging", "detection"}


@pytest.mark.parametrize("pipe", [["feeds"], ["feeds", "--json"]])
def test_a_home_that_nobody_has_spoken_to_lists_no_feed(tmp_path: Path, pipe: list[str]) -> None:
    ran = CliRunner().invoke(app, pipe, env={"TELASSURE_HOME": str(tmp_path / "home")})
    assert ran.exit_code == 0
    assert "ems" not in ran.stdout
