"""The faces against TM Forum's own definitions, as a conformance kit reads them: paths, methods, attributes, errors."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bss_sync.tmf.face import ResourceFace, faces
from tests.tmf.test_faces import sample

FOLDER = Path(os.environ.get("TELASSURE_SHARED", Path(__file__).parents[3] / "shared")) / "specs" / "tmf"
LEFT_OUT = {"/importJob", "/exportJob", "/problemGroup", "/problemUngroup"}
"""Named in docs/industry.md: nothing here carries out such a job, or groups problems by hand."""


class Defined(NamedTuple):
    """A type of resource as its definition says it: its schema, the one of a body that creates it, its operations."""

    base: str
    path: str
    whole: dict[str, Any]
    body: dict[str, Any]
    able: frozenset[str]

    @property
    def resource(self) -> ResourceFace | None:
        found = [each for face in faces().values() if self.base in face.bases for each in face.resources]
        return next((each for each in found if f"/{each.path}" == self.path), None)

    @property
    def required(self) -> set[str]:
        return {*self.whole.get("required", ()), *self.body.get("required", ())}


def defined() -> list[Any]:
    served = {base for face in faces().values() for base in face.bases}
    found = []
    for file in sorted(FOLDER.glob("*.json")):
        definition = json.loads(file.read_text(encoding="utf-8"))
        base = definition["basePath"].rstrip("/")
        for path, methods in definition["paths"].items():
            if base in served and "{" not in path and path != "/hub" and not path.startswith("/listener"):
                found.append(pytest.param(_defined(definition, base, path, methods), id=f"{base}{path}"))
    return found or [pytest.param(None, marks=pytest.mark.skip(reason="set TELASSURE_SHARED to the shared folder"))]


def _defined(definition: dict[str, Any], base: str, path: str, methods: dict[str, Any]) -> Defined:
    one = definition["paths"].get(path + "/{id}", {})
    able = {name for name, method in (("list", "get"), ("create", "post")) if method in methods}
    able |= {name for name, method in (("get", "get"), ("patch", "patch"), ("delete", "delete")) if method in one}
    answers = methods.get("get", methods.get("post"))["responses"]
    answer = (answers.get("200") or answers["201"])["schema"]
    sent = [each["schema"] for each in methods.get("post", {}).get("parameters", ()) if each["in"] == "body"]
    schemas = [
        definition["definitions"][ref["$ref"].rpartition("/")[2]] for ref in (answer.get("items", answer), *sent)
    ]
    return Defined(base, path, schemas[0], schemas[1] if sent else {}, frozenset(able))


EVERY = defined()
LISTED = [each for each in EVERY if each.values[0] is None or each.values[0].resource is not None]


@pytest.mark.parametrize("one", EVERY)
def test_what_is_defined_is_served_with_its_methods_and_attributes(one: Defined):
    if one.path in LEFT_OUT:
        pytest.skip("left out, and named so in docs/industry.md")
    resource = one.resource
    assert resource is not None
    assert one.able <= resource.operations
    assert {name for name in one.whole["properties"] if name not in resource.attributes.types} == set()
    assert {*one.body.get("required", ())} <= {*resource.mandatory}


@pytest.mark.parametrize("one", LISTED)
def test_every_row_of_a_list_has_what_is_mandatory_and_is_found_by_it(one: Defined, installation):
    resource = one.resource
    assert resource is not None
    if "list" not in one.able:
        pytest.skip("it is not listed")
    place = f"{one.base}{one.path}"
    if "create" in resource.operations:
        assert installation.api.post(place, json=sample(resource, installation)).status_code == 201
    rows = installation.api.get(place, params={"limit": 1000}).json()
    lacking = {name for row in rows for name in one.required | {"id", "href"} if row.get(name) in (None, "")}
    assert lacking == set()
    for name, value in rows[0].items() if rows else ():
        if isinstance(value, str) and name in resource.attributes.types and "," not in value and name != "href":
            found = installation.api.get(place, params={name: value, "limit": 1000}).json()
            assert rows[0]["id"] in {each["id"] for each in found}, name
            assert {each.get(name) for each in found} == {value}, name
            cut = installation.api.get(place, params={"fields": name, "id": rows[0]["id"]}).json()
            assert [each.keys() for each in cut] == [{"id", "href", name}], name


@pytest.mark.parametrize("one", LISTED)
def test_what_is_not_there_and_what_is_bad_say_so_in_a_body(one: Defined, installation):
    place = f"{one.base}{one.path}"
    answers = []
    if "get" in one.able:
        answers.append((404, installation.api.get(f"{place}/no-such-id")))
    if "patch" in one.able:
        answers.append((404, installation.api.patch(f"{place}/no-such-id", json={"description": "x"})))
    if "delete" in one.able:
        answers.append((404, installation.api.delete(f"{place}/no-such-id")))
    if "create" in one.able:
        json_body = {"Content-Type": "application/json"}
        answers += [(400, installation.api.post(place, content=text, headers=json_body)) for text in ("{", "[]", '"x"')]
        if one.body.get("required"):
            answers.append((400, installation.api.post(place, json={})))
    for status, answer in answers:
        assert answer.status_code == status, answer.request.method
        assert answer.json().keys() >= {"code", "reason"}
