"""What comes from outside is judged row by row: the good goes on, the bad is named, nothing else happens."""

from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.batches.kind import kind_named, kinds
from ingestion.fields.privacy import Pseudonymiser, dialled_prefix, redacted
from ingestion.fields.terms import Reading, Terms
from telassure.kernel.codec import decode, encode
from telassure.kernel.errors import ConfigurationError, InvalidInput
from telassure.kernel.instant import parse_instant

WHO = Pseudonymiser(b"a key of the tests")
NOW = parse_instant("2026-06-01T12:00:00Z")
TERMS = Terms("feed", "source", "1", UTC, NOW)


def judged(kind: str, body: object, terms: Terms = TERMS) -> Reading:
    return kind_named(kind).read(body, terms, WHO)


def point(**changes: object) -> dict[str, object]:
    return {"time": "2026-06-01T10:00:00Z", "managed_object": "cell-1", "measurement": "drops", "value": 1.5, **changes}


def usage(**changes: object) -> dict[str, object]:
    row = {"record_id": "r-1", "subscriber": "+491711234567", "service": "voice", "time": NOW, "volume": 60}
    return {**row, "destination": "+4930123456", **changes}


RECHARGE = {"recharge_id": "x-1", "account": "a-1", "amount": "5.00", "currency": "EUR", "time": NOW}


def test_a_bad_row_is_refused_alone_and_by_name() -> None:
    found = judged("measurements", [point(), point(value="ten"), point(value=3)])
    assert [(bad.index, bad.reason) for bad in found.rejected] == [(1, 'value "ten" is not a number')]
    assert found.events[0].value.tolist() == [1.5, 3.0]


@pytest.mark.parametrize(
    ("kind", "row", "named"),
    [
        ("measurements", point(value=1e400), "value is infinite"),
        ("measurements", point(value="-inf"), "value is infinite"),
        ("measurements", point(value=True), "value True is not a number"),
        ("measurements", point(time="1970-01-01T00:00:00Z"), 'time "1970-01-01T00:00:00Z" is before 1990'),
        ("measurements", point(time="9999-01-01T00:00:00Z"), "after 2100"),
        ("measurements", point(time=1_780_000_000), "counts seconds since 1970; write 2026-05-28T20:26:40Z"),
        ("measurements", point(time="2026-06-01T13:00:01Z"), "ahead of the clock"),
        ("measurements", point(time="yesterday"), 'time "yesterday" is not a time'),
        ("measurements", point(managed_object=""), "managed_object is empty"),
        ("measurements", point(managed_object="a\x1fb"), "control characters"),
        ("measurements", point(managed_object="a\udcffb"), "not UTF-8"),
        ("measurements", point(managed_object="x" * 513), "513 characters; at most 512"),
        ("measurements", point(granularity_s=-1), "granularity_s -1 is negative"),
        ("measurements", point(valeu=1), 'unknown field "valeu"; the nearest is value; known are'),
        ("measurements", "no object", "the row is str, not an object"),
        ("usage", usage(volume=-5), "volume -5 is negative"),
        ("usage", usage(volume=1 << 62), "volume is above"),
        ("usage", usage(volume=1.5), "volume 1.5 is not a whole number"),
        ("usage", usage(subscriber=None), "subscriber and account are both missing"),
        ("usage", {"record_id": "r-1"}, "service is missing"),
        ("recharges", {**RECHARGE, "amount": 5.1}, 'amount 5.1 is not exact; write it as text: "1.25"'),
        ("recharges", {**RECHARGE, "amount": "5,10"}, 'amount "5,10" is not a decimal number; write 5.10'),
        ("recharges", {**RECHARGE, "amount": "1e999999"}, "not a decimal number"),
        ("recharges", {**RECHARGE, "amount": "-5"}, "not positive"),
        ("recharges", {**RECHARGE, "currency": "euro"}, "ISO 4217"),
        ("alarms", {"managed_object": "a", "perceived_severity": "bad", "time": NOW}, "critical, major, minor"),
        ("alarms", {"managed_object": "a", "perceived_severity": "minor", "time": NOW, "ends_at": NOW - 1}, "ends_at"),
        ("actions", {"action_id": "1", "alarm_id": "2", "action": "delete", "user": "u", "time": NOW}, "acknowledge"),
    ],
)
def test_the_reason_names_the_field_and_what_is_wrong(kind: str, row: object, named: str) -> None:
    terms = Terms("feed", "source", "1", UTC, NOW + 3_600_000_000)
    found = judged(kind, [row], terms)
    assert not found.events
    assert named in found.rejected[0].reason


