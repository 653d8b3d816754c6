"""The prices of a tariff as it is stated, line by line, and the decks of rate rows that they make."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final, Protocol

from models.rating.destination import one_notation
from models.rating.rate_row import CostBounds, RateGroup, RateRow
from models.rating.rating_deck import RatingDeck
from models.rating.rounding import RoundingRule
from models.rating.timing import TariffCalendar, Timing
from telassure.kernel.errors import InvalidInput

FLAT: Final = "flat"
PER_UNIT: Final = "per_unit"


class StatedTerms(Protocol):
    """When a price holds, from which used unit on, and how its record is rounded and bounded."""

    @property
    def start(self) -> int: ...
    @property
    def connect_fee(self) -> Fraction: ...
    @property
    def from_second(self) -> int: ...
    @property
    def weekdays(self) -> tuple[int, ...]: ...
    @property
    def month_days(self) -> tuple[int, ...]: ...
    @property
    def months(self) -> tuple[int, ...]: ...
    @property
    def on_holidays(self) -> bool: ...
    @property
    def weight(self) -> int: ...
    @property
    def rounding(self) -> str: ...
    @property
    def decimals(self) -> int: ...
    @property
    def least(self) -> Fraction | None: ...
    @property
    def most(self) -> Fraction | None: ...


class StatedPrice(Protocol):
    """One line: `rate` a record ("flat") or for every `per` units in whole `increment`s ("per_unit")."""

    @property
    def service(self) -> str: ...
    @property
    def prefix(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def rate(self) -> Fraction: ...
    @property
    def per(self) -> int: ...
    @property
    def increment(self) -> int: ...
    @property
    def terms(self) -> StatedTerms: ...


class PriceList:
    """The decks of one tariff version, by service. Lines of one service, prefix and time make one row of rate groups.

    Lines on the same terms share their row: a deck of hundreds of thousands has few. Lines that make no sense together
    are kept as their refusal (`refused`, by service and prefix), so that usage which would need them says why it waits.
    """

    __slots__ = ("decks", "refused")

    def __init__(self, prices: Sequence[StatedPrice], calendar: TariffCalendar | None = None) -> None:
        self.decks: dict[str, RatingDeck] = {}
        self.refused: dict[tuple[str, str], InvalidInput] = {}
        shared: dict[object, tuple[RateRow, ...]] = {}
        for (service, prefix), lines in _by_destination(prices).items():
            deck = self.decks.get(service)
            if deck is None:
                deck = self.decks[service] = RatingDeck(calendar or TariffCalendar())
            terms = tuple((p.kind, *p.rate.as_integer_ratio(), p.per, p.increment, id(p.terms)) for p in lines)
            rows = shared.get(terms)
            if rows is None:
                try:
                    rows = shared[terms] = rate_rows(lines)
                except InvalidInput as refusal:
                    self.refused[service, prefix] = refusal
                    rows = ()
            deck.rows[prefix] = rows


def rate_rows(lines: Sequence[StatedPrice]) -> tuple[RateRow, ...]:
    """The rows of one service and prefix; InvalidInput where lines that hold at the same time contradict each other."""
    rows: dict[Timing, dict[int, list[StatedPrice]]] = {}
    for line in lines:
        rows.setdefault(_timing(line.terms), {}).setdefault(line.terms.weight, []).append(line)
    return tuple(_row(group, timing) for timing, by_weight in rows.items() for group in by_weight.values())


def _by_destination(prices: Iterable[StatedPrice]) -> dict[tuple[str, str], list[StatedPrice]]:
    found: dict[tuple[str, str], list[StatedPrice]] = {}
    for price in prices:
        found.setdefault((price.service, one_notation(price.prefix)), []).append(price)
    return found


def _timing(terms: StatedTerms) -> Timing:
    return Timing(
        terms.from_second,
        frozenset(terms.weekdays),
        frozenset(terms.month_days),
        frozenset(terms.months),
        terms.on_holidays,
    )


def _row(lines: Sequence[StatedPrice], timing: Timing) -> RateRow:
    ordered = sorted(lines, key=lambda line: line.terms.start)
    first = ordered[0].terms
    for line in ordered[1:]:
        if line.kind == FLAT or ordered[0].kind == FLAT:
            raise InvalidInput('a flat price has no other beside it at the same time; write kind "per_unit"')
        if line.terms.connect_fee:
            raise InvalidInput(f"connect_fee stands at start {line.terms.start}; write it where start is 0")
        if _whole_record(line.terms) != _whole_record(first):
            raise InvalidInput("rounding, decimals, min_cost and max_cost differ by start; write the same at each")
    return RateRow(
        tuple(_group(line) for line in ordered),
        timing,
        RoundingRule(first.rounding, first.decimals),
        CostBounds(first.least, first.most),
        first.weight,
        ordered[0].rate if ordered[0].kind == FLAT else Fraction(0),
    )


def _whole_record(terms: StatedTerms) -> object:
    return terms.rounding, terms.decimals, terms.least, terms.most


def _group(line: StatedPrice) -> RateGroup:
    if line.kind not in {FLAT, PER_UNIT}:
        raise InvalidInput(f'kind {line.kind!r} is not a price; write "flat" or "per_unit"')
    rate = Fraction(0) if line.kind == FLAT else line.rate
    return RateGroup(rate, line.terms.start, line.per, line.increment, line.terms.connect_fee)
