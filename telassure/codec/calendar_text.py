"""Days and windows of time as a policy writes them: dates in a list, and starts and ends with a slash between.

"none" stands for an empty list.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from telassure.codec import inbound_fields as fields
from telassure.errors import InvalidInput
from telassure.instant import Instant

EPOCH: Final[int] = date(1970, 1, 1).toordinal()
NONE: Final = "none"


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


def windows_in(text: str) -> tuple[tuple[Instant, Instant], ...]:
    """Windows between semicolons as (start, end) in microseconds UTC, sorted; a time that names no zone is UTC.

    >>> windows_in("2026-03-01T22:00Z/2026-03-02T04:00Z")
    ((1772402400000000, 1772424000000000),)
    """
    return tuple(sorted(_window(part) for part in _parts(text, ";")))


def _window(text: str) -> tuple[Instant, Instant]:
    start, slash, end = text.partition("/")
    if not slash:
        raise InvalidInput(
            f"{fields.shown(text)} is not a window; write start/end like 2026-03-01T22:00Z/2026-03-02T04:00Z"
        )
    window = fields.moment(start.strip(), "start of the window"), fields.moment(end.strip(), "end of the window")
    if window[1] <= window[0]:
        raise InvalidInput(f"the window {fields.shown(text)} does not end after it starts")
    return window
