"""An object of JSON that has a key twice is refused with the key, by whatever way it comes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.fields.json_keys import WRITTEN_BY_HAND, refuse_key_twice, refuse_key_twice_in_line
from telassure.kernel.errors import InvalidInput

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('":\\ \tab'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('":\\ \tab', max_size=3), inner, max_size=3),
)
OBJECTS = st.dictionaries(st.text('":\\ \tab', max_size=3), VALUES, max_size=4)
FORMS = st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : "), (",\t", "\t:")])


@given(OBJECTS, FORMS)
def test_an_object_with_each_key_once_is_taken(found, form):
    line = json.dumps(found, separators=form).encode()
    refuse_key_twice(line)
    refuse_key_twice_in_line(line, len(found))


@given(OBJECTS, FORMS, st.text('":\\ \tab', max_size=3), VALUES, VALUES)
def test_a_key_twice_is_found_wherever_it_stands(found, form, key, first, second):
    comma, colon = form
    texts = [json.dumps(key) + colon + json.dumps(value, separators=form) for value in (first, second)]
    others = [
        json.dumps(name) + colon + json.dumps(value, separators=form) for name, value in found.items() if name != key
    ]
    line = ("{" + comma.join([texts[0], *others, texts[1]]) + "}").encode()
    with pytest.raises(InvalidInput, match="twice"):
        refuse_key_twice_in_line(line, len({*found, key}))


@pytest.mark.parametrize("body", [b"[" * 5_000 + b"]" * 5_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000])
def test_a_body_nested_without_end_is_refused(body):
    with pytest.raises(InvalidInput, match="nested too deeply"):
        refuse_key_twice(body)


def test_a_number_of_five_thousand_digits_is_no_reason_to_fail():
    refuse_key_twice(b'{"volume":' + b"9" * 5_000 + b"}")


def test_a_batch_is_not_parsed_again():
    refuse_key_twice(b'{"a":1,"a":"' + b"x" * WRITTEN_BY_HAND + b'"}')


ALARM = '{"kind":"alarms","managed_object":"c-1","time":"2026-06-01T10:00:00Z","text":"a",'


@pytest.mark.parametrize("again", ['"text":"b"}', '"text" : "b"}', '"time":"2026-06-01T11:00:00Z"}', '"kind":"usage"}'])
def test_a_line_of_a_file_with_a_key_twice_is_refused_alone(world, tmp_path, again):
    good = '{"kind":"usage","record_id":"x","account":"a","service":"voice","volume":1,"time":"2026-06-01T10:00:00Z"}'
    taken = world.take(tmp_path / "some.jsonl", content=f"{good}\n{ALARM}{again}\n".encode())
    ((place, reason),) = taken.refused
    key = again.split('"')[1]
    assert (place, reason) == ("some.jsonl:2", f'an object has the key "{key}" twice; send it once')


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ('{"policies": [], "policies": []}', "policies"),
        ('{"products": [{"product_id": "a", "name": "A", "name": "B"}]}', "name"),
    ],
)
def test_a_catalogue_file_with_a_key_twice_is_refused(world, tmp_path, content, key):
    taken = world.take(tmp_path / "catalogue.json", content=content.encode())
    assert taken.broken == [("catalogue.json", f'an object has the key "{key}" twice; send it once')]


def test_a_key_that_is_a_number_of_somebody_is_not_repeated():
    with pytest.raises(InvalidInput) as refused:
        refuse_key_twice(b'{"491711234567":1,"491711234567":2}')
    assert "1711234567" not in str(refused.value)


def test_brackets_in_a_text_are_no_nesting():
    refuse_key_twice(json.dumps({"text": "[{" * 400, "more": '\\" [' * 400}).encode())
