"""The wall clock: the days on which the clocks change, and days off."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from models.detection.wallclock import as_sundays, days_off, wall_clock
from telassure.kernel.instant import DAY, HOUR, MINUTE, Instant
from tests.models.detection_shapes import MONDAY, Bench, grid, noisy

BERLIN = "Europe/Berlin"


def utc(text: str) -> Instant:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def shown(local: np.ndarray) -> list[str]:
    return [str(np.datetime64(int(at), "us"))[5:16] for at in local]


@pytest.mark.parametrize(
    ("start", "wall"),
    [
        ("2026-03-29T00:00", ["03-29T01:00", "03-29T01:30", "03-29T03:00", "03-29T03:30"]),
        ("2026-10-25T00:00", ["10-25T02:00", "10-25T02:30", "10-25T02:00", "10-25T02:30"]),
    ],
)
def test_the_clocks_change_in_berlin(start: str, wall: list[str]) -> None:
    time = utc(start) + np.arange(4) * 30 * MINUTE

    assert shown(wall_clock(time, BERLIN)) == wall


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)])
def test_such_a_day_has_23_or_25_hours(day: str, hours: int) -> None:
    time = utc(day) - DAY + np.arange(0, 3 * 24) * HOUR

    local = wall_clock(time, BERLIN)

    assert np.count_nonzero(local // DAY == utc(day) // DAY) == hours


@pytest.mark.parametrize("zone", [BERLIN, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
def test_any_time_reads_as_the_zone_says(zone: str) -> None:
    time = np.random.default_rng(1).integers(utc("1995-01-01"), utc("2037-12-31"), 500)

    own = [datetime.fromtimestamp(int(at) // 1_000_000, UTC).astimezone(ZoneInfo(zone)) for at in time]

    assert shown(wall_clock(time, zone)) == [at.strftime("%m-%dT%H:%M") for at in own]


def test_any_number_is_a_time() -> None:
    assert len(wall_clock(np.array([-(2**62), 0, 2**62]), BERLIN)) == 3
    assert len(wall_clock(np.zeros(0, np.int64), BERLIN)) == 0


def test_a_day_off_is_the_sunday_before_at_the_same_time() -> None:
    time = np.array([utc("2026-12-25T10:00"), utc("2026-12-24T23:59"), utc("2026-12-27T10:00")])
    days = np.array([(date(2026, 12, 25) - date(1970, 1, 1)).days])

    off = days_off(time, days)

    assert off.tolist() == [True, False, False]
    assert shown(as_sundays(time, off)) == ["12-20T10:00", "12-24T23:59", "12-27T10:00"]


@pytest.mark.parametrize("change", ["2026-03-29", "2026-10-25"])
def test_a_shape_of_the_wall_clock_goes_on_when_the_clocks_change(change: str) -> None:
    """Weeks before and after the change, whose shape keeps to the wall: by it nothing is told, by UTC something is."""
    start, until = utc(change) - 21 * DAY, utc(change) + 6 * DAY
    time = grid(start, until)
    wall = wall_clock(time, BERLIN)
    rebased = wall - (start // (7 * DAY) * 7 * DAY - MONDAY // (7 * DAY) * 7 * DAY)
    value = noisy(rebased, seed=4, part=0.01)
    by_wall, by_utc = Bench(), Bench()

    found = by_wall.feed(time, value, local=wall)
    other = by_utc.feed(time, value)

    after = time > utc(change)
    assert not len(by_wall.marks)
    error = [np.abs(np.nan_to_num(s.expected[after] / value[after] - 1)).mean() for s in (found, other)]
    assert error[0] < 0.5 * error[1]
