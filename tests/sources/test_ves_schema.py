"""Our declarations of VES events give the verdict that the standard's schema gives, on all samples and on mutations."""

import copy
import json
import os
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.sources.ves.event import event_verdict

PLACE = Path(os.environ.get("TELASSURE_SHARED", Path(__file__).parents[2].parent / "shared")) / "corpora" / "ves"
SAMPLES = sorted((PLACE / "samples").glob("*.json"))
VALID = [path for path in SAMPLES if path.stem != "ves4_valid"]
pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not SAMPLES, reason="the VES samples are not here; set TELASSURE_SHARED to their folder"),
]
SCHEMA = json.loads(next((PLACE / "schema").glob("*.json")).read_text()) if SAMPLES else {}
TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
}
FORMATS = {"ipv4": IPv4Address, "ipv6": IPv6Address, "uri": str}


def is_address(text: str, form: str) -> bool:
    try:
        FORMATS[form](text)
    except ValueError:
        return False
    return True


def fits(value: Any, schema: dict[str, Any]) -> bool:  # noqa: PLR0911  # a case a line
    """JSON Schema, draft 4, as far as the VES schema uses it."""
    if "$ref" in schema:
        return fits(value, SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[1]])
    if "oneOf" in schema:
        return sum(fits(value, each) for each in schema["oneOf"]) == 1
    if not TYPES[schema["type"]](value) or value not in schema.get("enum", [value]):
        return False
    if isinstance(value, str):
        return "format" not in schema or is_address(value, schema["format"])
    if isinstance(value, list):
        return all(fits(each, schema.get("items", {"type": "object"})) for each in value)
    if not isinstance(value, dict):
        return True
    known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    return all(name in value for name in schema.get("required", [])) and all(
        fits(inner, known[name]) if name in known else rest is True or (rest is not False and fits(inner, rest))
        for name, inner in value.items()
    )


def both(event: Any) -> tuple[bool, bool]:
    return not event_verdict(event), fits(event, SCHEMA["definitions"]["event"])


def made(schema: dict[str, Any], draw: Any, depth: int = 0) -> Any:  # noqa: PLR0911  # a case a line
    """A value that a part of the schema takes, with some of its optional fields."""
    if "$ref" in schema:
        return made(SCHEMA["definitions"][schema["$ref"].rsplit("/", 1)[1]], draw, depth)
    if "oneOf" in schema:
        return made(draw(st.sampled_from(schema["oneOf"])), draw, depth)
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    if schema["type"] == "string":
        return {"ipv4": "192.0.2.1", "ipv6": "2001:db8::1"}.get(schema.get("format", ""), "text")
    if schema["type"] in ("integer", "number"):
        return draw(st.integers(0, 10**16)) if schema["type"] == "integer" else draw(st.floats(0, 1e16))
    if schema["type"] == "array":
        return [made(schema["items"], draw, depth + 1) for _ in range(draw(st.integers(0, 2 if depth < 3 else 0)))]
    must, fields = schema.get("required", []), schema.get("properties", {})
    chosen = [name for name in fields if name in must or draw(st.integers(0, 3)) == 0]
    return {name: made(fields[name], draw, depth + 1) for name in chosen}


def containers(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    here = [value] if isinstance(value, dict | list) and value else []
    return here + [found for each in inner for found in containers(each)]


def mutated(event: Any, draw: Any) -> Any:
    """The event with one part left out, replaced or added."""
    changed = copy.deepcopy(event)
    part = draw(st.sampled_from(containers(changed)))
    key = draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
    values = [None, True, 1, 1.5, "", "odd", "CRITICAL", "4.0", [], {}, [{}], {"a": "b"}, {"a": 1}, "::1", "1.2.3.4"]
    match draw(st.sampled_from(["drop", "replace", "add"])):
        case "drop":
            del part[key]
        case "replace":
            part[key] = draw(st.sampled_from(values))
        case "add" if isinstance(part, dict):
            part[draw(st.sampled_from(["odd", "eventSeverity", "hashMap", "additionalFields"]))] = draw(
                st.sampled_from(values)
            )
        case "add":
            part.append(draw(st.sampled_from(values)))
    return changed


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_what_the_schema_says_it_is(path):
    event = json.loads(path.read_text())["event"]
    assert both(event) == (path in VALID, path in VALID)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_mutation_of_a_sample_is_what_the_schema_says_it_is(data):
    event = json.loads(data.draw(st.sampled_from(VALID)).read_text())["event"]
    for _ in range(data.draw(st.integers(1, 2))):
        event = mutated(event, data.draw)
        if not containers(event):
            return
    ours, theirs = both(event)
    assert ours == theirs, event_verdict(event)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_whatever_the_schema_makes_is_taken_and_a_mutation_of_it_as_the_schema_says(data):
    event = made({"$ref": "#/definitions/event"}, data.draw)
    assert both(event) == (True, True), event_verdict(event)
    ours, theirs = both(mutated(event, data.draw))
    assert ours == theirs


@pytest.mark.parametrize("name", [n for n, d in SCHEMA.get("definitions", {}).items() if d.get("properties")])
def test_every_definition_that_an_event_uses_has_its_fields_here(name):
    from ingestion.sources.ves.event import _SHAPES

    if name in ("schemaHeaderBlock", "schemaLicenseAndCopyrightNotice", "requestError"):
        return
    definition = SCHEMA["definitions"][name]
    ours = _SHAPES._shapes[name]
    assert (set(ours.fields), set(ours.mandatory)) == (
        set(definition["properties"]),
        set(definition.get("required", [])),
    )
