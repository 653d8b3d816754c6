"""Shipped mappings: what each sender really sends becomes the rows that an operator expects."""

import json
from typing import Any

import orjson
import pytest

from ingestion.fields.privacy import Pseudonymiser
from ingestion.mappings.shelf import mappings_of, shipped, shipped_names
from ingestion.mappings.trial import MappingTrial, TrialTerms, tried
from telassure.kernel.instant import UTC, parse_instant

NOW = parse_instant("2026-06-01T12:00:00Z")
AT = parse_instant("2026-06-01T10:00:00Z")
TERMS = TrialTerms(UTC, NOW, Pseudonymiser(b"a key of the tests"))


def trial(name: str, document: object) -> MappingTrial:
    return tried(shipped(name), orjson.dumps(document), TERMS)


def taken(name: str, document: object) -> list[Any]:
    found = trial(name, document)
    assert not found.refused
    return list(found.rows)


def alert(status="firing", ends="0001-01-01T00:00:00Z", **labels) -> dict[str, object]:
    return {
        "status": status,
        "labels": {"alertname": "HostDown", "instance": "cell-7:9100", "severity": "critical", **labels},
        "annotations": {"summary": "no answer", "description": "for 5 minutes"},
        "startsAt": "2026-06-01T10:00:00Z",
        "endsAt": ends,
        "generatorURL": "http://prometheus/graph",
        "fingerprint": "a1b2",
    }


def webhook(*alerts: object) -> dict[str, object]:
    return {"version": "4", "groupKey": "{}", "status": "firing", "receiver": "telassure", "alerts": list(alerts)}


def test_an_alert_is_raised_and_its_resolution_clears_the_same_alarm():
    raised, cleared = taken("alertmanager", webhook(alert(), alert("resolved", "2026-06-01T11:00:00Z")))
    key = ("managed_object", "probable_cause", "specific_problem")
    assert [raised[name] for name in key] == [cleared[name] for name in key] == ["cell-7", "HostDown", "a1b2"]
    assert (raised["perceived_severity"], raised["time"]) == ("critical", AT)
    assert (cleared["perceived_severity"], cleared["time"]) == ("cleared", parse_instant("2026-06-01T11:00:00Z"))
    assert raised["text"] == "no answer for 5 minutes"


@pytest.mark.parametrize(
    ("severity", "ours"),
    [("page", "critical"), ("Warning", "warning"), ("odd", "indeterminate"), ("", "indeterminate")],
)
def test_severities_of_alertmanager_are_whatever_its_owner_chose(severity, ours):
    assert taken("alertmanager", webhook(alert(severity=severity)))[0]["perceived_severity"] == ours


def test_an_alert_of_nobody_is_refused_alone():
    nobody = alert()
    nobody["labels"] = {"alertname": "Watchdog"}
    found = trial("alertmanager", webhook(alert(), nobody))
    assert len(found.rows) == 1
    assert [(each.place, each.reason) for each in found.refused] == [("alerts[1]", "managed_object is missing")]


def zabbix(**more) -> dict[str, object]:
    return {
        "event_id": "77", "status": "1", "host": "pe-1", "trigger": "Link down", "trigger_id": "19", "name": "Link x",
        "severity": "High", "date": "2026.06.01", "clock": "10:00:00", "opdata": "", **more,
    }  # fmt: skip


def test_a_problem_of_zabbix_is_raised_and_its_recovery_clears_it():
    over = zabbix(status="0", recovery_date="2026.06.01", recovery_clock="10:30:00")
    [raised], [cleared] = taken("zabbix", zabbix()), taken("zabbix", over)
    assert (raised["perceived_severity"], cleared["perceived_severity"]) == ("major", "cleared")
    assert raised["specific_problem"] == cleared["specific_problem"] == "19"
    assert cleared["time"] - raised["time"] == 1_800_000_000


@pytest.mark.parametrize(
    ("word", "ours"), [("Disaster", "critical"), ("3", "minor"), ("Not classified", "indeterminate")]
)
def test_severities_of_zabbix(word, ours):
    assert taken("zabbix", zabbix(severity=word))[0]["perceived_severity"] == ours


def test_alarms_of_opennms():
    alarm = {
        "id": 12, "uei": "uei.opennms.org/nodes/nodeDown", "nodeLabel": "switch-1", "severity": "MAJOR", "type": 1,
        "reductionKey": "uei:nodeDown::1", "lastEventTime": 1_780_308_000_000, "logMessage": "Node down", "count": 1,
    }  # fmt: skip
    found = trial("opennms", {"alarm": [alarm, {**alarm, "severity": "CLEARED"}, {**alarm, "type": 2}], "count": 3})
    assert [(row["perceived_severity"], row["time"]) for row in found.rows] == [("major", AT), ("cleared", AT)]
    assert sum(found.left_out.values()) == 1
    assert not found.unread or found.unread == ["count"]


def trap(oid: str, **varbinds) -> dict[str, object]:
    return {
        "trap": oid,
        "sender": "10.0.0.7",
        "varbinds": {name[1:].replace("_", "."): v for name, v in varbinds.items()},
    }


