"""The law of every face: what is declared is what a kit finds, on every path of every API."""

import pytest

from bss_sync.tmf.face import Face, ResourceFace, faces

EVERY = [
    pytest.param(face, resource, base, id=f"{face.name}-{resource.path}-{base.rpartition('/')[2]}-{number}")
    for face in faces().values()
    for number, base in enumerate(face.bases)
    for resource in face.resources
]
FIRST = [each for each in EVERY if each.id is not None and each.id.endswith("-0")]
"""At the first of each one's paths: what stands there stands at the others."""
SAMPLES = {"s": "some text", "b": True, "i": 3, "n": 1.5, "a": [{"id": "x"}], "o": {"id": "x"}}
WRONG = {"s": 5, "w": 5, "b": "yes", "i": "three", "n": "many", "a": {"id": "x"}, "o": [1], "t": "yesterday"}


def sample(resource: ResourceFace, installation) -> dict[str, object]:
    """A body that has what is mandatory, and a little more."""
    types, words = resource.attributes.types, resource.attributes.words
    body: dict[str, object] = {"extension": {"kept": [1, 2]}}
    for name in resource.mandatory:
        letter = types[name]
        body[name] = words[name][0] if letter == "w" else "2026-06-01T10:00:00Z" if letter == "t" else SAMPLES[letter]
    if "alarmPattern" in resource.mandatory or "parentAlarm" in resource.mandatory:
        alarms = [
            installation.api.post("/tmf-api/alarm/v4/alarm", json=installation.alarm(f"law-{n}")) for n in range(2)
        ]
        one, two = (each.json()["id"] for each in alarms)
        body |= {"alarmPattern": [{"id": one}], "parentAlarm": {"id": one}, "correlatedAlarm": [{"id": two}]}
        if resource.path == "unAckAlarms":
            installation.api.patch(f"/tmf-api/alarm/v4/alarm/{one}", json={"ackState": "acknowledged"})
    if "bucket" in resource.mandatory:
        body |= {"bucket": {"id": "p-1"}, "amount": {"amount": 1.25, "units": "EUR"}, "usageType": "monetary"}
    if "receiverBucket" in resource.mandatory:
        body |= {"receiverBucket": {"id": "p-2"}, "receiverBucketUsageType": "monetary"}
    if "billingAccount" in resource.mandatory:
        body["billingAccount"] = {"id": "a-1"}
    if "problem" in resource.mandatory:
        (problem,) = installation.api.get("/tmf-api/serviceProblemManagement/v4/serviceProblem?limit=1&sort=id").json()
        body["problem"] = [{"id": problem["id"]}]
        _in_the_other_state(resource.path, body, installation)
    return body


def _in_the_other_state(task: str, body: dict[str, object], installation) -> None:
    """What is acknowledged already is no task, nor what is not: which tests came before must not matter."""
    opposite = {
        "problemAcknowledgement": "problemUnacknowledgement",
        "problemUnacknowledgement": "problemAcknowledgement",
    }
    answer = installation.api.post(f"/tmf-api/serviceProblemManagement/v4/{opposite[task]}", json=body)
    assert answer.status_code in (201, 409), answer.text


@pytest.mark.parametrize(("face", "resource", "base"), EVERY)
def test_a_resource_is_created_read_listed_changed_and_removed(face: Face, resource: ResourceFace, base, installation):
    place, able = f"{base}/{resource.path}", resource.operations
    if "create" not in able:
        pytest.skip(f"{resource.type_name} is made by the system alone")
    body = sample(resource, installation)
    made = installation.api.post(place, json=body)
    assert made.status_code == 201, made.text
    whole = made.json()
    assert made.headers["location"] == whole["href"]
    assert whole["@type"] == resource.type_name
    assert all(whole[name] == value for name, value in body.items() if name not in ("alarmRaisedTime", "alarmedObject"))
    if "get" in able:
        assert installation.api.get(f"{place}/{whole['id']}").json() == whole
        assert installation.api.get(f"{place}/{whole['id']}?fields=none").json().keys() == {"id", "href"}
    if "list" in able:
        found = installation.api.get(place, params={"id": whole["id"]})
        assert (found.status_code, found.json()) == (200, [whole])
        assert found.headers["x-total-count"] == found.headers["x-result-count"] == "1"
    if "patch" in able:
        changed = installation.api.patch(f"{place}/{whole['id']}", json={"extension": {"kept": None, "more": "x"}})
        assert (changed.status_code, changed.json()["extension"]) == (200, {"more": "x"}), changed.text
        assert installation.api.get(f"{place}/{whole['id']}").json() == changed.json()
    if "delete" in able:
        assert installation.api.delete(f"{place}/{whole['id']}").status_code == 204
        assert installation.api.get(f"{place}/{whole['id']}").status_code == 404
        assert installation.api.get(place, params={"id": whole["id"]}).json() == []


@pytest.mark.parametrize(("face", "resource", "base"), FIRST)
def test_what_is_bad_is_refused_with_its_reason(face: Face, resource: ResourceFace, base, installation):
    place = f"{base}/{resource.path}"
    if "create" in resource.operations:
        body = sample(resource, installation)
        for name in resource.mandatory:
            answer = installation.api.post(place, json={key: value for key, value in body.items() if key != name})
            assert (answer.status_code, answer.json()["reason"]) == (400, f"{name} is mandatory")
        own = {name: letter for name, letter in resource.attributes.types.items() if name not in ("id", "href")}
        for letter, name in {letter: name for name, letter in own.items()}.items():  # one of each type
            answer = installation.api.post(place, json={**body, name: WRONG[letter]})
            assert answer.status_code == 400, name
            assert name in answer.json()["reason"]
    if "get" in resource.operations:
        assert installation.api.get(f"{place}/nobody").status_code == 404
    if "list" in resource.operations:
        for query in ("limit=many", "offset=-1", "nonsense=1", "sort=nonsense"):
            assert installation.api.get(f"{place}?{query}").status_code == 400


@pytest.mark.parametrize(("face", "resource", "base"), EVERY)
def test_nobody_asks_without_a_token(face: Face, resource: ResourceFace, base, installation):
    for method, path in (("GET", ""), ("POST", ""), ("GET", "/x"), ("PATCH", "/x"), ("DELETE", "/x"), ("PUT", "/x")):
        answer = installation.stranger.request(method, f"{base}/{resource.path}{path}")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(("face", "resource", "base"), FIRST)
def test_pages_put_together_are_the_whole_list(face: Face, resource: ResourceFace, base, installation):
    if "list" not in resource.operations:
        pytest.skip(f"{resource.type_name} is not listed")
    place = f"{base}/{resource.path}"
    whole = installation.api.get(place, params={"limit": 1000})
    rows = [each["id"] for each in whole.json()]
    assert int(whole.headers["x-total-count"]) == len(rows)
    size = max(1, len(rows) // 3)
    paged = [
        each["id"]
        for start in range(0, len(rows) + 1, size)
        for each in installation.api.get(place, params={"offset": start, "limit": size}).json()
    ]
    assert paged == rows
