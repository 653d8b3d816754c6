"""The cost of one record or session: split where its row, hour or rate group changes, rounded once, with its trace."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from models.rating.rate_row import DISCONNECT, FREE, RateRow
from models.rating.rating_deck import RatingDeck
from models.rating.rounding import RoundingRule
from telassure.kernel.errors import InvalidInput

_MOST_SPANS: Final = 100_000


@dataclass(frozen=True, slots=True)
class SessionUse:
    """What is to be rated: `units` towards a destination from `start` on.

    Of a call (`timed`) units are seconds and pass with the clock; messages and bytes are all priced by the start.
    `before` are units that the session has used already: its later parts pay no connect fee and go on in the groups.
    A session can be `continued` without having used any.
    """

    destination: str
    start: datetime
    units: int
    timed: bool = True
    before: int = 0
    continued: bool = False

    def __post_init__(self) -> None:
        if self.units < 0 or self.before < 0:
            raise InvalidInput(f"units {self.units} or before {self.before} is negative")


@dataclass(frozen=True, slots=True)
class RatedSpan:
    """A stretch at one rate: `increments` of a group, at `each`, under the row of a prefix."""

    start: datetime
    row: RateRow
    prefix: str
    group_start: int
    increments: int
    units: int
    each: Fraction

    @property
    def cost(self) -> Fraction:
        return self.increments * self.each

    def __str__(self) -> str:
        """How the line came about, for a person."""
        towards = f"prefix {self.prefix}" if self.prefix else "any destination"
        steps = f"{self.increments} increments of {self.units // self.increments}" if self.increments else "nothing"
        return (
            f"{self.start.isoformat()} {towards}, rate group from {self.group_start}: "
            f"{steps} at {self.each} = {self.cost}"
        )


@dataclass(frozen=True, slots=True)
class RatedSession:
    """What a session costs, in major units, and how that came about line by line."""

    cost: Fraction
    exact: Fraction
    connect_fee: Fraction
    spans: tuple[RatedSpan, ...]
    trace: tuple[str, ...]


def rate_session(deck: RatingDeck, use: SessionUse, increment_rounding: RoundingRule | None = None) -> RatedSession:
    """Exact, and rounded once by the finest rounding of the rows that priced it.

    `increment_rounding` is the compatibility mode: the cost of every increment is rounded before it counts, as some
    engines do. Usage inside a rate group fills whole increments; what they reach beyond its end is paid already.
    """
    spans = _spans(deck, use, increment_rounding)
    fee = _fees(spans, use)
    exact = fee + sum((span.cost for span in spans), Fraction(0))
    trace = [str(span) for span in spans]
    if fee:
        own = spans[0].row.record_fee
        trace.insert(0, f"connect fee {fee - own}" + (f", fee of the record {own}" if own else ""))
    if not spans:
        return _unused(deck, use)
    finest = max((span.row.rounding for span in spans), key=lambda rounding: rounding.decimals)
    rounded = finest.apply(exact)
    trace.append(f"sum {exact}, rounded {finest.way} to {finest.decimals} decimals = {rounded}")
    bounded = spans[0].row.bounds.held(rounded)
    if bounded != rounded:
        trace.append(f"held to the row's bounds = {bounded}")
    return RatedSession(bounded, exact, fee, tuple(spans), tuple(trace))


def grant_units(deck: RatingDeck, use: SessionUse, money: Fraction) -> int:
    """The most units of the session, up to those asked for, that `money` pays; 0 where not even the connect fee fits.

    A row that disconnects at its greatest cost grants no more than that pays, either.
    """
    spans = _spans(deck, use, None)
    if not spans:
        return 0
    bounds = spans[0].row.bounds
    if bounds.most is not None and bounds.beyond == DISCONNECT:
        money = min(money, bounds.most)
    ceiling = bounds.most is not None and bounds.beyond == FREE and bounds.most <= money
    left = money - _fees(spans, use)
    granted = 0
    for span in spans:
        if left < 0 and not ceiling:
            return 0
        payable = span.increments if span.each <= 0 or ceiling else min(span.increments, int(left / span.each))
        granted += payable * (span.units // span.increments)
        left -= payable * span.each
        if payable < span.increments:
            break
    return min(granted, use.units)


def _spans(deck: RatingDeck, use: SessionUse, rounding: RoundingRule | None) -> list[RatedSpan]:
    found: list[RatedSpan] = []
    done = 0
    while done < use.units:
        if len(found) >= _MOST_SPANS:
            raise InvalidInput(f"the session falls into more than {_MOST_SPANS:,} spans; rate it in parts")
        moment = use.start + timedelta(seconds=done) if use.timed else use.start
        row, prefix, changes = deck.row_at(use.destination, moment)
        group, following = row.group_at(use.before + done)
        until = use.units if following is None else min(use.units, following - use.before)
        if use.timed:
            until = min(until, done + _whole_seconds(changes - moment))
        increments = -(-(until - done) // group.increment)
        each = rounding.apply(group.step()) if rounding else group.step()
        span = RatedSpan(moment, row, prefix, group.start, increments, increments * group.increment, each)
        _extend(found, span)
        done += span.units
    return found


def _extend(found: list[RatedSpan], span: RatedSpan) -> None:
    """A span that only goes on (a day boundary within one row) is one line with the one before it."""
    last = found[-1] if found else None
    if last is not None and last.row is span.row and (last.group_start, last.prefix) == (span.group_start, span.prefix):
        units, increments = last.units + span.units, last.increments + span.increments
        found[-1] = RatedSpan(last.start, last.row, last.prefix, last.group_start, increments, units, last.each)
        return
    found.append(span)


def _fees(spans: list[RatedSpan], use: SessionUse) -> Fraction:
    """Once a session, with its first unit."""
    if not spans or use.before or use.continued:
        return Fraction(0)
    return spans[0].row.record_fee + spans[0].row.groups[0].connect_fee


def _unused(deck: RatingDeck, use: SessionUse) -> RatedSession:
    """A record without usage costs what its row asks of every record: most ask nothing."""
    row, _, _ = deck.row_at(use.destination, use.start)
    if not row.record_fee or use.before or use.continued:
        return RatedSession(Fraction(0), Fraction(0), Fraction(0), (), ("no usage costs nothing",))
    cost = row.rounding.apply(row.record_fee)
    return RatedSession(cost, row.record_fee, row.record_fee, (), (f"fee of the record {row.record_fee}",))


def _whole_seconds(wait: timedelta) -> int:
    """Seconds until a change, at least the one that is under way."""
    return max(1, -(-wait // timedelta(seconds=1)))
