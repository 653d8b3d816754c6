"""Alarms from outside: what an element says of a fault, when it began, and when it ended where that is known."""

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b
from typing import Final

from ingestion.batches.forms import Singles
from ingestion.batches.kind import FileForm, Kind
from ingestion.batches.routes import ASSURANCE, Draft, Routes
from ingestion.fields.row import Row
from ingestion.fields.terms import Terms
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import AlarmNotification, PerceivedSeverity
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import LATEST, SECOND, Instant

_NO_END: Final = frozenset({"", "-", "--", "n/a", "na", "nan", "nil", "none", "null", "never", "active", "ongoing"})
_ZEROS: Final = re.compile(r"(?=.*0)[0\s:./T+Z-]+", re.ASCII)  # 0, 0000-00-00 00:00:00
_DAY: Final = re.compile(r"(\d{4}-?\d\d-?\d\d)(?=$|\D|\d{4}$|\d{6}(?!\d))", re.ASCII)  # also 19700101000000Z
_FIRST_DAY, _LAST_YEAR = "19700101", "2100"
_LAST_DAYS: Final[range] = range(253_402_128_000, 253_402_474_000)  # seconds around 9999-12-31
_LARGEST: Final = 1 << 62


def severity(value: object, field: str = "perceived_severity") -> PerceivedSeverity:
    """An X.733 severity from its word."""
    found = PerceivedSeverity.__members__.get(value.strip().upper()) if isinstance(value, str) else None
    if found is None:
        words = ", ".join(s.name.lower() for s in reversed(PerceivedSeverity))
        raise InvalidInput(f"{field} {fields.shown(value)} is no severity; write one of {words}")
    return found


def says_no_end(value: object) -> bool:
    """Whether this stands for "not ended" in one of the ways of those who send alarms: nothing, a word, zero, and the
    first or the last day that a clock knows (year 1, 1900, 1970-01-01, 9999-12-31 and whatever is after 2100).

    >>> [says_no_end(end) for end in (None, "0001-01-01T00:00:00Z", "9999-12-31", 0, "2026-06-01T10:00:00Z")]
    [True, True, True, True, False]
    """
    if value is None or value is False:
        return True
    if isinstance(value, int | float):
        return value <= 0 or value >= _LARGEST or value // SECOND in _LAST_DAYS
    if not isinstance(value, str):
        return False
    written = value.strip()
    if written.lower() in _NO_END or _ZEROS.fullmatch(written):
        return True
    day = _DAY.match(written)
    if day is not None:
        return not _FIRST_DAY < day[1].replace("-", "") < _LAST_YEAR
    return re.fullmatch(r"-?[0-9]{1,20}", written) is not None and says_no_end(int(written))


def _ends_at(row: Row, began: Instant) -> Instant | None:
    if "ends_at" not in row or says_no_end(row.raw("ends_at")):
        return None
    ended = row.moment("ends_at", LATEST)
    if ended < began:
        raise InvalidInput("ends_at is before time; leave it out where the alarm has not ended")
    return ended


def _one_line(text: str) -> str:
    """A specific problem on one line. It is part of what an alarm is known by: what is cut is told by its digest."""
    plain = " ".join(text.split())
    if len(plain) <= fields.LONGEST_TEXT:
        return plain
    mark = f" … [{blake2b(plain.encode(), digest_size=8).hexdigest()}]"
    return plain[: fields.LONGEST_TEXT - len(mark)] + mark


def _alarm(row: Row, terms: Terms, index: int) -> AlarmNotification:
    at = row.moment("time", terms.newest if terms.recorded else LATEST)  # a live one is applied at its arrival
    return AlarmNotification(
        notification_id=row.optional("notification_id")
        or derive_id("notification", terms.source, terms.position, index),
        domain="",
        feed=terms.feed,
        managed_object=row.text("managed_object"),
        event_type=row.optional("event_type"),
        probable_cause=row.optional("probable_cause"),
        specific_problem=_one_line(row.free("specific_problem")),
        perceived_severity=severity(row.raw("perceived_severity")),
        time=at,
        ends_at=_ends_at(row, at),
        text=row.free("text"),
    )


def _at_arrival(alarm: AlarmNotification, now: Instant) -> AlarmNotification:
    """An alarm whose element's clock is ahead, at the time at which it came."""
    ended = None if alarm.ends_at is None else max(now, alarm.ends_at - (alarm.time - now))
    return replace(alarm, time=now, ends_at=ended, stated_time=alarm.time)


def _route(alarm: AlarmNotification, routes: Routes, domain: str) -> Iterator[Draft]:
    home = routes.home(alarm.managed_object, domain)
    yield routes.single(ASSURANCE, home, replace(alarm, domain=home))


ALARMS: Final = Kind(
    name="alarms",
    text="one alarm message of a managed object in the terms of X.733: raise, change or clear",
    event=AlarmNotification,
    form=Singles(
        frozenset(AlarmNotification.__dataclass_fields__) - {"domain", "feed", "stated_time", "trace"}, _alarm
    ),
    route=_route,
    files=FileForm(telltale=("perceived_severity",)),
    at_arrival=_at_arrival,
)
