"""`telassure ingest test`: what a mapping makes of a sample, before anything is connected."""

import json

import pytest
from typer.testing import CliRunner

from telassure.app.cli.main import app

OWN = """
text = "our probes"
kind = "alarms"
[fields]
managed_object = "host"
perceived_severity = { from = "level", words = { red = "critical" } }
time = "at"
"""
GOOD = {"host": "n1", "level": "red", "at": "2026-06-01T10:00:00Z"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))

    def ran(mapping: str, sample: str, *more: str):
        path = tmp_path / "sample"
        path.write_text(sample)
        return CliRunner().invoke(app, ["ingest", "test", mapping, str(path), *more])

    return ran


@pytest.fixture
def own(tmp_path):
    place = tmp_path / "home" / "mappings"
    place.mkdir(parents=True)
    (place / "probes.toml").write_text(OWN)
    return place / "probes.toml"


@pytest.mark.parametrize("as_path", [True, False])
def test_a_mapping_of_the_home_is_tried_by_its_name_or_its_path(run, own, as_path):
    ran = run(str(own) if as_path else "probes", json.dumps({**GOOD, "extra": 1}), "--json")
    found = json.loads(ran.stdout)
    assert (ran.exit_code, found["ok"], found["kind"], found["unread"]) == (0, True, "alarms", ["extra"])
    assert found["rows"][0]["managed_object"] == "n1"


def test_json_lines_are_records_and_a_refused_one_ends_with_1(run, own):
    ran = run("probes", f"{json.dumps(GOOD)}\n{json.dumps({**GOOD, 'level': 'blue'})}\n", "--json")
    found = json.loads(ran.stdout)
    assert (ran.exit_code, len(found["rows"])) == (1, 1)
    assert (found["refused"][0]["place"], "blue" in found["refused"][0]["reason"]) == ("row 1", True)


def test_what_the_kind_refuses_is_named_too(run, own):
    ran = run("probes", json.dumps({**GOOD, "host": "a\nb"}), "--json")
    assert ran.exit_code == 1
    assert "managed_object" in json.loads(ran.stdout)["refused"][0]["reason"]


@pytest.mark.parametrize("sample", ["{", "[1,", "", "\n"])
def test_a_sample_that_is_no_document_is_refused(run, own, sample):
    ran = run("probes", sample)
    assert ran.exit_code == 1
    assert "sample" in ran.stderr


def test_a_mapping_that_is_not_there_names_those_that_are(run):
    ran = run("prtg", "{}")
    assert ran.exit_code == 2
    assert "alertmanager" in ran.stderr


def test_a_person_reads_the_rows_and_what_is_unread(run, own):
    ran = run("probes", json.dumps({**GOOD, "extra": 1}))
    assert ran.exit_code == 0
    assert '"managed_object":"n1"' in ran.stdout
    assert "extra" in ran.stdout


def test_the_mappings_are_listed(tmp_path, monkeypatch, own):
    monkeypatch.setenv("TELASSURE_HOME", str(tmp_path / "home"))
    ran = CliRunner().invoke(app, ["ingest", "mappings", "--json"])
    assert {"probes", "zabbix"} <= {each["mapping"] for each in json.loads(ran.stdout)["mappings"]}
