"""The night the clocks go back and the night they go forward: local times are told apart by order, or refused."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.batches.kind import kind_named
from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.repeated_hour import told_apart
from ingestion.fields.terms import Reading, Terms
from telassure.kernel.instant import HOUR, MINUTE, iso, parse_instant, to_datetime

BERLIN = ZoneInfo("Europe/Berlin")
TERMS = Terms("replay:f", "s", "1", BERLIN)
WHO = Pseudonymiser(b"a key of the tests")
MIDNIGHT = parse_instant("2026-10-24T22:00:00Z")  # of 25 October in Berlin, a day of 25 hours
QUARTER = 15 * MINUTE


def local(at: int) -> str:
    return to_datetime(at).astimezone(BERLIN).replace(tzinfo=None).isoformat(" ")


def night(*clocks: str) -> list[str]:
    return [f"2026-10-25 {clock}" for clock in clocks]


def read(times: Sequence[object]) -> list[str]:
    """The hours and minutes in UTC, of one series; what is left as it is, as it is."""
    found = told_apart(times, BERLIN, [1] * len(times))
    return [iso(at)[11:16] if isinstance(at, int) else str(at)[11:16] + " local" for at in found]


def point(time: str, name: str = "cell-1") -> dict[str, object]:
    return {"time": time, "managed_object": name, "measurement": "drops", "value": 1}


def judged(kind: str, rows: Sequence[object]) -> Reading:
    return kind_named(kind).read(list(rows), TERMS, WHO)


def test_dstnaive_a_series_through_the_repeated_hour_is_the_series_it_was() -> None:
    series = [MIDNIGHT + QUARTER * place for place in range(100)]
    found = judged("measurements", [point(local(at)) for at in series])
    assert (found.events[0].time.tolist(), found.rejected) == (series, ())


def test_dstnaive_many_series_side_by_side_are_each_told_apart_by_their_own_order() -> None:
    rows = [(MIDNIGHT + QUARTER * place, name) for place in range(100) for name in ("a", "b", "c")]
    found = judged("measurements", [point(local(at), name) for at, name in rows])
    assert found.events[0].time.tolist() == [at for at, _ in rows]


def test_dstnaive_columns_are_told_apart_as_rows_are() -> None:
    series = [MIDNIGHT + QUARTER * place for place in range(100)]
    zeros = [0] * 200
    found = kind_named("measurements").read(
        {
            "managed_objects": ["a", "b"],
            "measurements": ["drops"],
            "managed_object": [0] * 100 + [1] * 100,
            "measurement": zeros,
            "time": [local(at) for at in series] * 2,
            "value": zeros,
        },
        TERMS,
        WHO,
    )
    assert found.events[0].time.tolist() == series * 2


def test_hours_of_an_hourly_series_are_told_apart_though_both_read_two_o_clock() -> None:
    assert read(night("01:00", "02:00", "02:00", "03:00"))[1:3] == ["00:00", "01:00"]


def test_a_series_with_its_newest_row_first_is_told_apart_too() -> None:
    times = night("03:00", "02:30", "02:00", "02:30", "02:00", "01:30")
    assert read(times)[1:5] == ["01:30", "01:00", "00:30", "00:00"]


@pytest.mark.parametrize(
    "clocks",
    [
        ("02:30",),
        ("01:45", "02:00", "02:15", "02:30", "02:45", "03:00"),
        ("02:00", "02:30", "02:00", "02:30", "02:00"),
    ],
    ids=["one row", "one pass only", "three passes"],
)
def test_dstnaive_what_order_does_not_tell_becomes_a_letter_that_says_so(clocks: tuple[str, ...]) -> None:
    found = judged("measurements", [point(time) for time in night(*clocks)])
    twice = [bad for bad in found.rejected if "comes twice in Europe/Berlin" in bad.reason]
    assert len(twice) == sum(clock.startswith("02") for clock in clocks)


def test_dstnaive_the_hour_that_does_not_exist_becomes_letters_that_say_so() -> None:
    found = judged("measurements", [point(f"2026-03-29 02:{minute}:00") for minute in ("00", "15", "30", "45")])
    assert len(found.rejected) == 4
    assert all("does not exist in Europe/Berlin" in bad.reason for bad in found.rejected)


@pytest.mark.parametrize("kind", ["alarms", "usage"])
def test_dstnaive_events_in_order_are_told_apart_by_the_order_of_their_batch(kind: str) -> None:
    times = [MIDNIGHT + 2 * HOUR + QUARTER * place for place in range(12)]
    found = judged(kind, [event(kind, local(at), place) for place, at in enumerate(times)])
    assert event_times(kind, found) == times


@pytest.mark.parametrize("kind", ["alarms", "usage"])
def test_dstnaive_events_out_of_order_become_letters_and_no_other_instant(kind: str) -> None:
    clocks = night("01:50", "01:40", "02:50", "02:10", "03:05")
    found = judged(kind, [event(kind, time, place) for place, time in enumerate(clocks)])
    assert [bad.index for bad in found.rejected] == [2, 3]


def event(kind: str, time: str, place: int) -> dict[str, object]:
    if kind == "usage":
        return {"record_id": f"r{place}", "account": "a", "service": "voice", "time": time, "volume": 1}
    return {"managed_object": f"n{place}", "perceived_severity": "minor", "time": time}


def event_times(kind: str, found: Reading) -> list[int]:
    return found.events[0].time.tolist() if kind == "usage" else [each.time for each in found.events]


@pytest.mark.parametrize(
    "clocks",
    [
        ("02:10:00", "02:10:05", "02:10:04", "02:10:09"),
        ("02:50", "02:10"),
        ("02:00:01", "02:00:00", "03:30"),
        ("01:45", "02:00", "02:15", "02:10", "02:30", "02:45"),
        ("02:10", "02:50", "02:10"),
        ("01:45", "02:00", "02:15", "02:15", "02:30", "03:00"),
        ("03:50", "02:10", "02:50", "03:50"),
    ],
    ids=["jitter", "newest first", "one second", "five minutes", "read both ways", "stated twice", "no direction"],
)
@pytest.mark.parametrize("series", [False, True], ids=["events", "a series"])
def test_a_step_back_that_may_be_jitter_or_direction_leaves_the_hour_untold(
    clocks: tuple[str, ...], series: bool
) -> None:
    found = told_apart(night(*clocks), BERLIN, [1] * len(clocks) if series else None)
    assert not any(isinstance(at, int) for at in found)


def test_a_step_back_of_a_quarter_tells_nothing_in_new_york_either() -> None:
    times = ["2026-11-01 01:45", "2026-11-01 01:30"]
    assert told_apart(times, ZoneInfo("America/New_York"), [1, 1]) == times


@pytest.mark.parametrize("minutes", [5, 15, 30])
def test_both_passes_alone_are_told_apart_by_their_own_steps(minutes: int) -> None:
    series = [MIDNIGHT + 2 * HOUR + place * minutes * MINUTE for place in range(120 // minutes)]
    assert told_apart([local(at) for at in series], BERLIN, [1] * len(series)) == series


@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
@pytest.mark.parametrize("order", [1, -1], ids=["oldest first", "newest first"])
def test_a_series_of_a_usual_period_is_told_apart_in_both_orders(minutes: int, order: int) -> None:
    series = [MIDNIGHT + place * minutes * MINUTE for place in range(360 // minutes)][::order]
    found = told_apart([local(at) for at in series], BERLIN, [1] * len(series))
    assert [at for at in found if isinstance(at, int)] == [at for at in series if 2 * HOUR <= at - MIDNIGHT < 4 * HOUR]


@given(st.integers(1, 60), st.integers(0, 300), st.data())
def test_a_regular_series_over_the_night_is_read_as_it_was_or_refused(
    step: int, first: int, more: st.DataObject
) -> None:
    length = more.draw(st.integers(1, 360 // step + 1))
    series = [MIDNIGHT + (first + step * place) * MINUTE for place in range(length)]
    found = told_apart([local(at) for at in series], BERLIN, [1] * length)
    assert all(at == true or not isinstance(at, int) for at, true in zip(found, series, strict=True))


def test_times_that_name_their_offset_are_left_to_their_reader() -> None:
    times = ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "20261025003000Z"]
    assert told_apart(times, BERLIN) is times