@pytest.mark.parametrize("missing", [None, "", "nil", "NULL", "NaN", float("nan")])
def test_a_value_that_the_source_did_not_have_is_missing_not_bad(missing: object) -> None:
    found = judged("measurements", [point(value=missing)])
    assert np.isnan(found.events[0].value).tolist() == [True]


def test_naive_times_are_in_the_zone_of_the_feed() -> None:
    terms = Terms("feed", zone=ZoneInfo("Europe/Berlin"))
    found = judged("measurements", [point(time="2026-06-01T12:00:00")], terms)
    assert found.events[0].time.tolist() == [parse_instant("2026-06-01T10:00:00Z")]


def test_rows_of_several_granularities_make_an_envelope_each() -> None:
    found = judged("measurements", [point(granularity_s=60), point(granularity_s=900), point(granularity_s=60)])
    assert [(event.granularity, len(event)) for event in found.events] == [(60_000_000, 2), (900_000_000, 1)]


def test_columns_say_the_same_as_rows() -> None:
    rows = [point(managed_object=name, value=value) for name, value in (("a", 1), ("b", None), ("a", 2.5))]
    columns = {
        "granularity_s": 0,
        "managed_objects": ["a", "b"],
        "measurements": ["drops"],
        "managed_object": [0, 1, 0],
        "measurement": [0, 0, 0],
        "time": [row["time"] for row in rows],
        "value": [1, None, 2.5],
    }
    by_row, by_column = judged("measurements", rows).events[0], judged("measurements", columns).events[0]
    assert encode(by_row) == encode(by_column)


def test_in_columns_a_code_outside_its_dictionary_and_a_bad_entry_cost_their_rows_only() -> None:
    body = {
        "granularity_s": 60,
        "managed_objects": ["a", "\x00", "a"],
        "measurements": ["m"],
        "managed_object": [0, 1, 2, 3, -1],
        "measurement": [0, 0, 0, 0, 0],
        "time": [NOW] * 5,
        "value": [1, 2, 3, 4, 5],
    }
    found = judged("measurements", body)
    assert [bad.index for bad in found.rejected] == [1, 3, 4]
    assert [found.events[0].objects[code] for code in found.events[0].measured_object] == ["a", "a"]


@pytest.mark.parametrize(
    "body", [{"time": [1], "value": [1, 2]}, 5, None, "text", {"time": [NOW], "managed_object": "a"}]
)
def test_a_body_without_readable_rows_is_refused_whole(body: object) -> None:
    with pytest.raises(InvalidInput):
        judged("measurements", body)


def test_nobody_is_named_who_uses_and_nobody_who_is_called() -> None:
    found = judged("usage", [usage(), usage(record_id="r-2", subscriber="0049 171 1234567")])
    written = encode(found.events[0])[1]
    assert b"1711234567" not in written
    assert b"30123456" not in written
    assert found.events[0].subscribers == (WHO.of("491711234567"),)
    assert found.events[0].destinations == ("+4930123",)


@pytest.mark.parametrize("number", ["5551234", "+15551234", "03012345678", "+4930123456789", "1234567", "+1234567890"])
def test_a_dialled_prefix_is_never_the_whole_number(number: str) -> None:
    prefix = dialled_prefix(number)
    assert len(prefix) <= len(number) - 3
    assert len(prefix.removeprefix("+")) <= 7


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("tel:+4930123456", "+4930123456"),
        ("TEL:+49-30-123456;phone-context=x", "+4930123456"),
        ("tel:30123456;phone-context=+49", "+4930123456"),
        ("tel:112", "112"),
        ("sip:+4930123456@ims.example;user=phone", "+4930123456"),
        ("sips:%2B4930123456;npdi:secret@ims.example:5061", "+4930123456"),
        ("sip:0049(30)123456@ims.example", "+4930123456"),
    ],
)
def test_a_called_uri_is_priced_as_its_number(uri: str, number: str) -> None:
    prices = {"4930123"}
    assert dialled_prefix(uri, prices) == dialled_prefix(number, prices)


@pytest.mark.parametrize("uri", ["sip:alice@ims.example", "sip:4930123456", "tel:", "tel:alice", "sips:@ims.example"])
def test_a_called_uri_without_a_number_is_refused_and_not_repeated(uri: str) -> None:
    found = judged("usage", [usage(destination=uri)])
    scheme = uri.partition(":")[0]
    assert [bad.reason for bad in found.rejected] == [
        f"destination is a {scheme} URI without a number; write the number that was called"
    ]


