"""How a sender writes time, and the instant that it means by that."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from telassure.kernel.errors import InvalidInput, shown
from telassure.kernel.instant import SECOND, Duration, Instant
from telassure.kernel.time_field import moment

WRITTEN: Final = "written"
_COUNTS: Final = {
    "seconds": Decimal(SECOND),
    "milliseconds": Decimal(1_000),
    "microseconds": Decimal(1),
    "nanoseconds": Decimal("0.001"),
}


@dataclass(frozen=True, slots=True)
class TimeForm:
    """`form` is "written" (every form that docs/ingestion.md names), a count since 1970 by its unit, or a pattern with
    the signs of strptime. `zone` is that of times which name none, None: the zone of the feed. `skew` is added: it is
    negative where the sender's clock is fast."""

    form: str = WRITTEN
    zone: tzinfo | None = None
    skew: Duration = 0

    def instant(self, value: object, field: str, zone: tzinfo = UTC) -> Instant:
        """InvalidInput that names the field and does not fit."""
        return self._unskewed(value, field, self.zone or zone) + self.skew

    def _unskewed(self, value: object, field: str, zone: tzinfo) -> Instant:
        if self.form == WRITTEN:
            return moment(value, field, zone)
        if self.form in _COUNTS:
            return moment(_counted(value, field, self.form), field)
        try:
            found = datetime.strptime(str(value), self.form)  # noqa: DTZ007  # a naive one is read in the zone below
        except ValueError:
            raise InvalidInput(
                f"{field} {shown(value)} is not written as {self.form}; see the mapping's form"
            ) from None
        return moment(found.isoformat(), field, zone)


def time_form(form: str, zone: str, skew_s: float) -> TimeForm:
    """As a mapping states it; InvalidInput where it states what is none."""
    if form != WRITTEN and form not in _COUNTS and "%" not in form:
        words = ", ".join((WRITTEN, *_COUNTS))
        raise InvalidInput(f'form "{form}" is not known; write one of {words}, or a pattern such as %d.%m.%Y %H:%M:%S')
    return TimeForm(form, known_zone(zone) if zone else None, round(skew_s * SECOND))


def known_zone(name: str) -> ZoneInfo:
    """InvalidInput where there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(f'zone "{name}" is no time zone; write one like Europe/Berlin') from None


def _counted(value: object, field: str, unit: str) -> int:
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        return int(Decimal(str(value)) * _COUNTS[unit])
    except (InvalidOperation, ValueError, OverflowError):
        raise InvalidInput(f"{field} {shown(value)} counts no {unit}; write the number since 1970") from None
