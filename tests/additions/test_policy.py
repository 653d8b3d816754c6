"""A policy that is added as docs/adding/policy.md shows is read, refused, listed, set and documented."""

import json
from importlib import import_module

import pytest
from typer.testing import CliRunner

from streams.catalogue import Catalogue
from streams.operators.policy_register import judged
from telassure.app.cli.policies import policies_app
from telassure.app.cli.policy_lines import page
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import PolicyValue
from telassure.kernel.instant import DAY
from tests.adding import added, guide

((PATH, TEXT),) = guide("policy").files.items()


@pytest.fixture(autouse=True)
def roaming(tmp_path, monkeypatch):
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))
    (tmp_path / "added").mkdir()
    with added(PATH, TEXT, tmp_path / "added"):
        yield


def run(*words):
    ran = CliRunner().invoke(policies_app, [*words, "--json"])
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def test_the_guide_adds_one_file_and_no_line():
    assert (len(guide("policy").files), guide("policy").lines) == (1, {})


def test_it_is_read_typed_by_the_narrowest_selector():
    dispute = import_module("streams.topologies.policies").DISPUTE
    catalogue = Catalogue()
    catalogue.apply([PolicyValue("roaming", "dispute_days", "7", "tap-in")])
    assert (dispute.of(catalogue, "tap-in"), dispute.of(catalogue, "tap-out")) == (7 * DAY, 30 * DAY)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("dispute_day", "7", "did you mean roaming.dispute_days?"),
        ("dispute_days", "soon", "not a whole number of days"),
        ("dispute_days", "91", "1 to 90 days"),
    ],
)
def test_it_is_refused_where_it_is_sent(name, value, says):
    with pytest.raises(InvalidInput) as refused:
        judged("roaming", name, value, "")
    assert says in refused.value.reason


def test_it_is_listed_with_its_default():
    (line,) = run("list", "roaming")["policies"]
    assert (line["name"], line["value"], line["default"], line["range"]) == ("dispute_days", "30", "30", "1 to 90 days")


def test_it_is_set_and_shown_with_who_set_it():
    run("set", "roaming.dispute_days", "7", "--for", "tap-in", "--user", "ada")
    lines = run("show", "roaming.dispute_days")["policies"]
    assert [(line["selector"], line["value"], line["set_by"]) for line in lines] == [
        ("", "30", None),
        ("tap-in", "7", "ada"),
    ]


def test_it_stands_in_the_documentation():
    (row,) = [line for line in page().splitlines() if "`dispute_days`" in line]
    assert row.endswith("a partner's usage can be disputed | 30 | 1 to 90 days | feed |")
