"""TMF642 on a running installation, as a conformance kit and an integrator would use it."""

import pytest

from telassure.kernel.events import ActOutcome, Alarm

BASE = "/tmf-api/alarmManagement/v4"


def test_an_alarm_that_is_posted_is_in_the_alarm_list_at_once(installation):
    sent = installation.alarm("onu-010", alarmDetails="low light", place=[{"id": "x", "role": "site"}], vendorCode=7)
    made = installation.api.post(f"{BASE}/alarm", json=sent)
    assert made.status_code == 201, made.text
    whole = made.json()
    assert made.headers["location"] == whole["href"] == f"{BASE}/alarm/{whole['id']}"
    read = installation.api.get(whole["href"])
    assert (read.status_code, read.json()) == (200, whole)
    assert {name: whole[name] for name in ("alarmType", "probableCause", "perceivedSeverity", "sourceSystemId")} == {
        name: sent[name] for name in ("alarmType", "probableCause", "perceivedSeverity", "sourceSystemId")
    }
    assert (whole["vendorCode"], whole["place"], whole["ackState"]) == (7, sent["place"], "unacknowledged")
    assert installation.reader.get(Alarm, whole["id"]).text == "low light"


@pytest.mark.parametrize(
    "name",
    [
        "alarmType",
        "perceivedSeverity",
        "probableCause",
        "alarmedObject",
        "sourceSystemId",
        "state",
        "alarmRaisedTime",
    ],
)
def test_a_body_without_a_mandatory_attribute_is_refused_by_its_name(installation, name):
    sent = installation.alarm()
    del sent[name]
    answer = installation.api.post(f"{BASE}/alarm", json=sent)
    assert (answer.status_code, answer.json()["reason"]) == (400, f"{name} is mandatory")


