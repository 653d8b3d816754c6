"""The mapping language: where each field comes from, and what is wrong with a mapping before it is used."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.mappings.text import mapping_of
from ingestion.mappings.units import conversion
from telassure.kernel.errors import ConfigurationError, InvalidInput
from telassure.kernel.instant import SECOND, parse_instant

NOW = parse_instant("2026-06-01T12:00:00Z")
ALARM = """
text = "a sender"
kind = "alarms"
[fields]
managed_object = "host"
perceived_severity = { from = "level", words = { red = "critical", green = "cleared" } }
time = "at"
"""
VALUE = """
text = "a sender"
kind = "measurements"
[fields]
managed_object = "host"
measurement = "name"
time = { from = "at", form = "seconds" }
"""


def rows(text: str, document: object, **more):
    return mapping_of("m", text).of(document, NOW, **more)


def only(text: str, document: object, field: str, **more):
    found = rows(text, document, **more)
    assert not found.refused
    return found.rows[0].get(field)


def record(**more):
    return {"host": "n1", "level": "RED", "at": "2026-06-01T10:00:00Z", **more}


def with_time(rule: str) -> str:
    return ALARM.replace('time = "at"', f"time = {rule}")


@pytest.mark.parametrize("word", ["red", "RED", " Red "])
def test_a_word_becomes_ours_whatever_its_case(word):
    assert only(ALARM, record(level=word), "perceived_severity") == "critical"


@pytest.mark.parametrize("word", ["blue", 7, True])
def test_a_word_that_the_mapping_does_not_know_refuses_the_record_and_names_those_known(word):
    [refused] = rows(ALARM, [record(), record(level=word)]).refused
    assert refused.place == "row 1"
    assert "it knows red, green: add it to words, or give other" in refused.reason


def test_a_word_that_is_not_known_becomes_the_other_where_one_is_stated():
    text = ALARM.replace('green = "cleared" }', 'green = "cleared" }, other = "minor"')
    assert only(text, record(level="blue"), "perceived_severity") == "minor"


def test_of_several_places_the_first_that_is_there_counts():
    text = ALARM.replace('"host"', '["labels.node", "host"]')
    assert only(text, record(), "managed_object") == "n1"
    assert only(text, record(labels={"node": "n9"}), "managed_object") == "n9"


@pytest.mark.parametrize(
    ("rule", "at", "zone"),
    [
        ('"at"', "2026-06-01T10:00:00Z", "UTC"),
        ('"at"', "2026-06-01T12:00:00", "Europe/Berlin"),
        ('{ from = "at", zone = "Asia/Tokyo" }', "2026-06-01T19:00:00", "UTC"),
        ('{ from = "at", form = "seconds" }', 1_780_308_000, "UTC"),
        ('{ from = "at", form = "seconds" }', "1780308000.0", "UTC"),
        ('{ from = "at", form = "milliseconds" }', 1_780_308_000_000, "UTC"),
        ('{ from = "at", form = "nanoseconds" }', "1780308000000000000", "UTC"),
        ('{ from = "at", form = "%d.%m.%Y %H:%M" }', "01.06.2026 10:00", "UTC"),
        ('{ from = "at", form = "%d.%m.%Y %H:%M" }', "01.06.2026 12:00", "Europe/Paris"),
        ('{ from = "at", form = "%d/%b/%Y:%H:%M:%S %z" }', "01/Jun/2026:05:00:00 -0500", "UTC"),
    ],
)
def test_time_is_read_in_the_form_and_zone_that_are_stated(rule, at, zone):
    found = only(with_time(rule), record(at=at), "time", zone=ZoneInfo(zone))
    assert found == parse_instant("2026-06-01T10:00:00Z")


@pytest.mark.parametrize("at", ["soon", "", "2026-06-01", "2026-02-30T10:00:00Z", [1], True])
def test_time_in_another_form_than_stated_refuses_the_record_or_is_missing(at):
    found = rows(with_time('{ from = "at", form = "seconds" }'), record(at=at))
    assert found.refused or "time" not in found.rows[0]


@given(st.integers(-3_600, 3_600))
def test_skew_moves_every_time_by_itself(seconds):
    found = only(f"skew_s = {seconds}\n{ALARM}", record(), "time")
    assert found == parse_instant("2026-06-01T10:00:00Z") + seconds * SECOND


def test_a_template_leaves_out_what_is_not_there_and_makes_nothing_of_nothing():
    text = ALARM + 'text = { text = "{a} on {b.c}", default = "none" }'
    assert only(text, record(a="loss", b={"c": 3.0}), "text") == "loss on 3"
    assert only(text, record(a="loss"), "text") == "loss on "
    assert only(text, record(), "text") == "none"


def test_a_part_takes_the_group_and_refuses_what_does_not_match():
    text = ALARM.replace('"host"', "{ from = 'host', part = '^([a-z]+\\d+):' }")
    assert only(text, record(host="n1:9100"), "managed_object") == "n1"
    assert "does not match" in rows(text, record(host="?")).refused[0].reason


def test_the_first_case_that_holds_puts_its_rules_before_the_common_ones():
    text = ALARM + (
        '[[cases]]\nwhen = { kind = ["end", "over"], host = "*" }\n'
        'fields.perceived_severity = { value = "cleared" }\n'
        '[[cases]]\nwhen = { kind = "test" }\nskip = "a test of the sender"\n'
    )
    documents = [record(kind="End"), record(kind="test"), record(kind="TEST"), record(kind="begin")]
    found = rows(text, documents)
    assert [row["perceived_severity"] for row in found.rows] == ["cleared", "critical"]
    assert found.left_out == {"a test of the sender": 2}


def test_what_no_case_takes_is_refused_with_the_reason_of_the_mapping():
    text = 'otherwise = "see the vendor\'s list"\n' + ALARM + '[[cases]]\nwhen = { id = "1" }\nfields.text = "note"\n'
    assert len(rows(text, record(id=1, note="x")).rows) == 1
    assert "see the vendor's list" in rows(text, record(id=2)).refused[0].reason


def test_records_of_an_array_see_the_document_around_them():
    text = 'each = "list"\n' + ALARM.replace('"host"', '"parent.site"')
    found = rows(text, {"site": "s1", "list": [record(), record(level="mauve")]})
    assert [row["managed_object"] for row in found.rows] == ["s1"]
    assert found.refused[0].place == "list[1]"


@pytest.mark.parametrize("document", [{}, {"list": {}}, {"list": None}, [], 7])
def test_a_document_without_the_array_is_refused_whole(document):
    with pytest.raises(InvalidInput, match="list is missing or no array"):
        rows('each = "list"\n' + ALARM, document)


@pytest.mark.parametrize("document", [7, "x", None, [[]]])
def test_a_record_that_is_no_object_is_refused(document):
    assert "takes objects" in rows(ALARM, document).refused[0].reason


def test_each_value_is_a_measurement_of_its_own_in_the_unit_that_is_wanted():
    text = VALUE.replace('measurement = "name"\n', "") + (
        '[values]\nno = "f.no"\nrx = { from = "f.rx", unit = ["kbit/s", "bit/s"] }\n'
        'load = { from = "f.load", scale = 0.01 }\n'
    )
    found = rows(text, {"host": "n1", "at": 1_780_308_000, "f": {"rx": "2.5", "load": 40}})
    assert [(row["measurement"], row["value"]) for row in found.rows] == [("rx", 2500.0), ("load", 0.4)]


@given(st.floats(-1e9, 1e9), st.sampled_from([("°F", "°C"), ("KiB", "bit"), ("ms", "h"), ("%", "1"), ("K", "°F")]))
def test_a_unit_there_and_back_is_the_quantity(quantity, units):
    there, back = conversion(*units), conversion(*reversed(units))
    assert back.of(there.of(quantity)) == pytest.approx(quantity, abs=1e-5, rel=1e-9)


def test_what_no_rule_reads_is_named_unless_it_is_ignored():
    mapping = mapping_of("m", 'ignores = ["debug"]\n' + ALARM)
    assert mapping.unread(record(debug={"x": 1}, extra={"y.z": 1}, other=[1])) == ['extra."y.z"', "other.0"]


WRONG = [
    ("kind = 'alarms'", "kind = 'alarm'", "kind \"alarm\" is unknown; write one of"),
    ("text = ", "txt = ", "unknown field \"txt\"; the nearest is text"),
    ("managed_object = ", "managed_objekt = ", 'unknown field "fields.managed_objekt"; the nearest is managed_object'),
    ("time = 'at'", "tme = 'at'", "fields.tme"),
    ("time = 'at'\n", "", "fields: time has no rule, and every row of alarms needs it"),
    ("time = 'at'", "time = { from = 'at', form = 'iso' }", "fields.time: form \"iso\" is not known; write one of"),
    ("time = 'at'", "time = { from = 'at', zone = 'Mars' }", "fields.time: zone \"Mars\" is no time zone"),
    ("time = 'at'", "time = { from = 'at', text = 'x' }", "fields.time: give one of from"),
    ("time = 'at'", "time = { form = 'seconds' }", "fields.time: give one of from"),
    ("time = 'at'", "time = { from = 'at', fom = 'seconds' }", 'unknown field "fields.time.fom"'),
    ("time = 'at'", "time = 7", "fields.time: 7 is no rule"),
    ("'host'", "'a..b'", "fields.managed_object: \"a..b\" is no path"),
    ("'host'", "{ from = 'host', form = 'seconds' }", "form is for times, and managed_object is none"),
    ("'host'", "{ from = 'host', part = '(' }", "part is no regular expression"),
    ("'host'", "{ text = '{host' }", "has a brace without its other"),
    ("'host'", "{ from = 'host', unit = ['ms'] }", "unit is what the sender states and what is wanted"),
    ("'host'", "{ from = 'host', unit = ['ms', 'bit'] }", "measure different things"),
    ("'host'", "{ from = 'host', unit = ['parsec', 's'] }", "\"parsec\" is no unit that is known"),
    ("'host'", "{ from = 'host', scale = '2' }", "scale \"2\" is not a number"),
    ("'host'", "{ from = 'host', whole = 'off' }", "whole \"off\" is unknown; write one of up, down, nearest"),
    ("kind = 'alarms'", "kind = 'alarms'\nskew_s = '1'", "skew_s \"1\" is not a number"),
    ("kind = 'alarms'", "kind = 'alarms'\neach = 7", "each is no text"),
    ("time = 'at'", "time = 'at'\n[[cases]]\nskip = 'x'", "cases[0]: when is empty"),
    ("time = 'at'", "time = 'at'\n[[cases]]\nwhen = { a = 'b' }", "cases[0]: give either fields, or skip"),
    ("time = 'at'", "time = 'at'\n[[cases]]\nwhen = { a = [] }\nskip = 'x'", "cases[0].when: [] is neither a word"),
    ("time = 'at'", "time = 'at'\n[values]\nx = 'y'", "values: values are measurements"),
    ("time = 'at'", "time = 'at'\n[counters]\nx = 'counter'", "counters: counters are of measurements alone"),
    ("time = 'at'", "time = ", "it is not TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("there", "instead", "said"), WRONG, ids=[wrong[2] for wrong in WRONG])
def test_a_wrong_mapping_is_refused_with_its_name_the_place_and_what_to_write(there, instead, said):
    text = "text = 'a'\nkind = 'alarms'\n[fields]\nperceived_severity = 'level'\nmanaged_object = 'host'\ntime = 'at'\n"
    assert there in text
    with pytest.raises(ConfigurationError) as refused:
        mapping_of("north", text.replace(there, instead, 1))
    assert str(refused.value).startswith("mapping north: ")
    assert said in str(refused.value)
