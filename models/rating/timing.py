"""When a row of a tariff holds: hours, weekdays, days of the month, months and holidays, in the tariff's own zone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from telassure.kernel.errors import InvalidInput, shown

DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Timing:
    """From `from_second` of the local day on, on days that every stated condition allows; an empty set allows all.

    `weekdays` are ISO (1 is Monday). On a holiday of the calendar only rows with `on_holidays` hold where one of the
    choice has them; without holidays in the calendar that makes no difference.

    >>> Timing(weekdays=frozenset({6, 7})).holds(date(2026, 11, 28), 0, False)
    True
    """

    from_second: int = 0
    weekdays: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    on_holidays: bool = False

    def __post_init__(self) -> None:
        _within("from_second", [self.from_second], range(DAY_SECONDS))
        _within("weekday", self.weekdays, range(1, 8))
        _within("month_day", self.month_days, range(1, 32))
        _within("month", self.months, range(1, 13))

    def holds(self, day: date, second: int, holiday: bool) -> bool:
        """At this second of a local day; `holiday` says whether the calendar calls the day one."""
        if second < self.from_second or (self.on_holidays and not holiday):
            return False
        allowed = (self.weekdays, day.isoweekday()), (self.month_days, day.day), (self.months, day.month)
        return all(not allows or value in allows for allows, value in allowed)


@dataclass(frozen=True, slots=True)
class TariffCalendar:
    """The zone and the holidays by which a tariff tells the time; InvalidInput for a zone that does not exist.

    >>> TariffCalendar("Europe/Berlin").local(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)).isoformat()
    '2026-07-02T00:30:00+02:00'
    """

    zone: str = "UTC"
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        self._place()

    def local(self, moment: datetime) -> datetime:
        """A moment by the clock of the zone; InvalidInput for one that does not say its own zone."""
        if moment.tzinfo is None:
            raise InvalidInput(f"time {moment.isoformat()} has no zone; write it as {moment.isoformat()}Z")
        return moment.astimezone(self._place())

    def changes(self, moment: datetime, seconds: Iterable[int]) -> datetime:
        """The first moment after this one at which the local day has reached one of its `seconds`, or ended.

        What the clock skips in spring is reached when it jumps; what it repeats in autumn is reached twice.
        """
        here = self.local(moment)
        found = [self._at(here.date() + timedelta(days=1), 0, 0)]
        for second in seconds:
            found += [self._at(here.date(), second, fold) for fold in (0, 1)]
        turn = self._turn(moment, found[0])
        return min(each for each in [*found, turn] if each > moment)

    def _at(self, day: date, second: int, fold: int) -> datetime:
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._place())
        wall = (midnight + timedelta(seconds=second)).replace(fold=fold)
        return wall.astimezone(UTC)

    def _turn(self, after: datetime, until: datetime) -> datetime:
        """When the clock of the zone is changed in (after, until], to the second; else `until`."""
        before = self.local(after).utcoffset()
        if self.local(until).utcoffset() == before:
            return until
        low, high = int(after.timestamp()), int(until.timestamp())
        while high - low > 1:
            middle = (low + high) // 2
            changed = self.local(datetime.fromtimestamp(middle, UTC)).utcoffset() != before
            low, high = (low, middle) if changed else (middle, high)
        return datetime.fromtimestamp(high, UTC)

    def _place(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InvalidInput(f"zone {shown(self.zone)} is unknown; write one such as Europe/Berlin") from None


def second_of_day(local: datetime) -> int:
    """What the clock on the wall shows, in seconds since its midnight."""
    return local.hour * 3600 + local.minute * 60 + local.second


def _within(name: str, values: Iterable[int], allowed: range) -> None:
    for value in values:
        if value not in allowed:
            raise InvalidInput(f"{name} {value} is not between {allowed.start} and {allowed.stop - 1}")