@pytest.mark.parametrize(
    "wrong",
    [
        {"perceivedSeverity": "purple"},
        {"state": "gone"},
        {"alarmRaisedTime": "yesterday"},
        {"alarmedObject": "onu-1"},
        {"alarmedObject": {"id": 7}},
        {"comment": "text"},
        {"serviceAffecting": "yes"},
        {"alarmDetails": "a\u0000b"},
    ],
)
def test_an_attribute_of_another_type_is_refused(installation, wrong):
    answer = installation.api.post(f"{BASE}/alarm", json=installation.alarm(**wrong))
    assert answer.status_code == 400, answer.text
    assert {"code", "reason"} <= answer.json().keys()


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b"[" * 5_000])
def test_what_is_no_object_is_refused(installation, body):
    answer = installation.api.post(f"{BASE}/alarm", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


def test_lists_are_filtered_cut_down_and_paged(installation):
    for number in range(20, 25):
        made = installation.api.post(
            f"{BASE}/alarm", json=installation.alarm(f"onu-{number:03}", externalAlarmId=str(number))
        )
        assert made.status_code == 201
    ask = lambda **query: installation.api.get(f"{BASE}/alarm", params=query)  # noqa: E731
    one = ask(**{"alarmedObject.id": "onu-022"})
    assert [each["alarmedObject"]["id"] for each in one.json()] == ["onu-022"]
    assert (one.headers["x-total-count"], one.headers["x-result-count"]) == ("1", "1")
    few = ask(**{"alarmedObject.id": "onu-021,onu-023", "fields": "perceivedSeverity"}).json()
    assert [set(each) for each in few] == [{"id", "href", "perceivedSeverity"}] * 2
    assert len(ask(externalAlarmId="24").json()) == 1
    assert ask(perceivedSeverity="purple").json() == []
    everything = [each["id"] for each in ask(limit=1000).json()]
    paged = [each["id"] for start in range(0, len(everything), 2) for each in ask(offset=start, limit=2).json()]
    assert paged == everything
    assert ask(offset=len(everything)).json() == []
    newest = [each["alarmChangedTime"] for each in ask(sort="-alarmChangedTime").json()]
    assert newest == sorted(newest, reverse=True)


@pytest.mark.parametrize("query", ["limit=x", "offset=-1", "colour=red", "sort=colour", "limit=1&limit=2"])
def test_a_query_that_is_not_understood_is_refused(installation, query):
    assert installation.api.get(f"{BASE}/alarm?{query}").status_code == 400


def test_an_unknown_alarm_is_not_found(installation):
    for method in ("GET", "PATCH", "DELETE"):
        answer = installation.api.request(method, f"{BASE}/alarm/nobody", json={} if method == "PATCH" else None)
        assert (answer.status_code, answer.json()["code"]) == (404, "404")


def test_a_patch_changes_what_may_be_changed_and_is_read_back(installation):
    href = installation.api.post(f"{BASE}/alarm", json=installation.alarm("onu-030")).json()["href"]
    patched = installation.api.patch(href, json={"perceivedSeverity": "major", "proposedRepairedActions": "clean it"})
    assert patched.status_code == 200, patched.text
    read = installation.api.get(href).json()
    assert (read["perceivedSeverity"], read["proposedRepairedActions"]) == ("major", "clean it")
    acked = installation.api.patch(href, json={"ackState": "acknowledged"})
    assert (acked.status_code, acked.json()["ackState"]) == (200, "acknowledged")
    assert acked.json()["ackUserId"] == "api_token"
    steps = [{"op": "replace", "path": "/state", "value": "cleared"}, {"op": "add", "path": "/x", "value": [1]}]
    cleared = installation.api.patch(href, json=steps, headers={"Content-Type": "application/json-patch+json"})
    assert (cleared.status_code, cleared.json()["state"], cleared.json()["x"]) == (200, "cleared", [1])
    outcomes = installation.reader.find(ActOutcome, limit=1000).rows
    assert {"ack", "clear"} <= {each.command for each in outcomes if each.object_id == read["id"]}


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b'{"id": "other"}', 400),
        ("application/json", b'{"sourceSystemId": "other"}', 400),
        ("application/json", b'{"probableCause": "other"}', 400),
        ("application/json", b'{"perceivedSeverity": 3}', 400),
        ("application/json", b'{"ackUserId": "bob"}', 400),
        ("application/json", b'{"alarmClearedTime": "2026-06-01T10:00:00Z"}', 400),
        ("application/json-patch+json", b'[{"op": "test", "path": "/state", "value": "x"}]', 400),
        ("application/json-patch+json", b'[{"op": "fly", "path": "/state"}]', 400),
        ("text/plain", b"{}", 415),
    ],
)
def test_a_patch_that_may_not_be_is_refused_and_changes_nothing(installation, content_type, body, status):
    href = installation.api.post(f"{BASE}/alarm", json=installation.alarm("onu-031")).json()["href"]
    before = installation.api.get(href).json()
    answer = installation.api.patch(href, content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, installation.api.get(href).json()) == (status, before)


def test_a_deleted_alarm_is_cleared_and_not_shown_any_more(installation):
    made = installation.api.post(f"{BASE}/alarm", json=installation.alarm("onu-032")).json()
    assert installation.api.delete(made["href"]).status_code == 204
    assert installation.api.get(made["href"]).status_code == 404
    assert installation.api.get(f"{BASE}/alarm", params={"alarmedObject.id": "onu-032"}).json() == []
    assert installation.reader.get(Alarm, made["id"]).state == "cleared"


