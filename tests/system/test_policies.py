"""`telassure policies` on an installation: what is in force, who set it since when, and setting it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingestion.batches.batch import Batch, Origin
from streams.operators.policy_register import policies
from telassure import wiring
from telassure.app.cli.main import app
from telassure.app.cli.policy_lines import page
from telassure.kernel.codec import encode
from telassure.kernel.events import CatalogueChange, PolicyValue
from telassure.kernel.instant import parse_instant
from telassure.kernel.ports import Entry
from telassure.wiring.settings import Settings

HOURS = "leakage.bill_delay_hours"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))
    found = Settings.model_construct(home=tmp_path / "home")
    wiring.home(found)
    return found


def run(*words, code=0):
    ran = CliRunner().invoke(app, ["policies", *words])
    assert ran.exit_code == code, ran.output
    return ran


def asked(*words):
    return json.loads(run(*words, "--json").stdout)


def stored(settings, *entries):
    """Put policies into the log as an older release did, whatever they say."""
    kind, payload = encode(CatalogueChange(entries))
    with wiring.opened_log(settings) as log:
        log.append([Entry("assurance", 0, kind, payload, "older release", "1", b"", 1)])


def test_every_policy_is_listed_with_what_is_in_force(settings):
    lines = asked("list")["policies"]
    general = {(line["area"], line["name"]) for line in lines if line["selector"] == ""}
    assert general == {place for place, policy in policies().items() if any(kind.takes("") for kind in policy.by)}
    assert all(line["set_by"] is None and line["since"] is None for line in lines)


def test_an_area_is_listed_alone(settings):
    assert {line["area"] for line in asked("list", "notice")["policies"]} == {"notice"}


def test_what_is_set_is_in_force_with_who_set_it_and_since_when(settings):
    before = wiring.WallClock().now()
    said = asked("set", HOURS, "48", "--user", "ada")
    (line,) = asked("show", HOURS)["policies"]
    assert (said["before"], said["value"], said["changed"]) == ("36", "48", True)
    assert (line["value"], line["default"], line["set_by"]) == ("48", "36", "ada")
    assert before // 10**6 <= parse_instant(line["since"]) // 10**6 <= wiring.WallClock().now() // 10**6


def test_who_set_it_survives_a_worker_that_has_applied_it(settings):
    asked("set", HOURS, "48", "--user", "ada")
    with wiring.worker(settings, [], live=False) as host:
        host.drain()
    (line,) = asked("show", HOURS)["policies"]
    assert (line["value"], line["set_by"]) == ("48", "ada")


def test_a_value_set_again_changes_nothing_and_stays_whose_it_was(settings):
    asked("set", HOURS, "48", "--user", "ada")
    again = asked("set", HOURS, "48", "--user", "eve")
    assert (again["changed"], again["set_by"]) == (False, "ada")


def test_the_last_that_was_set_is_in_force(settings):
    for hours in ("48", "72", "48"):
        assert asked("set", HOURS, hours)["changed"]
    assert [line["value"] for line in asked("show", HOURS)["policies"]] == ["48"]


def test_a_selector_has_a_line_of_its_own(settings):
    asked("set", "correlation.settle_seconds", "5", "--for", "ems-1")
    lines = asked("show", "correlation.settle_seconds")["policies"]
    assert [(line["selector"], line["value"]) for line in lines] == [("", "20"), ("ems-1", "5")]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("correlaton.settle_seconds", "5"), "did you mean correlation.settle_seconds?"),
        ((HOURS, "soon"), "write one like 36"),
        ((HOURS, "0"), "1 to 87,600 hours"),
        (("charging.dedupe_days", "40", "--for", "north"), "holds everywhere"),
    ],
)
def test_what_cannot_be_set_is_refused_with_exit_code_one(settings, words, says):
    ran = run("set", *words, code=1)
    assert says in " ".join(ran.stderr.split())


def test_a_value_that_came_with_a_file_names_the_feed_that_brought_it(settings):
    row = {"area": "charging", "name": "dedupe_days", "value": 40}
    with wiring.opened_log(settings) as log:
        gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        gateway.submit(Batch("catalogue", {"policies": [row]}, "1"), Origin("catalogue", "load:prices.toml"))
    assert asked("show", "charging.dedupe_days")["policies"][0]["set_by"] == "catalogue"


def test_a_value_that_an_older_release_stored_and_nobody_can_read_is_told(settings):
    stored(settings, PolicyValue("leakage", "bill_delay_hours", "soon"))
    (line,) = asked("show", HOURS)["policies"]
    assert (line["value"], line["set_by"]) == ("36", "")
    assert "not a whole number of hours" in line["trouble"]


def test_a_policy_that_an_older_release_stored_and_nobody_knows_is_told(settings):
    stored(settings, PolicyValue("detection", "treshold", "3"))
    (line,) = [line for line in asked("list", "detection")["policies"] if line["name"] == "treshold"]
    assert "no effect" in line["trouble"]


def test_a_person_reads_a_table(settings):
    asked("set", HOURS, "48", "--user", "ada")
    row = next(line for line in run("list").stdout.splitlines() if HOURS in line)
    assert row.split()[1:3] == ["48", "36"]
    assert "ada" in row
    assert "UTC" in row


def test_the_page_of_the_documentation_is_the_declarations():
    written = (Path(__file__).parents[2] / "docs/policies.md").read_text(encoding="utf-8")
    assert written == page(), "write it anew: telassure policies list --markdown > docs/policies.md"
