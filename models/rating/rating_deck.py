"""A deck of rate rows: which row prices a destination at a moment."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from models.rating.destination import lookups, one_notation
from models.rating.rate_row import RateRow
from models.rating.timing import TariffCalendar, second_of_day
from telassure.kernel.errors import InvalidInput


class UnauthorizedDestination(InvalidInput):
    """No row prices the destination at that moment."""


@dataclass(slots=True)
class RatingDeck:
    """Rows by destination prefix ("" holds for all), by the clock of one calendar, and a deck to ask where none holds.

    The longest prefix that has rows decides, also where none of its rows holds at the moment; then the fallback is
    asked, and without one it is an UnauthorizedDestination.
    """

    calendar: TariffCalendar = field(default_factory=TariffCalendar)
    fallback: Self | None = None
    rows: dict[str, tuple[RateRow, ...]] = field(default_factory=dict)

    def add(self, prefixes: Iterable[str], row: RateRow) -> None:
        for prefix in map(one_notation, prefixes):
            self.rows[prefix] = (*self.rows.get(prefix, ()), row)

    def row_at(self, destination: str, moment: datetime) -> tuple[RateRow, str, datetime]:
        """The row that holds, its prefix, and the next moment at which another may."""
        prefix = self.prefix(destination)
        held = self.rows.get(prefix, ()) if prefix is not None else ()
        local = self.calendar.local(moment)
        day, second = local.date(), second_of_day(local)
        holiday = day in self.calendar.holidays
        holding = [row for row in held if row.timing.holds(day, second, holiday)]
        holding = [row for row in holding if row.timing.on_holidays] or holding
        if holding and prefix is not None:
            row = max(holding, key=lambda row: (row.weight, row.timing.from_second))
            return row, prefix, self.calendar.changes(moment, {row.timing.from_second for row in held})
        if self.fallback is not None:
            return self.fallback.row_at(destination, moment)
        raise UnauthorizedDestination("no row of the tariff prices this destination at this moment; add one")

    def prefix(self, destination: str) -> str | None:
        """The longest one that has rows."""
        return next((prefix for prefix in lookups(one_notation(destination)) if prefix in self.rows), None)
