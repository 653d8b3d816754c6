"""`telassure evaluate rating`: which third-party cases come out as their authors say, and why the others do not."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from telassure.app.cli.main import app

ORACLES = Path(os.environ.get("TELASSURE_SHARED", Path(__file__).parents[3] / "shared")) / "oracles"
FLAT = {"rows": [{"prefixes": ["49"], "rates": [{"rate": "0.10", "per": 60, "increment": 60}], "decimals": 4}]}


def evaluated(path: Path) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["evaluate", "rating", "--cases", str(path), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def one(tmp_path: Path, tariff: Any, event: Any, expect: Any) -> dict[str, Any]:
    case = {"id": "X-1", "tariff": "t" if tariff else None, "event": event, "expect": expect}
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"tariffs": {"t": tariff} if tariff else {}, "cases": [case]}))
    return evaluated(path)


@pytest.mark.corpora
def test_every_third_party_case_that_is_not_prose_comes_out_as_stated():
    found = evaluated(ORACLES / "rating_cases.json")

    assert (found["passed"], found["failures"], found["not_run"]) == (47, [], 5)


def test_a_failure_shows_what_was_expected_what_came_and_how(tmp_path):
    event = {"kind": "voice", "destination": "+4930", "start": "2026-03-02T12:00:00Z", "usage": 61}

    found = one(tmp_path, FLAT, event, {"cost": "0.1"})

    [failure] = found["failures"]
    assert (failure["id"], failure["got"]) == ("X-1", {"cost": "0.2", "exact_cost": "0.2"})
    assert "2 increments of 60" in failure["trace"][0]


def test_a_term_of_a_tariff_that_is_not_known_fails_and_is_named(tmp_path):
    event = {"kind": "voice", "destination": "+4930", "start": "2026-03-02T12:00:00Z", "usage": 61}

    found = one(tmp_path, {"rows": [{**FLAT["rows"][0], "moon_phase": "full"}]}, event, {"cost": "0.2"})

    assert "moon_phase" in found["failures"][0]["got"]["error"]


@pytest.mark.parametrize(
    ("tariff", "event", "expect"),
    [
        ({"model": "volume", "tiers": [{"up_to": 10, "unit": "2"}, {"up_to": None, "unit": "1"}]},
         {"kind": "aggregate", "quantity": 11}, {"cost": "11"}),
        ({"model": "blocks_all_tiers", "tiers": [{"size": 100, "price": "1", "max": 2}, {"size": 10, "price": "3"}]},
         {"kind": "aggregate", "quantity": 211}, {"cost": "8"}),
        ({"model": "blocks_top_tier", "tiers": [{"size": 100, "price": "1", "max": 2}, {"size": 10, "price": "3"}]},
         {"kind": "aggregate", "quantity": 211}, {"cost": "66"}),
        (FLAT, {"kind": "session", "destination": "49301", "start": "2026-03-02T12:00:00Z", "parts": [50, 60, 10]},
         {"cost": "0.2"}),
        (FLAT, {"kind": "voice", "destination": "33", "start": "2026-03-02T12:00:00Z", "usage": 1},
         {"error": "UNAUTHORIZED_DESTINATION"}),
        (None, {"kind": "bucket_by_local_month", "tz": "Europe/London", "points": ["2025-06-30T22:59:59Z",
         "2025-06-30T23:00:00Z"]}, {"june": 1, "july": 1, "august": 0}),
        (None, {"kind": "debit", "account": {"data": [{"value": 30}], "money": [{"value": "5"}]},
         "rate": {"rate": "1", "per": 10, "increment": 10}, "usage": 45}, {"data": [0], "money": ["3"]}),
        ({"rows": [{"rates": [{"rate": "1"}], "decimals": 4}]},
         {"kind": "debit", "account": {"money": [{"value": "5"}]}, "rate": None, "usage": 9},
         {"cost": "9", "money": ["0"], "default_money": "-4"}),
        (None, {"kind": "debit", "account": {"money": [{"value": "5"}]}, "rate": {"rate": "1"}, "usage": 9},
         {"error": "INSUFFICIENT_CREDIT", "money": ["0"]}),
        (None, {"kind": "debit", "account": {"group": {"G": [{"account": "kin", "voice": [{"value": 7}]}]}},
         "rate": {"rate": "1"}, "usage": 5}, {"kin_voice": ["2"], "money": []}),
        ({**FLAT, "zone": "Asia/Kolkata", "rows": [*FLAT["rows"], {**FLAT["rows"][0], "from_time": "18:00:00",
         "rates": [{"rate": "9", "per": 60, "increment": 60}]}]},
         {"kind": "voice", "destination": "49", "start": "2026-03-02T12:30:00Z", "usage": 60}, {"cost": "9"}),
    ],
)  # fmt: skip
def test_cases_of_other_families_come_out_as_stated(tmp_path, tariff, event, expect):
    assert one(tmp_path, tariff, event, expect)["failures"] == []


def test_rerating_moves_free_units_to_the_call_that_was_first(tmp_path):
    calls = [{"start": "2026-03-02T12:00:00Z", "usage": 100}, {"start": "2026-03-02T11:00:00Z", "usage": 40}]
    event = {"kind": "debit", "account": {"voice": [{"value_s": 50}]}, "sequence": calls, "then": "rerate_in_order"}
    tariff = {"rows": [{"prefixes": [""], "rates": [{"rate": "0.1"}]}]}

    found = one(tmp_path, tariff, event, {"costs_arrival": ["5", "4"], "costs_after_rerate_by_answer_time": ["0", "9"]})

    assert found["failures"] == []


@pytest.mark.parametrize("text", ["[", "[]", '{"tariffs": {}}'])
def test_a_file_that_holds_no_cases_is_refused_with_its_name(tmp_path, text):
    path = tmp_path / "broken.json"
    path.write_text(text)

    result = CliRunner().invoke(app, ["evaluate", "rating", "--cases", str(path), "--json"])

    assert result.exit_code == 1
    assert "broken.json" in result.output
