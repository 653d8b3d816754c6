"""Days and windows of time as a policy writes them: dates in a list, starts and ends with a slash between, and hours of
days of the week.

"none" stands for an empty list.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import Instant

EPOCH: Final[int] = date(1970, 1, 1).toordinal()
NONE: Final = "none"
DAILY: Final = "daily"
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES: Final = 1_440  # of a day
_WEEKLY: Final = re.compile(r"([a-z,-]+)\s+(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})", re.ASCII)
_LIKE: Final = "write start/end like 2026-03-01T22:00Z/2026-03-02T04:00Z, or days and hours like Sun 02:00-04:00"


class Windows(NamedTuple):
    """Windows of time, sorted: `once` from a start to an end in microseconds UTC, `weekly` from a minute of the local
    week, which begins on Monday, for so many minutes."""

    once: tuple[tuple[Instant, Instant], ...] = ()
    weekly: tuple[tuple[int, int], ...] = ()


def _parts(text: str, separator: str) -> Iterator[str]:
    return (part.strip() for part in text.split(separator) if part.strip() not in ("", NONE))


def days_in(text: str) -> tuple[int, ...]:
    """Dates between commas as days since 1970-01-01, sorted and each once; InvalidInput names the one that is none.

    >>> days_in("1970-01-03, 1970-01-02")
    (1, 2)
    """
    return tuple(sorted({_day(part) for part in _parts(text, ",")}))


def _day(text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal() - EPOCH
    except ValueError:
        raise InvalidInput(f"{fields.shown(text)} is not a date; write dates like 2026-12-25,2026-12-26") from None


def windows_in(text: str) -> Windows:
    """Windows between semicolons; a time that names no zone is UTC. Hours that end at or before their start end on the
    day after. InvalidInput names what is no window.

    >>> windows_in("2026-03-01T22:00Z/2026-03-02T04:00Z").once
    ((1772402400000000, 1772424000000000),)
    >>> windows_in("Sun 02:00-04:00; Sat-Mon 23:30-00:30").weekly
    ((1410, 60), (8610, 60), (8760, 120), (10050, 60))
    """
    once = sorted(_window(part) for part in _parts(text, ";") if "/" in part)
    weekly = {hours for part in _parts(text, ";") if "/" not in part for hours in _hours(part)}
    return Windows(tuple(once), tuple(sorted(weekly)))


def _window(text: str) -> tuple[Instant, Instant]:
    start, _, end = text.partition("/")
    window = fields.moment(start.strip(), "start of the window"), fields.moment(end.strip(), "end of the window")
    if window[1] <= window[0]:
        raise InvalidInput(f"the window {fields.shown(text)} does not end after it starts")
    return window


def _hours(text: str) -> Iterator[tuple[int, int]]:
    """The windows of a week that days and hours make."""
    found = _WEEKLY.fullmatch(text.lower())
    if found is None:
        raise InvalidInput(f"{fields.shown(text)} is not a window; {_LIKE}")
    first, last = (_minute(found[n], found[n + 1], text) for n in (2, 4))
    if first in (last, MINUTES):
        raise InvalidInput(f"the window {fields.shown(text)} lasts no time; a whole day is 00:00-24:00")
    for day in _weekdays(found[1], text):
        yield day * MINUTES + first, (last - first) % MINUTES or MINUTES


def _minute(hour: str, minute: str, text: str) -> int:
    if int(minute) >= 60 or int(hour) * 60 + int(minute) > MINUTES:
        raise InvalidInput(f"{hour}:{minute} of {fields.shown(text)} is no time of a day; {_LIKE}")
    return int(hour) * 60 + int(minute)


def _weekdays(text: str, whole: str) -> Iterator[int]:
    """The days of "daily", or of a list of days and of ranges of them; 0 is Monday."""
    for part in ("mon-sun" if text == DAILY else text).split(","):
        first, _, last = part.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise InvalidInput(f"{fields.shown(whole)} names no days; write daily, Sun, Mon-Fri or Sat,Sun; {_LIKE}")
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        yield from ((start + n) % len(WEEKDAYS) for n in range((end - start) % len(WEEKDAYS) + 1))