@pytest.mark.parametrize(
    ("task", "told", "more"),
    [
        ("ackAlarms", "ackedAlarm", {"ackSystemId": "ems", "ackUserId": "eve"}),
        (
            "clearAlarms",
            "clearedAlarm",
            {"clearSystemId": "e", "clearUserId": "eve", "alarmClearedTime": "2026-06-01T10:00:00Z"},
        ),
        ("commentAlarms", "commentedAlarm", {"comment": {"comment": "seen", "userId": "eve"}}),
    ],
)
def test_a_task_is_done_at_every_alarm_that_fits_its_pattern(installation, task, told, more):
    raised = [
        installation.api.post(f"{BASE}/alarm", json=installation.alarm(f"{task}-{n}", alarmType=f"{task}Alarm")).json()
        for n in range(2)
    ]
    done = installation.api.post(f"{BASE}/{task}", json={"alarmPattern": [{"alarmType": f"{task}Alarm"}], **more})
    assert done.status_code == 201, done.text
    assert {each["id"] for each in done.json()[told]} == {each["id"] for each in raised}
    assert installation.api.get(done.json()["href"]).json()["state"] == "done"
    read = installation.api.get(raised[0]["href"]).json()
    effect = {"ackAlarms": read["ackState"], "clearAlarms": read["state"], "commentAlarms": read.get("comment")}[task]
    assert effect in ("acknowledged", "cleared") or effect[0]["comment"] == "seen"


def test_alarms_are_put_under_a_parent_and_taken_from_it(installation):
    parent, child = (installation.api.post(f"{BASE}/alarm", json=installation.alarm(f"g-{n}")).json() for n in range(2))
    body = {
        "sourceSystemId": "e",
        "alarmChangedTime": "2026-06-01T10:00:00Z",
        "parentAlarm": {"id": parent["id"]},
        "correlatedAlarm": [{"id": child["id"]}],
    }
    assert installation.api.post(f"{BASE}/groupAlarms", json=body).status_code == 201
    assert installation.api.get(child["href"]).json()["parentAlarm"][0]["id"] == parent["id"]
    assert installation.api.post(f"{BASE}/unGroupAlarms", json=body).status_code == 201
    assert installation.api.get(child["href"]).json()["parentAlarm"] == []


def test_alarms_of_the_network_are_listed_as_they_are_read(installation):
    listed = installation.api.get(f"{BASE}/alarm", params={"alarmedObject.id": "olt-3"}).json()
    assert listed == [installation.api.get(each["href"]).json() for each in listed]
    assert [each["sourceSystemId"] for each in listed] == ["telassure"]


def test_the_path_of_the_definition_is_served_as_well(installation):
    assert installation.api.get("/tmf-api/alarm/v4/alarm").status_code == 200


def test_a_stranger_reads_and_writes_nothing(installation):
    for method, path in (
        ("GET", "alarm"),
        ("POST", "alarm"),
        ("GET", "alarm/x"),
        ("DELETE", "alarm/x"),
        ("PUT", "alarm/x"),
    ):
        assert installation.stranger.request(method, f"{BASE}/{path}").status_code == 401


def test_what_is_not_offered_is_told_with_what_is(installation):
    answer = installation.api.put(f"{BASE}/alarm/x", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, PATCH, POST")


SECRET = "+491715550199"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "alarm", {"alarmRaisedTime": SECRET}),
        ("POST", "alarm", {"perceivedSeverity": SECRET}),
        ("GET", f"alarm/{SECRET}", None),
        ("GET", f"alarm?{SECRET}=1", None),
        ("GET", f"alarm?sort={SECRET}", None),
        ("GET", f"alarm?alarmChangedTime={SECRET}", None),
    ],
)
def test_no_refusal_says_again_what_was_sent(installation, method, path, body):
    sent = None if body is None else installation.alarm(**body)
    answer = installation.api.request(method, f"{BASE}/{path}", json=sent)
    assert answer.status_code in (400, 404)
    assert SECRET[1:] not in answer.text


@pytest.mark.parametrize(
    "body", ['{"state": "raised", "state": "cleared"}', '{"alarmedObject": {"id": "a", "id": "b"}}']
)
def test_a_body_that_says_one_thing_twice_is_refused(installation, body):
    headers = {"Content-Type": "application/json"}
    answer = installation.api.post(f"{BASE}/alarm", content=body.encode(), headers=headers)
    assert (answer.status_code, "twice" in answer.text) == (400, True)