PERIOD = {"period_start": "2026-05-01", "period_end": "2026-05-02"}
WITH_A_SERVICE: dict[str, dict[str, object]] = {
    "usage": usage(),
    "bills": {
        **PERIOD,
        **{"line_id": "l", "bill_id": "b", "account": "a", "quantity": 1},
        **{"amount": "1.00", "currency": "EUR", "time": NOW},
    },
    "counts": {**PERIOD, "switch": "s", "records": 1, "volume": 1},
}


@pytest.mark.parametrize("kind", WITH_A_SERVICE)
def test_a_service_that_holds_a_long_number_is_refused_with_the_number_masked(kind: str) -> None:
    rows = [{**WITH_A_SERVICE[kind], "service": service} for service in ("+9991550000054", "voice-123456")]
    found = judged(kind, rows)
    assert [(bad.index, bad.reason) for bad in found.rejected] == [
        (0, 'service "+9991…" holds a long number; name what was used')
    ]


def test_a_refused_row_is_kept_without_the_number_in_its_service_or_its_uri() -> None:
    row = usage(service="+9991550000054", destination="sip:alice1550000054@ims.example")
    assert "155000" not in str(redacted(row, WHO, frozenset(row)))


def test_another_key_makes_other_pseudonyms_and_a_short_one_none() -> None:
    assert WHO.of("491711234567") != Pseudonymiser(b"another key of ours").of("491711234567")
    with pytest.raises(ConfigurationError):
        Pseudonymiser(b"short")


def test_the_catalogue_is_read_exactly_and_bad_entries_are_refused_alone() -> None:
    price = {"service": "voice", "kind": "per_unit", "rate": "1/3", "per": 60}
    tariff = {"tariff_id": "t", "valid_from": "2026-01-01", "currency": "EUR", "prices": [price]}
    wrong = {**tariff, "prices": [{**price, "rate": "0,10"}]}
    body = {
        "tariffs": [tariff, wrong],
        "subscribers": [{"msisdn": "491711234567", "account": "a-1"}],
        "products": [{"product_id": "p", "name": "P", "monthly_fee": "9.99", "currency": "EUR", "tariff": "t"}],
    }
    found = judged("catalogue", body)
    assert [(bad.index, bad.reason) for bad in found.rejected] == [
        (3, 'tariffs[1]: prices[0].rate "0,10" is not a decimal number; write 0.10')
    ]
    assert [type(entry).__name__ for entry in found.events[0].entries] == ["Subscriber", "Product", "Tariff"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NAMES = sorted({*point(), *usage(), *RECHARGE, "suspect", "granularity_s", "account", "perceived_severity", "ends_at"})
NAMES += ["managed_objects", "measurements", "period_start", "period_end", "records", "quantity", "count_id", "switch"]
NAMES += ["resources", "tariffs", "subscribers", "prices", "rate", "msisdn", "text", "domain", "latitude"]
ROWS = st.dictionaries(st.sampled_from(NAMES), JSON | st.lists(JSON, max_size=3), max_size=10)


@settings(max_examples=400, deadline=None)
@given(kind=st.sampled_from(sorted(kinds())), body=ROWS | st.lists(ROWS | JSON, max_size=4) | JSON)
def test_no_input_whatever_raises_anything_but_invalid_input(kind: str, body: object) -> None:
    try:
        found = judged(kind, body)
    except InvalidInput:
        return
    taken = sum(len(event) if hasattr(event, "__len__") else 1 for event in found.events)
    if kind != "catalogue":
        assert taken + len(found.rejected) == found.rows
    for event in found.events:
        assert encode(decode(*encode(event))) == encode(event)


MUTATED = st.sampled_from([point(), usage(), RECHARGE]).flatmap(
    lambda row: st.tuples(st.just(row), st.sampled_from(sorted(row)), JSON)
)


@settings(max_examples=300, deadline=None)
@given(MUTATED)
def test_a_row_with_one_wild_field_is_taken_or_refused_and_its_neighbours_stay(case: tuple) -> None:
    row, field, wild = case
    kind = "measurements" if "value" in row else "usage" if "volume" in row else "recharges"
    found = judged(kind, [row, {**row, field: wild}, row])
    assert {bad.index for bad in found.rejected} <= {1}
