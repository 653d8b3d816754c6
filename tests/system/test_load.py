"""`telassure load`: what it took is counted, what it refused is named with file and line, and then it fails."""

import json

import pytest
from typer.testing import CliRunner

from telassure.app.cli.main import app

TARIFF = """[[tariffs]]
tariff_id = "t"
valid_from = "2026-01-01T00:00:00Z"
currency = "EUR"

[[tariffs.prices]]
service = "voice"
prefix = ""
kind = "flat"
rate = "{rate}"
"""


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))

    def run(rate):
        file = tmp_path / "tariffs.toml"
        file.write_text(TARIFF.format(rate=rate))
        return CliRunner().invoke(app, ["load", str(file), "--json"])

    return run


def test_what_is_loaded_is_counted(load):
    result = load("0.10")
    assert (result.exit_code, json.loads(result.stdout)) == (
        0,
        {"accepted": 1, "new": 1, "changed": 0, "repeats": 0, "refused": 0},
    )


def test_of_tariff_a_then_b_then_a_again_each_load_changes_what_is_in_force_and_a_fourth_is_a_repeat(load):
    answers = [json.loads(load(rate).stdout) for rate in ("0.10", "0.20", "0.10", "0.10")]
    assert [(each["new"], each["changed"], each["repeats"]) for each in answers] == [
        (1, 0, 0),
        (0, 1, 0),
        (0, 1, 0),
        (0, 0, 1),
    ]


def test_a_refused_entry_is_named_with_its_line_and_fails_the_command(load):
    result = load("0,10")
    assert result.exit_code == 1
    assert 'tariffs.toml:10: tariffs[0]: prices[0].rate "0,10" is not a decimal number; write 0.10' in result.stderr


def test_a_policy_that_nobody_knows_fails_the_command_with_the_nearest(tmp_path, monkeypatch):
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))
    file = tmp_path / "rules.toml"
    file.write_text('[[policies]]\narea = "detection"\nname = "treshold"\nvalue = 3\n')
    result = CliRunner().invoke(app, ["load", str(file)])
    assert result.exit_code == 1
    assert "rules.toml:3: " in result.stderr
    assert "did you mean detection.threshold?" in result.stderr
