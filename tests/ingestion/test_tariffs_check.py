"""`telassure tariffs check`: every fault of a file of tariffs with its line, before anything is loaded."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from telassure.app.cli.main import app

HEADER = "tariff_id,valid_from,valid_to,currency,service,prefix,kind,rate,per,increment"


def line(start="2026-01-01", end="", prefix="+49", rate="0.10", currency="EUR", tariff="t") -> str:
    return f"{tariff},{start},{end},{currency},voice,{prefix},per_unit,{rate},60,60"


def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, name: str = "deck.csv") -> tuple[int, Any]:
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))
    path = tmp_path / name
    path.write_text(text)
    result = CliRunner().invoke(app, ["tariffs", "check", str(path), "--json"])
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize(
    "lines",
    [
        [line(), line(prefix="+4930")],
        [line(end="2026-02-01"), line("2026-02-01")],
        [line(), line("2026-05-10", "2026-05-13", rate="0.05")],
        [line(), line("2026-06-01")],
    ],
    ids=["one version", "versions that meet", "a promotion", "a successor"],
)
def test_a_sound_deck_has_no_errors_and_leaves_no_home(tmp_path, monkeypatch, lines):
    code, found = checked(tmp_path, monkeypatch, "\n".join([HEADER, *lines]))

    assert (code, found["ok"], found["errors"], found["prices"]) == (0, True, [], 2)
    assert not (tmp_path / "home").exists()


def test_a_deck_of_hours_and_rate_groups_is_sound(tmp_path, monkeypatch):
    header = f"{HEADER},zone,holidays,from_time,weekdays,start,connect_fee,max_cost"
    berlin = "Europe/Berlin,2026-12-25;2026-12-26"
    lines = [f"{line()},{berlin},,,0,0.05,2", f"{line()},{berlin},,,60,,2", f"{line()},{berlin},18:00,1-5,,,"]

    code, found = checked(tmp_path, monkeypatch, "\n".join([header, *lines]))

    assert (code, found) == (0, {"ok": True, "errors": [], "versions": 1, "prices": 3})


@pytest.mark.parametrize(
    ("lines", "at", "reason", "mend"),
    [
        ([line(), line(rate='"0,10"', prefix="+33")], 3, "not a decimal number", "write 0.10"),
        ([line(), line(prefix="+49*")], 3, "neither digits nor a name", "write +4930"),
        ([line(end="2026-02-01"), line("2026-03-01")], 3, "a gap from 2026-02-01", "let its versions meet"),
        ([line(end="2026-03-01"), line("2026-02-01")], 3, "overlaps the version until 2026-03-01", "end the earlier"),
        ([line(end="2026-03-01"), line("2026-02-01", "2026-04-01")], 3, "overlaps", "end the earlier"),
        ([line(end="2026-02-01"), line("2026-02-01", currency="USD")], 3, "USD here and in EUR", "one currency"),
        ([line(currency="euro")], 2, "currency", "EUR"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line_and_its_mend(tmp_path, monkeypatch, lines, at, reason, mend):
    code, found = checked(tmp_path, monkeypatch, "\n".join([HEADER, *lines]))

    [error] = found["errors"]
    assert (code, found["ok"]) == (1, False)
    assert error["place"] == f"{tmp_path / 'deck.csv'}:{at}"
    assert reason in error["reason"]
    assert mend in error["mend"]


@pytest.mark.parametrize("other", ["+4930", "004930", "4930", "+49 (0)30"])
def test_a_prefix_that_stands_twice_is_named_at_both_lines(tmp_path, monkeypatch, other):
    _, found = checked(tmp_path, monkeypatch, "\n".join([HEADER, line(prefix="+4930"), line(prefix=other)]))

    assert [error["place"].rsplit(":", 1)[1] for error in found["errors"]] == ["2", "3"]


@pytest.mark.parametrize(("name", "text"), [("t.json", "{"), ("t.toml", "tariffs ="), ("t.csv", "a,b\n1,2\n")])
def test_a_file_that_cannot_be_read_is_one_error_with_its_line(tmp_path, monkeypatch, name, text):
    code, found = checked(tmp_path, monkeypatch, text, name)

    assert (code, len(found["errors"]), found["errors"][0]["place"]) == (1, 1, f"{tmp_path / name}:1")


def test_a_catalogue_without_tariffs_is_no_deck(tmp_path, monkeypatch):
    _, found = checked(tmp_path, monkeypatch, "{}", "t.json")

    assert [error["reason"] for error in found["errors"]] == ["the file states no tariff"]
