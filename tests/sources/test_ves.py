"""The VES listener over a real socket: what it takes, what it answers, and what becomes of it."""

import copy
import json

import pytest

from ingestion.sources.ves.source import BATCH, PATH
from telassure.kernel.events import AlarmNotification, Measurements
from tests.sources.conftest import BOUNDED, TOKEN, VIEWER
from tests.sources.test_ves_schema import PLACE, SAMPLES, VALID

MAJOR = {"perceivedSeverity": "MAJOR"}
AT = 1_780_308_000_000_000


def event(domain: str, fields: str = "", **body) -> dict:
    header = {
        "version": "4.1", "vesEventListenerVersion": "7.2.1", "domain": domain, "eventName": f"{domain}_x",
        "eventId": "e1", "sequence": 0, "priority": "High", "reportingEntityName": "ems-1", "sourceName": "gnb-7",
        "startEpochMicrosec": AT, "lastEpochMicrosec": AT,
    }  # fmt: skip
    return {"commonEventHeader": header, **({fields: body} if fields else {})}


def fault(severity="MAJOR", **more) -> dict:
    return event(
        "fault", "faultFields", faultFieldsVersion="4.0", eventSeverity=severity, alarmCondition="lossOfSignal",
        eventSourceType="router", specificProblem="LOS on port", vfStatus="Active", **more,
    )  # fmt: skip


def crossing(action="SET", severity="MINOR") -> dict:
    return event(
        "thresholdCrossingAlert", "thresholdCrossingAlertFields", thresholdCrossingFieldsVersion="4.0",
        additionalParameters=[{"criticality": "MAJ", "thresholdCrossed": "90", "hashMap": {"load": "93"}}],
        alertAction=action, alertDescription="load", alertType="ELEMENT-ANOMALY", eventSeverity=severity,
        collectionTimestamp="x", eventStartTimestamp="x",
    )  # fmt: skip


def supervised(kind: str, **more) -> dict:
    found = event(
        "stndDefined", "stndDefinedFields", stndDefinedFieldsVersion="1.0",
        data={"notificationType": kind, "alarmId": "77", "alarmType": "COMMUNICATIONS_ALARM", "probableCause": "LOS",
              "objectInstance": "SubNetwork=1,GNBDUFunction=3", **more},
    )  # fmt: skip
    found["commonEventHeader"]["stndDefinedNamespace"] = "3GPP-FaultSupervision"
    return found


def alarms(station) -> list[AlarmNotification]:
    return [each for each in station.events("assurance") if isinstance(each, AlarmNotification)]


def measured(station) -> dict[tuple[str, str], float]:
    return {
        (each.objects[o], each.names[n]): value
        for each in station.events("detection") if isinstance(each, Measurements)
        for o, n, value in zip(each.measured_object, each.measurement, each.value.tolist(), strict=True)
    }  # fmt: skip


@pytest.mark.corpora
@pytest.mark.skipif(not SAMPLES, reason="the VES samples are not here; set TELASSURE_SHARED to their folder")
def test_every_valid_sample_is_accepted_and_the_older_one_refused(station):
    with station.client() as client:
        answers = {path: client.post(PATH, content=path.read_bytes()) for path in SAMPLES}
    assert {path for path, answer in answers.items() if answer.status_code == 202} == set(VALID)
    refused = answers[PLACE / "samples" / "ves4_valid.json"].json()["requestError"]["serviceException"]
    assert (refused["messageId"], "commonEventHeader" in refused["variables"][0]) == ("SVC0002", True)


