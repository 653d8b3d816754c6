"""Alarms as elements send them: free text is text, identifiers are strict, and "not ended" has many spellings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.batches.kind import kind_named
from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.terms import Reading, Terms
from telassure.kernel.codec import decode, encode
from telassure.kernel.instant import SECOND, iso, parse_instant

AT = "2026-06-01T10:00:00Z"
BEGAN = parse_instant(AT)
ALARM = {"managed_object": "n1", "perceived_severity": "critical", "time": AT}


def read(*rows: dict[str, object]) -> Reading:
    return kind_named("alarms").read(list(rows), Terms("feed"), Pseudonymiser(b"a key of the tests"))


def refused(row: dict[str, object]) -> str:
    (bad,) = read(row).rejected
    return bad.reason


def test_al11_unicode() -> None:
    names = ["基站-北京-01", "site\u00a0x", "Ünïçødé", "U\u0308n", "rtl\u202eabc"]
    found = read(*({**ALARM, "managed_object": name, "text": "Größe\nzweite Zeile\ttab"} for name in names))
    assert [alarm.managed_object for alarm in found.events] == names[:4]
    assert {alarm.text for alarm in found.events} == {"Größe\nzweite Zeile\ttab"}
    assert [(bad.index, "control characters" in bad.reason) for bad in found.rejected] == [(4, True)]


def test_al16_text_multiline_newline() -> None:
    found = read(*({**ALARM, "text": text} for text in ("line1\nline2", "x" * 5_000, "tab\there", "null\0")))
    assert [alarm.text[:10] for alarm in found.events] == ["line1\nline", "x" * 10, "tab\there", "null\ufffd"]
    assert found.events[1].text.endswith("… [5000 characters]")
    assert not found.rejected


@pytest.mark.parametrize(
    "text",
    [
        "a\r\nb",
        "a\rb",
        "a\vb\fc",
        "a\x85b\u2028c\u2029d",
        "\u202egfedcba",
        "\x1b[31mred",
        "\n",
        " ",
        "🔥" * 9_000,
        "a\ud800b",
    ],
    ids=ascii,
)
def test_no_free_text_loses_its_alarm(text: str) -> None:
    (alarm,) = read({**ALARM, "text": text}).events
    assert len(alarm.text) <= 4_096
    assert decode(*encode(alarm)) == alarm


def test_a_specific_problem_is_kept_on_one_line_and_two_long_ones_stay_two() -> None:
    rows = [{**ALARM, "specific_problem": text} for text in ("LOS on\r\n\tport 3", "y" * 900 + "1", "y" * 900 + "2")]
    short, one, other = (alarm.specific_problem for alarm in read(*rows).events)
    assert short == "LOS on port 3"
    assert (len(one), len(other), one == other) == (512, 512, False)


@pytest.mark.parametrize("field", ["managed_object", "event_type", "probable_cause", "notification_id"])
@pytest.mark.parametrize("wrong", ["a\nb", "a\tb", "a\0b", "x" * 513], ids=["line", "tab", "nul", "long"])
def test_identifiers_are_strict(field: str, wrong: str) -> None:
    assert field in refused({**ALARM, field: wrong})


NOT_ENDED = [
    None,
    "",
    " ",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00",
    "0001-01-01T00:00:00+00:00",
    "0001-01-01",
    "1970-01-01T00:00:00Z",
    "1970-01-01T01:00:00+01:00",
    "1969-12-31T19:00:00-05:00",
    "1970-01-01 00:00:00.000",
    "19700101000000Z",
    "19700101000000",
    "1900-01-01T00:00:00",
    "0000-00-00 00:00:00",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.9999999Z",
    "99991231235959Z",
    "9999-12-31",
    "2106-02-07T06:28:15Z",
    0,
    0.0,
    -1,
    "0",
    "-1",
    -62_135_596_800,
    2**63 - 1,
    253_402_300_799 * SECOND,
    "null",
    "NULL",
    "none",
    "never",
    "-",
    "n/a",
    False,
]


@pytest.mark.parametrize("end", NOT_ENDED, ids=repr)
def test_al05_endsat_zero(end: object) -> None:
    found = read({**ALARM, "ends_at": end})
    assert [alarm.ends_at for alarm in found.events] == [None]


@pytest.mark.parametrize("end", [AT, "20260601100000Z", BEGAN, str(BEGAN)], ids=repr)
def test_an_end_that_is_known_is_kept(end: object) -> None:
    (alarm,) = read({**ALARM, "ends_at": end}).events
    assert alarm.ends_at == BEGAN


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("2026-06-01T09:00:00Z", "ends_at is before time"),
        ("1990-01-01T00:00:00Z", "ends_at is before time"),
        ("1985-05-05T00:00:00Z", "ends_at"),
        (1_780_308_000, "ends_at"),
        (1_780_308_000_000, "ends_at"),
        (1_780_308_000_000_000_000, "ends_at"),
        ("soon", "ends_at"),
        ("2026-13-01T00:00:00Z", "ends_at"),
        (True, "ends_at"),
        ({}, "ends_at"),
        ([0], "ends_at"),
    ],
    ids=repr,
)
def test_an_end_that_cannot_be_is_refused(end: object, said: str) -> None:
    assert said in refused({**ALARM, "ends_at": end})


@given(st.integers(BEGAN - 10**12, BEGAN + 10**12))
def test_an_end_is_kept_where_it_is_not_before_the_start_and_refused_where_it_is(end: int) -> None:
    found = read({**ALARM, "ends_at": iso(end)}, {**ALARM, "ends_at": end})
    assert [alarm.ends_at for alarm in found.events] == ([] if end < BEGAN else [end, end])
