"""A control that is added as docs/adding/control.md shows judges in the charging topology, and is listed."""

import json

import pytest
from typer.testing import CliRunner

from streams.catalogue import Catalogue
from streams.operators.policy_register import policies
from streams.topologies.charging import CHARGING
from telassure.app.cli.control_lines import page
from telassure.app.cli.main import app
from telassure.kernel.events import Account, PolicyValue, Product, RevenueLeakage, Tariff
from telassure.kernel.money import Money
from tests.adding import added, guide
from tests.driver import Driver
from tests.topologies.test_charging import VOICE, usage

((PATH, TEXT),) = guide("control").files.items()
ENTRIES = (
    Tariff("t-1", 0, None, "EUR", (VOICE,)),
    Product("mobile", "Mobile", Money.of("10", "EUR"), "t-1"),
    Account("a-pre", "c-1", "mobile", "prepaid", Money.of("0.05", "EUR")),
)


@pytest.fixture(autouse=True)
def unpaid(tmp_path, monkeypatch):
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))
    (tmp_path / "added").mkdir()
    with added(PATH, TEXT, tmp_path / "added"):
        yield


def test_the_guide_adds_one_file_and_no_line():
    assert (len(guide("control").files), guide("control").lines) == (1, {})


def test_the_charging_topology_runs_it_behind_what_makes_its_evidence():
    names = [operator.name for operator in CHARGING.operators(Catalogue())]
    assert names.index("unpaid_usage") > names.index("charge")


def test_it_judges_what_comes_through_the_topology():
    driver = Driver(CHARGING, catalogue=ENTRIES).pipe(usage("c-1", 60, account="a-pre"))
    (found,) = driver.records(RevenueLeakage)
    assert (found.control, found.subject, str(found.amount)) == ("unpaid_usage", "a-pre", str(Money.of("0.01", "EUR")))


def test_its_own_policy_is_its_threshold():
    driver = Driver(CHARGING, catalogue=[*ENTRIES, PolicyValue("leakage", "unpaid_micros", "10000")])
    assert driver.pipe(usage("c-1", 60, account="a-pre")).records(RevenueLeakage) == []
    assert ("leakage", "unpaid_micros") in policies()


def test_it_is_listed_with_its_state():
    ran = CliRunner().invoke(app, ["controls", "list", "--json"])
    (line,) = [line for line in json.loads(ran.stdout)["controls"] if line["control"] == "unpaid_usage"]
    assert (line["owner"], line["state"]) == ("charging", "nothing found")
    assert line["threshold"] == {"leakage.unpaid_micros": "0"}


def test_it_stands_in_the_documentation():
    assert "## unpaid_usage" in page().splitlines()
