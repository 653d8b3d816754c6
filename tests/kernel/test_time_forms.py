"""A time from outside is read as exactly what is written, or refused with what to write; never as another instant."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.fields.columns import Faults, instants
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import EARLIEST, LATEST, instant, iso
from telassure.kernel.time_field import moment

BERLIN = ZoneInfo("Europe/Berlin")
NEWEST = instant(datetime(2027, 1, 1, tzinfo=UTC))
WRITTEN = st.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 30))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def read(value: object, zone: ZoneInfo = BERLIN, newest: int = LATEST) -> str:
    """The instant, or why it is none, as `moment` says."""
    try:
        return iso(moment(value, "time", zone, newest))
    except InvalidInput as refused:
        return refused.reason


def read_in_a_column(value: object, zone: ZoneInfo = BERLIN, newest: int = LATEST) -> str:
    """The same, as the reader of whole columns says."""
    faults = Faults(1)
    found = instants([value], "time", zone, newest, faults)
    return faults.bad_rows()[0].reason if faults.bad_rows() else iso(int(found[0]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-06-01T10:15:00+0200", "2026-06-01T08:15:00Z"),
        ("2026-06-01T10:15:00.000+02:00", "2026-06-01T08:15:00Z"),
        ("2026-06-01T10:15:00", "2026-06-01T08:15:00Z"),
        ("20260601101500+0200", "2026-06-01T08:15:00Z"),
        ("2026-06-01T10:15:00+02", "2026-06-01T08:15:00Z"),
        ("2026-06-01T10:15+02:00", "2026-06-01T08:15:00Z"),
        ("2026-06-01 10:15:00", "2026-06-01T08:15:00Z"),
        ("2026-06-01t10:15:00z", "2026-06-01T10:15:00Z"),
        ("20260601T101500Z", "2026-06-01T10:15:00Z"),
        ("2026-06-01T10:15:00.1234567Z", "2026-06-01T10:15:00.123456Z"),
        ("20260601101500", "2026-06-01T08:15:00Z"),
        ("20260601101500Z", "2026-06-01T10:15:00Z"),
        ("202606011015Z", "2026-06-01T10:15:00Z"),
        ("202606011015", "2026-06-01T08:15:00Z"),
        ("20260601101500.25-0330", "2026-06-01T13:45:00.250000Z"),
        ("20260601101500,25Z", "2026-06-01T10:15:00.250000Z"),
        ("202606011015.5Z", "2026-06-01T10:15:30Z"),
        ("2026-06-01 10:15:00 +0545", "2026-06-01T04:30:00Z"),
        ("2026-06-01T24:00:00Z", "2026-06-02T00:00:00Z"),
        ("2026-06-01", "2026-05-31T22:00:00Z"),
        ("20260601", "2026-05-31T22:00:00Z"),
    ],
)
def test_pm18_time_forms_are_read_as_what_they_say(text: str, said: str) -> None:
    assert read(text) == said


@pytest.mark.parametrize(
    ("value", "mended"),
    [
        (1780308000, "counts seconds since 1970; write 2026-06-01T10:00:00Z"),
        (1780308000000, "counts milliseconds since 1970; write 2026-06-01T10:00:00Z"),
        ("1780308000", "counts seconds since 1970; write 2026-06-01T10:00:00Z"),
        (1780308000000000000, "counts nanoseconds since 1970; write 2026-06-01T10:00:00Z"),
        (2026060110150000, "is a date without its signs; write 2026-06-01T10:15:00Z"),
        ("2026060110150000", "is a date without its signs; write 2026-06-01T10:15:00Z"),
        ("20260601101500250", "is a date without its signs; write 2026-06-01T10:15:00.25Z"),
        (20260601101500, "is a date without its signs; write 2026-06-01T10:15:00Z"),
        ("Mon Jun  1 10:00:00 2026", "is not a time; write 2026-01-31T12:00:00Z"),
        ("2026/06/01 10:00:00", "is not a time; write 2026-01-31T12:00:00Z"),
        ("01-Jun-2026 10:00:00", "is not a time; write 2026-01-31T12:00:00Z"),
        ("2026-06-01 10:00:00 CEST", "is not a time; write 2026-01-31T12:00:00Z"),
        ("2026-06-01T10:00:00[Europe/Berlin]", "is not a time; write 2026-01-31T12:00:00Z"),
        ("2026-06-01+02:00", "is not a time; write 2026-01-31T12:00:00Z"),
        ("2026-06-01-10:15", "is not a time; write 2026-01-31T12:00:00Z"),
        ("2026-06-0110:15", "is not a time; write 2026-01-31T12:00:00Z"),
        ("2026060110Z", "is not a time; write 2026-01-31T12:00:00Z"),
        ("2026-06-01T10:15:00+2000", "is not a time; write 2026-01-31T12:00:00Z"),
        ("2026-06-01T24:00:01Z", "is not a time; write 2026-01-31T12:00:00Z"),
        ("2026-06-01T10:75Z", "is not a time; write 2026-01-31T12:00:00Z"),
        ("2026-W23-1", "is not a time; write 2026-01-31T12:00:00Z"),
        ("260601101500Z", "is after 2100"),
        (1780308000.5, "is not a time; write 2026-01-31T12:00:00Z"),
        (True, "is not a time; write 2026-01-31T12:00:00Z"),
    ],
)
def test_al10_time_forms_that_are_not_ours_are_refused_with_what_to_write(value: object, mended: str) -> None:
    assert mended in read(value)


def test_a_count_of_microseconds_is_one_as_a_number_and_as_text() -> None:
    assert read(1780308000000000) == read("1780308000000000") == "2026-06-01T10:00:00Z"


def test_a_live_count_of_2034_that_looks_like_a_date_is_still_a_count() -> None:
    newest = instant(datetime(2035, 1, 1, tzinfo=UTC))
    assert read(2026060110150000, newest=newest).startswith("2034-03-15")


@given(WRITTEN, OFFSETS, st.sampled_from(["%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S", "%Y%m%dT%H%M%S", "%Y-%m-%d %H:%M:%S"]))
def test_every_form_of_one_instant_is_that_instant(local: datetime, offset: timezone, form: str) -> None:
    whole = local.replace(microsecond=0, tzinfo=offset)
    assert moment(whole.strftime(f"{form}%z"), "time") == instant(whole)
    assert moment(whole.strftime(f"{form}.5%z"), "time") == instant(whole) + 500_000


@given(
    st.text(alphabet="0123456789-+:.,TZ z", max_size=30)
    | st.integers()
    | st.integers(EARLIEST, LATEST).map(str)
    | WRITTEN.map(str)
    | WRITTEN.map(lambda local: local.strftime("%Y%m%d%H%M%S"))
    | WRITTEN.map(lambda local: local.strftime("%Y%m%d%H%M%S00")).map(int)
    | st.datetimes(datetime(2026, 10, 25), datetime(2026, 10, 25, 4)).map(str)
    | st.none()
    | st.floats()
    | st.booleans(),
    st.sampled_from([LATEST, NEWEST]),
)
def test_a_value_in_a_column_is_read_as_it_is_alone(value: object, newest: int) -> None:
    assert read_in_a_column(value, newest=newest) == read(value, newest=newest)


@given(WRITTEN)
def test_a_local_time_is_an_instant_at_which_the_clocks_show_it_or_none(local: datetime) -> None:
    try:
        at = moment(str(local), "time", BERLIN)
    except InvalidInput:
        return
    assert str(
        datetime.fromtimestamp(at // 1_000_000, BERLIN).replace(tzinfo=None, microsecond=local.microsecond)
    ) == str(local)


@given(WRITTEN, st.sampled_from(["", "Z", "+02:00", "-03:30"]), st.text("0123456789", max_size=9))
def test_the_commonest_form_is_read_as_its_compact_twin_is(local: datetime, offset: str, fraction: str) -> None:
    end = f".{fraction}{offset}" if fraction else offset
    plain, compact = local.strftime("%Y-%m-%dT%H:%M:%S"), local.strftime("%Y%m%dT%H%M%S")
    assert read(plain + end, ZoneInfo("UTC")) == read(compact + end, ZoneInfo("UTC"))