def test_an_event_is_answered_202_with_the_versions_of_the_standard(station):
    with station.client() as client:
        found = client.post(PATH, json={"event": fault()})
    told = {name: found.headers[name] for name in ("X-MinorVersion", "X-PatchVersion", "X-LatestVersion")}
    assert (found.status_code, found.content) == (202, b"")
    assert told == {"X-MinorVersion": "2", "X-PatchVersion": "1", "X-LatestVersion": "7.2.1"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (fault(), fault("NORMAL")),
        (fault("CRITICAL", alarmInterfaceA="1/0/1"), fault("NORMAL", alarmInterfaceA="1/0/1")),
        (crossing(), crossing("CLEAR")),
        (crossing(), crossing("CONT", "NORMAL")),
        (supervised("notifyNewAlarm", **MAJOR, specificProblem="x"), supervised("notifyClearedAlarm")),
        (supervised("notifyNewAlarm", **MAJOR), supervised("notifyChangedAlarm", perceivedSeverity="CLEARED")),
    ],
    ids=["fault", "interface", "crossing", "crossing over", "3gpp", "3gpp changed"],
)  # fmt: skip
def test_a_raise_and_its_clear_are_one_alarm(station, first, second):
    with station.client() as client:
        assert client.post(BATCH, json={"eventList": [first, second]}).status_code == 202
    raised, cleared = alarms(station)
    assert raised.perceived_severity > 1
    assert cleared.perceived_severity.name == "CLEARED"
    for name in ("managed_object", "event_type", "probable_cause", "specific_problem"):
        assert getattr(raised, name) == getattr(cleared, name)


def test_measurements_of_an_element_and_of_its_parts_are_series(station):
    body = event(
        "measurement", "measurementFields", measurementFieldsVersion="4.0", measurementInterval=60, requestRate=12.5,
        cpuUsageArray=[{"cpuIdentifier": "c1", "percentUsage": 40}, {"cpuIdentifier": "c2", "percentUsage": 41}],
        nicPerformanceArray=[{"nicIdentifier": "eth0", "valuesAreSuspect": "true", "receivedOctetsDelta": 7}],
        additionalMeasurements=[{"name": "amf", "hashMap": {"registered": "31", "release": "R17"}}],
    )  # fmt: skip
    with station.client() as client:
        assert client.post(PATH, json={"event": body}).status_code == 202
    assert measured(station) == {
        ("gnb-7", "requestRate"): 12.5,
        ("gnb-7/cpu:c1", "percentUsage"): 40,
        ("gnb-7/cpu:c2", "percentUsage"): 41,
        ("gnb-7/nic:eth0", "receivedOctetsDelta"): 7,
        ("gnb-7/amf", "registered"): 31,
    }


@pytest.mark.parametrize("types", [{"sMeasTypesList": ["RRC.Att", "RRC.Succ"]}, {"iMeasTypesList": [5, 6]}])
def test_results_of_perf3gpp_are_measurements_of_its_objects(station, types):
    values = [{"measObjInstId": "Cell=1", "measResults": [{"p": 1, "iValue": 10}, {"p": 2, "rValue": 0.5}]}]
    collection = {
        "granularityPeriod": 900,
        "measuredEntityDn": "ME=1",
        "measInfoList": [{"measTypes": types, "measValuesList": values}],
    }
    body = event("perf3gpp", "perf3gppFields", perf3gppFieldsVersion="1.0", measDataCollection=collection)
    with station.client() as client:
        assert client.post(PATH, json={"event": body}).status_code == 202
    [names] = types.values()
    assert measured(station) == {("ME=1,Cell=1", str(names[0])): 10, ("ME=1,Cell=1", str(names[1])): 0.5}


def test_a_heartbeat_is_a_measurement_and_a_notification_an_alarm_that_has_ended(station):
    note = event(
        "notification",
        "notificationFields",
        notificationFieldsVersion="2.0",
        changeIdentifier="sw",
        changeType="upgrade",
    )
    with station.client() as client:
        assert client.post(BATCH, json={"eventList": [event("heartbeat"), note]}).status_code == 202
    assert measured(station) == {("gnb-7", "heartbeat"): 1}
    assert [(each.probable_cause, each.ends_at) for each in alarms(station)] == [("upgrade", AT)]


def test_a_valid_event_that_nothing_uses_is_acknowledged_and_kept_as_a_letter_that_says_so(station):
    body = event("other", "otherFields", otherFieldsVersion="3.0")
    with station.client() as client:
        assert client.post(PATH, json={"event": body}).status_code == 202
    assert ["nothing here uses them" in letter.reason for letter in station.letters()] == [True]


def test_the_same_request_again_is_taken_once(station):
    with station.client() as client:
        answers = [client.post(PATH, json={"event": fault()}).status_code for _ in range(3)]
    assert (answers, len(alarms(station))) == ([202] * 3, 1)


