"""What the usage of one service costs by a price list: columns, split where the hour changes the row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.rating.price_list import PriceList
from models.rating.rate_row import RateRow
from models.rating.rated_session import SessionUse, rate_session
from models.rating.rating_deck import RatingDeck, UnauthorizedDestination
from models.rating.row_price import RowPrice
from models.rating.timing import Timing
from telassure.kernel.errors import InvalidInput
from telassure.kernel.money import MICRO, round_half_up

TIMED_SERVICES: Final = frozenset({"voice", "video"})
"""Of these a unit is a second, which passes with the clock; of all others the start of use decides."""
LONGEST_CALL: Final = 400 * 86_400
_ALWAYS: Final = Timing()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = 1_000_000
Times = NDArray[np.int64]
Places = NDArray[np.int32]
Refusals = dict[int, InvalidInput]


@dataclass(frozen=True, slots=True, eq=False)
class PricedColumn:
    """Micro-units of records of one (service, destination), and of each that has none, by its place, why.

    `zone` is the prefix that prices them, `row` the place of the row that prices each record's begin among the rows of
    that service and prefix, from 1 on, 0 where there is none.
    """

    micros: NDArray[Any]
    refused: Refusals
    zone: str
    row: Places


@dataclass(slots=True)
class UsagePrices:
    """Prices by service, destination, start (microseconds UTC) and units; the same as `rate_session` for every record.

    Records whose row holds from their begin to their end are priced together; those that the hour cuts, one by one.
    """

    prices: PriceList
    _compiled: dict[int, RowPrice] = field(default_factory=dict)

    def column(self, towards: tuple[str, str], times: Times, units: Times) -> PricedColumn:
        """The prices of records of one (service, destination). InvalidInput where none of them can have one."""
        service, destination = towards
        deck = self.prices.decks.get(service)
        prefix = deck.prefix(destination) if deck is not None else None
        if deck is None or prefix is None:
            raise UnauthorizedDestination("no row of the tariff prices this destination; add one")
        if (service, prefix) in self.prices.refused:
            raise self.prices.refused[service, prefix]
        rows = deck.rows[prefix]
        if len(rows) == 1 and rows[0].timing == _ALWAYS:
            return PricedColumn(self._of(rows[0]).column(units), {}, prefix, np.ones(len(units), np.int32))
        seconds = units if service in TIMED_SERVICES else np.zeros(len(units), np.int64)
        found = PricedColumn(np.zeros(len(times), object), {}, prefix, np.zeros(len(times), np.int32))
        self._by_hour(deck, destination, (times, units, seconds), found)  # a price may be beyond 64 bits
        return found

    def _by_hour(
        self, deck: RatingDeck, destination: str, columns: tuple[Times, Times, Times], made: PricedColumn
    ) -> None:
        times, units, seconds = columns
        found, refused, rows = made.micros, made.refused, deck.rows[made.zone]
        order = np.argsort(times, kind="stable")
        ordered, place = times[order], 0
        while place < len(order):
            try:
                row, _, changes = deck.row_at(destination, _moment(int(ordered[place])))
            except UnauthorizedDestination as lack:
                refused[int(order[place])] = lack
                place += 1
                continue
            until = (changes - _EPOCH) // timedelta(microseconds=1)
            end = max(place + 1, int(np.searchsorted(ordered, until)))
            these = order[place:end]
            made.row[these] = _number(row, rows)
            within = seconds[these] <= (until - times[these]) // _SECOND
            found[these[within]] = self._of(row).column(units[these[within]])
            for one in these[~within].tolist():
                try:
                    found[one] = _one(deck, destination, int(times[one]), int(units[one]))
                except InvalidInput as lack:
                    refused[one] = lack
            place = end

    def _of(self, row: RateRow) -> RowPrice:
        made = self._compiled.get(id(row))
        if made is None or made.row is not row:
            made = self._compiled[id(row)] = RowPrice(row)
        return made


def _one(deck: RatingDeck, destination: str, time: int, units: int) -> int:
    if units > LONGEST_CALL:
        raise InvalidInput(f"a call of more than {LONGEST_CALL:,} seconds has no price by the hour; correct its volume")
    return round_half_up(rate_session(deck, SessionUse(destination, _moment(time), units)).cost * MICRO)


def _number(row: RateRow, rows: Sequence[RateRow]) -> int:
    return next(number for number, each in enumerate(rows, start=1) if each is row)


def _moment(time: int) -> datetime:
    return _EPOCH + timedelta(microseconds=time)
