"""`telassure replay` where nothing can be taken: it fails with the reasons, and its JSON is one object all the same."""

import json

import pytest
from typer.testing import CliRunner

from telassure.app.cli.main import app

HEAD = "record_id,account,service,time,volume\n"
GOOD = "r-1,a-1,voice,2026-06-01T10:00:00Z,60\n"
BAD = "r-2,a-1,voice,yesterday,60\n"


@pytest.fixture
def replay(tmp_path, monkeypatch):
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))

    def run(content, option="--usage", name="usage.csv"):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text(content)
        return CliRunner().invoke(app, ["replay", option, str(tmp_path / "in"), "--json"])

    return run


def test_a_replay_where_every_row_is_refused_fails_with_the_reasons(replay):
    ran = replay(HEAD + BAD)
    assert ran.exit_code == 1
    assert 'in/usage.csv:2: time "yesterday" is not a time; write 2026-01-31T12:00:00Z' in ran.stderr
    assert "nothing was taken in: every row was refused" in ran.stderr


def test_its_json_is_one_object_all_the_same(replay):
    ran = replay(HEAD + BAD)
    assert ran.stdout.count("\n") == 1
    found = json.loads(ran.stdout)
    assert (found["records"], found["accepted"], found["dead_letters"]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("option", "name", "content"),
    [
        ("--pm-xml", "a.xml", "<"),
        ("--kpis", "a.csv", "timestamp,value\n1780308000,1\n"),
        ("--kpis", "a.csv", "when,what\n2026-06-01,1\n"),
        ("--usage", "alarms.jsonl", "{}\n"),
    ],
)
def test_recordings_of_which_nothing_can_be_read_fail_whatever_their_kind(replay, option, name, content):
    assert replay(content, option, name).exit_code == 1


def test_a_replay_of_which_one_row_is_taken_succeeds_and_names_what_was_refused(replay):
    ran = replay(HEAD + GOOD + BAD)
    assert (ran.exit_code, json.loads(ran.stdout)["accepted"]) == (0, 1)
    assert "in/usage.csv:3: time" in ran.stderr


def test_a_second_replay_of_what_was_taken_succeeds(replay):
    replay(HEAD + GOOD + BAD)
    ran = replay(HEAD + GOOD + BAD)
    assert (ran.exit_code, json.loads(ran.stdout)["duplicates"]) == (0, 1)
