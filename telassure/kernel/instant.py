"""Time as the system counts it: whole microseconds since the Unix epoch, UTC."""

from datetime import UTC, datetime, tzinfo
from typing import Final, TypeAlias

from telassure.kernel.time_text import written

Instant: TypeAlias = int
Duration: TypeAlias = int

SECOND: Final[Duration] = 1_000_000
MINUTE: Final[Duration] = 60 * SECOND
HOUR: Final[Duration] = 60 * MINUTE
DAY: Final[Duration] = 24 * HOUR
# Outside these years a time is an error of its source, not a time (and pandas' nanoseconds would overflow past 2262).
EARLIEST: Final[Instant] = 631_152_000 * SECOND  # 1990-01-01
LATEST: Final[Instant] = 4_102_444_800 * SECOND  # 2100-01-01

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(moment: datetime, zone: tzinfo = UTC) -> Instant:
    """The instant of a datetime; a naive one is read in `zone`.

    >>> instant(datetime(1970, 1, 1, 0, 0, 1))
    1000000
    """
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    delta = aware - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def readings(local: datetime, zone: tzinfo) -> tuple[Instant, ...]:
    """The instants at which the clocks of a zone show a local time, the earlier first: one as a rule, two in the hour
    that the clock goes back over, none in the hour that it leaps.

    >>> from zoneinfo import ZoneInfo
    >>> [len(readings(datetime(2026, month, day, 2, 30), ZoneInfo("Europe/Berlin"))) for month, day in
    ...  ((6, 1), (10, 25), (3, 29))]
    [1, 2, 0]
    """
    found = {instant(local.replace(tzinfo=zone, fold=fold).astimezone(UTC)) for fold in (0, 1)}
    return tuple(at for at in sorted(found) if to_datetime(at).astimezone(zone).replace(tzinfo=None) == local)


def parse_instant(text: str, zone: tzinfo = UTC) -> Instant:
    """Written time as an instant; ValueError where it is none.

    >>> parse_instant("2018-10-02T12:15:00+01:00") == parse_instant("2018-10-02 11:15:00Z")
    True
    """
    return instant(written(text.strip()), zone)


def iso(at: Instant) -> str:
    """RFC 3339 text in UTC.

    >>> iso(1_000_000)
    '1970-01-01T00:00:01Z'
    """
    text = to_datetime(at).isoformat()
    return text.replace("+00:00", "Z")


def in_utc(at: Instant) -> str:
    """As a person reads it, to the second and with its zone.

    >>> in_utc(1_250_000)
    '1970-01-01 00:00:01 UTC'
    """
    return to_datetime(at // SECOND * SECOND).strftime("%Y-%m-%d %H:%M:%S UTC")


def to_datetime(at: Instant) -> datetime:
    """An aware UTC datetime."""
    return datetime.fromtimestamp(at // SECOND, UTC).replace(microsecond=at % SECOND)


def day_of(at: Instant) -> Instant:
    """The start of the UTC day that holds `at`."""
    return at - at % DAY
