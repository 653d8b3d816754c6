"""The codec gives back what it was given, survives a change of schema, and refuses what it does not know."""

from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import get_type_hints

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from telassure.kernel import events
from telassure.kernel.codec import decode, encode, kind_of
from telassure.kernel.errors import InvalidInput, UnknownSchema
from telassure.kernel.events import AlarmNotification, Measurements, PerceivedSeverity, ScoredPoints, Tick, UsageRecords
from telassure.kernel.events.control import CatalogueEntry

ENVELOPES = (Measurements, UsageRecords, ScoredPoints)
RECORDS = [
    getattr(events, name)
    for name in events.__all__
    if is_dataclass(event := getattr(events, name)) and isinstance(event, type) and event not in ENVELOPES
]
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
ALARM = AlarmNotification("n-1", "d", "f", "o", "e", "p", "s", PerceivedSeverity.MAJOR, 5)


st.register_type_strategy(int, st.integers(-(2**63), 2**63 - 1))
st.register_type_strategy(float, st.floats(allow_nan=False))


@pytest.mark.parametrize("record", RECORDS, ids=kind_of)
@settings(max_examples=20)
@given(chosen=st.data())
def test_every_record_comes_back_as_it_went(record, chosen):
    hints = get_type_hints(record)
    event = record(**{f.name: chosen.draw(st.from_type(hints[f.name])) for f in fields(record)})
    assert decode(*encode(event)) == event


def envelope(rows, seed):
    rng = np.random.default_rng(seed)
    objects, names = tuple(f"o{i}" for i in range(max(rows, 1))), ("a", "b")
    return Measurements(
        "d", "f", 900, objects, names, rng.integers(0, len(objects), rows).astype("i4"),
        rng.integers(0, 2, rows).astype("i4"), rng.integers(0, 3, rows), rng.normal(size=rows), rng.random(rows) > 0.5,
    )  # fmt: skip


@given(rows=st.integers(0, 40), seed=st.integers(0, 99))
def test_measurements_come_back_column_by_column(rows, seed):
    event = envelope(rows, seed)
    back = decode(*encode(event))
    assert (back.domain, back.feed, back.granularity, back.objects, back.names) == (
        "d",
        "f",
        900,
        event.objects,
        event.names,
    )
    for name in ("measured_object", "measurement", "time", "value", "suspect"):
        np.testing.assert_array_equal(getattr(back, name), getattr(event, name))


@given(hnp.arrays("f8", st.integers(0, 20)))
def test_a_value_column_keeps_every_bit(value):
    rows = len(value)
    zeros = np.zeros(rows, "i4")
    event = Measurements("d", "f", 0, ("o",), ("m",), zeros, zeros, np.zeros(rows, "i8"), value, np.zeros(rows, "?"))
    assert decode(*encode(event)).value.tobytes() == value.tobytes()


def test_a_code_outside_its_dictionary_is_refused():
    event = envelope(3, 1)
    broken = Measurements(**{n: getattr(event, n) for n in event.__slots__} | {"objects": ("only",)})
    broken.measured_object[:] = 1
    with pytest.raises(UnknownSchema, match="outside its dictionary"):
        decode(*encode(broken))


def test_a_field_from_a_later_release_is_left_aside():
    kind, payload = encode(ALARM)
    version, values = msgpack.unpackb(payload)
    assert decode(kind, msgpack.packb([version, [*values, "from the future"]])) == ALARM


def test_a_field_an_earlier_release_did_not_have_takes_its_default():
    kind, payload = encode(ALARM)
    version, values = msgpack.unpackb(payload)
    assert decode(kind, msgpack.packb([version, values[:-1]])) == ALARM


@given(st.sampled_from([kind_of(r) for r in (*RECORDS, Measurements, UsageRecords)]), st.binary(max_size=60))
def test_arbitrary_bytes_are_an_event_or_a_refusal(kind, payload):
    with suppress(UnknownSchema):
        decode(kind, payload)


def test_a_number_beyond_64_bits_is_refused():
    with pytest.raises(InvalidInput, match="64 bits"):
        encode(Tick(2**64))


def test_every_catalogue_entry_has_a_codec():
    for entry in CatalogueEntry.__args__:
        assert entry in RECORDS