@pytest.mark.parametrize("index", [1, 3, 1_000_001])
def test_link_down_and_link_up_of_an_interface_are_one_alarm(index):
    binds = {f"_1_3_6_1_2_1_2_2_1_1_{index}": index, f"_1_3_6_1_2_1_2_2_1_2_{index}": "ge-0/0/3"}
    down, up = (taken("trap-link", trap(f"1.3.6.1.6.3.1.1.5.{last}", **binds))[0] for last in (3, 4))
    assert (down["perceived_severity"], up["perceived_severity"]) == ("major", "cleared")
    assert down["managed_object"] == up["managed_object"] == f"10.0.0.7/if{index}"
    assert {name: down[name] for name in ("event_type", "probable_cause")} == {
        name: up[name] for name in ("event_type", "probable_cause")
    }


def test_a_restart_is_left_out_and_a_stranger_is_refused():
    assert trial("trap-link", trap("1.3.6.1.6.3.1.1.5.1")).left_out
    assert "none of the traps of SNMPv2-MIB" in trial("trap-link", trap("1.3.6.1.4.1.9.9.41.2.0.1")).refused[0].reason


@pytest.mark.parametrize(("down", "up"), [("0.2", "0.1"), ("7.2", "7.1")])
def test_a_bgp_peer_that_is_lost_is_cleared_by_its_return(down, up):
    binds = {"_1_3_6_1_2_1_15_3_1_7_192_0_2_1": "192.0.2.1", "_1_3_6_1_2_1_15_3_1_2_192_0_2_1": 1}
    lost, back = (taken("trap-bgp4", trap(f"1.3.6.1.2.1.15.{last}", **binds))[0] for last in (down, up))
    assert (lost["perceived_severity"], back["perceived_severity"]) == ("major", "cleared")
    assert lost["specific_problem"] == back["specific_problem"] == "peer 192.0.2.1"


@pytest.mark.parametrize(("alarm", "cause"), [(2, "upsAlarmOnBattery"), (3, "upsAlarmLowBattery"), (77, "upsAlarm")])
def test_an_entry_of_the_alarm_table_of_a_ups_is_raised_and_cleared(alarm, cause):
    binds = {"_1_3_6_1_2_1_33_1_6_2_1_1_5": 5, "_1_3_6_1_2_1_33_1_6_2_1_2_5": f"1.3.6.1.2.1.33.1.6.3.{alarm}"}
    on, off = (taken("trap-ups", trap(f"1.3.6.1.2.1.33.2.{last}", **binds))[0] for last in (3, 4))
    assert (on["probable_cause"], on["perceived_severity"], off["perceived_severity"]) == (cause, "major", "cleared")
    assert on["specific_problem"] == off["specific_problem"] == "alarm 5"


def test_counters_of_an_interface_are_a_row_each_and_declared_as_counters():
    metric = {
        "name": "interface", "tags": {"agent_host": "pe-1", "ifName": "xe-0/0/1"}, "timestamp": 1_780_308_000,
        "fields": {"ifHCInOctets": 2**60, "ifInErrors": 3, "ifHighSpeed": 10_000},
    }  # fmt: skip
    rows = taken("telegraf-interface", {"metrics": [metric, {**metric, "name": "snmp"}]})
    assert {row["measurement"]: row["value"] for row in rows} == {
        "ifHCInOctets": 2**60, "ifInErrors": 3, "ifHighSpeed": 1e10,
    }  # fmt: skip
    assert {row["managed_object"] for row in rows} == {"pe-1/xe-0/0/1"}
    assert shipped("telegraf-interface").counters["ifHCInOctets"] == "counter64"


CDRS = {
    "cdr-semicolon": {"call_id": "1", "calling_number": "+491711234567", "called_number": "+49301234567", "type": "MOC",
                      "date": "01.06.2026", "time": "10:00:00", "duration_s": "61", "exchange": "msc-1"},
    "cdr-epoch": {"uuid": "u1", "a_number": "+491711234567", "b_number": "+49301234567", "host": "sw-1",
                  "start_epoch": "1780308000", "billable_ms": 60_001},
    "cdr-data": {"charging_id": 77, "sequence": 2, "imsi": "262011234567890", "apn": "internet", "gateway": "pgw-1",
                 "record_opening_time": "2026-06-01T10:00:00Z", "octets": 61},
}  # fmt: skip


@pytest.mark.parametrize("name", CDRS)
def test_cdrs_are_usage_and_no_number_of_a_subscriber_is_shown(name):
    [row] = taken(name, CDRS[name])
    assert (row["time"], int(row["volume"])) == (AT, 61)
    assert not {"1711234567", "30123456", "262011234567890"} & set(json.dumps(row).replace('"', " ").split())
    assert "1234567" not in json.dumps(row)


def test_csv_of_a_mediation_is_read_as_its_rows():
    header, line = ",".join(CDRS["cdr-semicolon"]), ",".join(CDRS["cdr-semicolon"].values())
    found = tried(shipped("cdr-semicolon"), f"{header}\n{line}\n{line}\n".encode(), TERMS)
    assert (len(found.rows), found.refused, found.unread) == (2, [], [])


def test_every_shipped_mapping_is_valid_and_tested_here(tmp_path):
    traps = {"trap-link", "trap-bgp4", "trap-ups"}
    tested = {"alertmanager", "zabbix", "opennms", "telegraf-interface", "otlp-logs", "syslog", "ves", *traps, *CDRS}
    assert set(shipped_names()) == set(mappings_of(tmp_path)) == tested
