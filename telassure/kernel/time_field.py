"""One time from outside becomes an instant: exactly what is written, or an error that says what to write instead."""

import re
from datetime import UTC, date, datetime, time, tzinfo
from typing import Final

from telassure.kernel.errors import InvalidInput, masked, shown
from telassure.kernel.instant import EARLIEST, LATEST, SECOND, Instant, instant, iso, readings
from telassure.kernel.time_text import calendar_digits, written

_MICROSECONDS: Final = re.compile(r"-?[0-9]{9,20}", re.ASCII)
_DATE_DIGITS: Final = (12, 14)  # of YYYYMMDDhhmm and YYYYMMDDhhmmss, which as microseconds would be before 1990
_COUNTS: Final = (("seconds", 1), ("milliseconds", 1_000), ("nanoseconds", 1_000_000_000))


def moment(value: object, field: str, zone: tzinfo = UTC, newest: Instant = LATEST) -> Instant:
    """An instant from written time (`time_text`), whole microseconds since 1970, or a date of a TOML file. It is what
    is written, or it is refused: a local time that `zone` shows twice or never is no instant."""
    count = counted(value)
    if count is not None:
        if reason := miscounted(count, field, newest):
            raise InvalidInput(reason)
        return count
    at = _read(value, field, zone)
    if not EARLIEST <= at <= newest:
        raise InvalidInput(_out_of_range(at, field, shown(value), newest))
    return at


def counted(value: object) -> int | None:
    """The count of microseconds that a number or its digits are; None for what is written as a time."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if (
        isinstance(value, str)
        and value[4:5] != "-"  # as in most written times
        and _MICROSECONDS.fullmatch(stripped := value.strip())
        and len(stripped) not in _DATE_DIGITS
    ):
        return int(stripped)
    return None


def miscounted(count: int, field: str, newest: Instant = LATEST) -> str:
    """Why a count of microseconds since 1970 is no instant of ours; "" where it is one. In a recorded feed, whose times
    nothing bounds, digits that read as a date are none: 2026060110150000 would be an instant of 2034."""
    fits = EARLIEST <= count <= newest
    if calendar_digits(count) and not (fits and newest < LATEST):
        return f"{field} {count} is a date without its signs; write {_signed(str(count))}"
    if fits:
        return ""
    for unit, length in _COUNTS:
        if EARLIEST <= count * SECOND // length <= LATEST:
            at = count * SECOND // length
            return f"{field} {count} counts {unit} since 1970; write {iso(at)}, or microseconds ({at})"
    return _out_of_range(count, field, masked(str(count)), newest)


def _signed(digits: str) -> str:
    day, clock, rest = f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}", digits[8:14], digits[14:]
    return (
        f"{day}T{clock[:2]}:{clock[2:4]}:{clock[4:]}{'.' if rest.strip('0') else ''}{rest.rstrip('0')}Z (or its offset)"
    )


def _out_of_range(at: Instant, field: str, given: str, newest: Instant) -> str:
    if at < EARLIEST:
        return f"{field} {given} is before 1990; give ISO 8601 text or microseconds since 1970"
    if at > LATEST:
        return f"{field} {given} is after 2100; give ISO 8601 text or microseconds since 1970"
    return (
        f"{field} {iso(at)} is ahead of the clock (at most {iso(newest)} is taken); check the source's clock and zone"
    )


def out_of_range(at: Instant, field: str, newest: Instant) -> str:
    """Why an instant is none of ours."""
    return _out_of_range(at, field, iso(at) if EARLIEST <= at <= LATEST else masked(str(at)), newest)


def _read(value: object, field: str, zone: tzinfo) -> Instant:
    try:
        said = _said(value)
        if said is None:
            raise ValueError
        if said.tzinfo is not None or zone is UTC:
            return instant(said)
        found = readings(said, zone)
    except (ValueError, OverflowError):
        raise InvalidInput(f"{field} {shown(value)} is not a time; write 2026-01-31T12:00:00Z") from None
    if len(found) == 1:
        return found[0]
    hour = "comes twice" if found else "does not exist"
    raise InvalidInput(f"{field} {shown(value)} {hour} in {zone}, where the clock is changed then; write its offset")


def _said(value: object) -> datetime | None:
    match value:
        case str():
            return written(value.strip())
        case datetime():
            return value
        case date():
            return datetime.combine(value, time())
    return None
