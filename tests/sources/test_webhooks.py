"""Documents of others over a real socket: a mapping makes rows of them, and the sender is told what became of each."""

import json

import pytest

from telassure.kernel.errors import ConfigurationError
from telassure.kernel.events import AlarmNotification, CatalogueChange, Measurements
from tests.ingestion.mappings.test_shipped import alert, webhook, zabbix
from tests.sources.conftest import BOUNDED, VIEWER

ALERTS = "/v1/webhooks/alertmanager"


def alarms(station) -> list[AlarmNotification]:
    return [each for each in station.events("assurance") if isinstance(each, AlarmNotification)]


def test_alerts_become_alarms_and_their_resolution_clears_them(station):
    with station.client() as client:
        first = client.post(ALERTS, json=webhook(alert(), alert(device="sdb")))
        over = client.post(ALERTS, json=webhook(alert("resolved", "2026-06-01T11:00:00Z")))
    assert (first.status_code, first.json()["accepted"], over.json()["accepted"]) == (202, 2, 1)
    assert [each.perceived_severity.name for each in alarms(station)] == ["CRITICAL", "CRITICAL", "CLEARED"]


def test_a_repeat_of_alertmanager_is_taken_once(station):
    with station.client() as client:
        answers = [client.post(ALERTS, json=webhook(alert())).json() for _ in range(3)]
    assert [(each["accepted"], each["duplicates"]) for each in answers] == [(1, 0), (0, 1), (0, 1)]
    assert len(alarms(station)) == 1


def test_what_is_refused_is_told_with_its_place_and_kept_as_a_letter(station):
    nobody = {**alert(), "labels": {"alertname": "Watchdog"}}
    with station.client() as client:
        found = client.post(ALERTS, json=webhook(alert(), nobody, {**alert(), "startsAt": "soon"}))
    refused = {each["place"]: each["reason"] for each in found.json()["refused"]}
    assert (found.status_code, found.json()["accepted"], set(refused)) == (202, 1, {"alerts[1]", "alerts[2]"})
    assert {letter.place for letter in station.letters()} == {"alerts[1]", "alerts[2]"}


@pytest.mark.parametrize("document", [{}, [], {"alerts": {}}, 7])
def test_a_document_of_another_form_is_refused(station, document):
    with station.client() as client:
        found = client.post(ALERTS, json=document)
    assert (found.status_code, "alerts is missing" in found.json()["error"]) == (400, True)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"alerts": [], "alerts": []}'])
def test_a_body_that_is_no_json_is_refused(station, body):
    with station.client() as client:
        assert client.post(ALERTS, content=body).status_code == 400


def test_where_nothing_can_be_taken_the_sender_is_told(station):
    with station.client() as client:
        found = client.post("/v1/webhooks/zabbix", json=zabbix(severity="Apocalypse"))
    assert (found.status_code, "it knows" in found.json()["refused"][0]["reason"]) == (422, True)


def test_a_mapping_that_is_not_there_is_named_with_those_that_are(station):
    with station.client() as client:
        found = client.post("/v1/webhooks/prtg", json={})
    assert (found.status_code, "alertmanager" in found.json()["error"]) == (404, True)


@pytest.mark.parametrize(
    ("token", "status"), [("", 401), ("nobody-knows-this-token", 401), (VIEWER, 403), (BOUNDED, 403)]
)
def test_only_who_may_send_is_heard(station, token, status):
    with station.client(token) as client:
        assert client.post(ALERTS, json=webhook(alert())).status_code == status
    assert not alarms(station)


def test_counters_are_measurements_and_judged_as_counters_from_then_on(station):
    metric = {"name": "interface", "tags": {"agent_host": "pe-1", "ifName": "xe-1"}, "timestamp": 1_780_308_000,
              "fields": {"ifHCInOctets": 2**60}}  # fmt: skip
    with station.client() as client:
        answers = [client.post("/v1/webhooks/telegraf-interface", json={"metrics": [metric]}) for _ in range(2)]
    assert [each.status_code for each in answers] == [202, 202]
    events = station.events("detection")
    stated = [entry for each in events if isinstance(each, CatalogueChange) for entry in each.entries]
    assert ("kind", "counter64", "ifHCInOctets") in {(each.name, each.value, each.selector) for each in stated}
    assert [each.value.tolist() for each in events if isinstance(each, Measurements)] == [[float(2**60)]]


def test_a_wrong_mapping_in_the_home_keeps_the_endpoint_from_starting_and_says_where(stations):
    def prepare(home):
        (home / "mappings").mkdir()
        (home / "mappings" / "probes.toml").write_text('text = "x"\nkind = "alarm"\n')

    with pytest.raises(ConfigurationError, match='mapping probes: kind "alarm" is unknown'), stations(prepare):
        pass


def test_no_number_of_a_subscriber_is_said_again_or_kept(station):
    cdr = {"charging_id": 7, "sequence": 1, "imsi": "262011234567890", "apn": "internet", "gateway": "g",
           "record_opening_time": "x262011234567890", "octets": 1}  # fmt: skip
    with station.client() as client:
        found = client.post("/v1/webhooks/cdr-data", json=cdr)
    assert found.status_code == 422
    assert "262011234567890" not in found.text
    assert "262011234567890" not in json.dumps([str(letter) for letter in station.letters()])
