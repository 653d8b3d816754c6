"""`telassure controls list` on an installation: every control with what is open, and the policies it judges by."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingestion.batches.batch import Batch, Origin
from streams.catalogue import Catalogue
from streams.operators.controls.control import controls
from telassure import wiring
from telassure.app.cli.control_lines import page
from telassure.app.cli.main import app
from telassure.wiring.settings import Settings

CATALOGUE = {
    "tariffs": [
        {
            "tariff_id": "t-1",
            "valid_from": "2026-01-01T00:00:00Z",
            "currency": "EUR",
            "prices": [{"service": "voice", "kind": "per_unit", "rate": "0.10", "per": 60, "increment": 60}],
        }
    ],
    "products": [{"product_id": "p-1", "name": "Mobile", "monthly_fee": "10", "currency": "EUR", "tariff": "t-1"}],
    "accounts": [
        {
            "account_id": "a-1",
            "customer": "c-1",
            "product": "p-1",
            "payment": "postpaid",
            "opening_balance": "0",
            "currency": "EUR",
        }
    ],
    "policies": [{"area": "leakage", "name": "bill_delay_hours", "value": 1}],
}


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))
    found = Settings.model_construct(home=tmp_path / "home")
    wiring.home(found)
    return found


def asked():
    ran = CliRunner().invoke(app, ["controls", "list", "--json"])
    assert ran.exit_code == 0, ran.output
    return {line["control"]: line for line in json.loads(ran.stdout)["controls"]}


def submit(gateway, kind, body):
    assert not gateway.submit(Batch(kind, body, f"{kind} 1"), Origin("replay:cdr", "test")).rejected


def bill(day):
    whole = {
        "period_start": f"2026-06-0{day}T00:00:00Z",
        "period_end": f"2026-06-0{day + 1}T00:00:00Z",
        "quantity": 120,
    }
    names = {"line_id": f"l-{day}", "bill_id": "b-1", "account": "a-1", "service": "voice"}
    return {**names, **whole, "amount": "0.20", "currency": "EUR", "time": f"2026-06-0{day + 1}T00:00:00Z"}


def lose_a_bill(settings, days=(1, 3), billed=()):
    """A call on each of these days of June, rated and not billed; all days but the last have closed."""
    call = {"account": "a-1", "service": "voice", "volume": 90}
    calls = [{**call, "record_id": f"r-{day}", "time": f"2026-06-0{day}T10:00:00Z"} for day in days]
    with wiring.opened_log(settings) as log:
        gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        submit(gateway, "catalogue", CATALOGUE)
        submit(gateway, "usage", calls)
        for day in billed:
            submit(gateway, "bills", bill(day))
    with wiring.worker(settings, [], live=False) as host:
        host.drain()


def test_a_control_that_has_found_nothing_says_so(settings):
    assert {line["state"] for line in asked().values()} == {"nothing found"}


def test_what_a_control_found_is_its_state_with_the_money_at_risk(settings):
    lose_a_bill(settings)
    line = asked()["unbilled_usage"]
    assert (line["state"], line["open"], line["amounts"]) == ("open", 1, {"EUR": "0.20 EUR"})


def test_a_control_shows_the_policies_in_force(settings):
    lose_a_bill(settings)
    assert asked()["unbilled_usage"]["schedule"]["leakage.bill_delay_hours"] == "1"


def test_a_person_reads_a_table(settings):
    lose_a_bill(settings)
    printed = CliRunner().invoke(app, ["controls", "list"]).stdout
    row = next(line for line in printed.splitlines() if "unbilled_usage" in line)
    assert "0.20 EUR" in row
    assert "billing" in row


@pytest.mark.parametrize("control", controls(), ids=lambda control: control.name)
def test_a_control_declares_what_its_operator_takes(control):
    operator = control.operator(Catalogue())
    assert (operator.name, operator.accepts) == (control.name, control.evidence)


def test_no_two_controls_share_a_finding():
    findings = [word for control in controls() for word in control.findings]
    assert len(findings) == len(set(findings))


def test_the_page_of_the_documentation_is_the_declarations():
    written = (Path(__file__).parents[2] / "docs/controls.md").read_text(encoding="utf-8")
    assert written == page(), "write it anew: telassure controls list --markdown > docs/controls.md"