def wrong(**changes) -> dict:
    found = copy.deepcopy(fault())
    for path, value in changes.items():
        *above, last = path.split("__")
        part = found
        for name in above:
            part = part[name]
        part[last] = value
    return found


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (wrong(faultFields__eventSeverity="RED"), 'event.faultFields.eventSeverity "RED" is unknown'),
        (wrong(commonEventHeader__sequence="1"), "event.commonEventHeader.sequence is str, not a whole number"),
        (wrong(commonEventHeader__odd=1), 'event.commonEventHeader has an unknown field "odd"'),
        (event("fault"), "event.faultFields is missing"),
        ({}, "event.commonEventHeader is missing"),
        (wrong(commonEventHeader__lastEpochMicrosec=12), "before 1990"),
    ],
)
def test_an_event_that_is_none_is_refused_in_the_words_of_the_standard(station, body, said):
    with station.client() as client:
        found = client.post(PATH, json={"event": body})
    refused = found.json()["requestError"]["serviceException"]
    assert (found.status_code, refused["messageId"]) == (400, "SVC0002")
    assert refused["text"] == "Invalid input value for message part %1"
    assert said in refused["variables"][0]
    assert not alarms(station)


def test_a_batch_with_one_bad_event_is_refused_whole_with_its_place(station):
    with station.client() as client:
        found = client.post(BATCH, json={"eventList": [fault(), wrong(faultFields__vfStatus="Gone")]})
    assert "eventList[1].faultFields.vfStatus" in found.json()["requestError"]["serviceException"]["variables"][0]
    assert not alarms(station)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"event": []}', b'{"eventList": [{}]}', b'{"event": {}, "event": {}}']
)
def test_a_body_that_is_no_event_is_refused(station, body):
    with station.client() as client:
        assert client.post(PATH, content=body).status_code == 400


def test_a_body_over_two_megabytes_is_refused_as_the_standard_says(station):
    with station.client() as client:
        found = client.post(PATH, json={"event": fault(), "pad": "x" * (2 << 20)})
    assert (found.status_code, found.json()["requestError"]["policyException"]["messageId"]) == (413, "POL9003")


@pytest.mark.parametrize(
    ("user", "password", "status"),
    [
        ("ems", TOKEN, 202),
        ("other", TOKEN, 401),
        ("ems", "wrong", 401),
        ("eve", VIEWER, 403),
        ("probe", BOUNDED, 403),
        ("", TOKEN, 401),
    ],
)
def test_basic_authentication_is_the_name_and_token_of_a_principal_that_may_send(station, user, password, status):
    with station.client("", auth=(user, password)) as client:
        found = client.post(PATH, json={"event": fault()})
    assert found.status_code == status
    if status != 202:
        assert found.json()["requestError"]["policyException"]["messageId"] == "POL2000"


def test_nobody_is_told_how_to_prove_who_asks(station):
    with station.client("") as client:
        found = client.post(PATH, json={"event": fault()})
    assert (found.status_code, "Basic" in found.headers["WWW-Authenticate"]) == (401, True)


def test_its_health_counts_records_and_refusals_by_cause(stations):
    with stations() as station, station.client() as client:
        client.post(PATH, json={"event": fault()})
        client.post(PATH, json={"event": wrong(faultFields__eventSeverity="RED")})
        home = station
    found = home.health("ves")
    assert (found.records, found.ended) == (1, True)
    assert [("eventSeverity" in cause, count) for cause, count in found.refused.items()] == [(True, 1)]


def test_the_mapping_of_the_home_stands_before_the_shipped_one(stations):
    own = (
        'text = "ours"\nkind = "alarms"\nignores = ["*"]\n[fields]\nmanaged_object = { value = "ours" }\n'
        'perceived_severity = { value = "minor" }\n'
        'time = { from = "commonEventHeader.lastEpochMicrosec", form = "microseconds" }\n'
    )

    def prepare(home):
        (home / "mappings").mkdir()
        (home / "mappings" / "ves.toml").write_text(own)

    with stations(prepare) as station, station.client() as client:
        client.post(PATH, json={"event": fault()})
        assert [each.managed_object for each in alarms(station)] == ["ours"]


def test_no_refusal_says_a_long_number_of_a_text_again(station):
    body = json.loads(json.dumps(wrong(faultFields__eventSeverity="491711234567")))
    with station.client() as client:
        found = client.post(PATH, json={"event": body})
    assert "491711234567" not in found.text
