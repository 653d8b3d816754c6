"""A session paid from an account's buckets: units first where some serve, money for the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from typing import Final

from models.rating.buckets import MONEY, FundBucket, draw, in_order, worth
from models.rating.rated_session import RatedSpan, SessionUse, rate_session
from models.rating.rating_deck import RatingDeck
from models.rating.rounding import RoundingRule
from telassure.kernel.money import MICRO, round_half_up

DEFAULT_BUCKET: Final = FundBucket("default", MONEY, 0)


@dataclass(frozen=True, slots=True)
class FundedSession:
    """What a session took: the buckets after it, its cost in micro-units, the units that nothing paid for.

    `owed` is a connect fee that no bucket covered: it makes the account's default bucket negative.
    """

    buckets: tuple[FundBucket, ...]
    cost: int
    owed: int
    unpaid_units: int
    trace: tuple[str, ...]


@dataclass(slots=True)
class SessionPayment:
    """Pays for one session of `kind` from `buckets`, by `deck`; `unit_decks` price the units of buckets with their own.

    An increment is paid whole: from the first bucket that covers it alone, else from several together. Units serve
    before money, each bucket in whole increments of its own. The connect fee is that of whoever serves the first unit.
    """

    buckets: list[FundBucket]
    deck: RatingDeck
    unit_decks: Mapping[str, RatingDeck] = field(default_factory=dict)
    increment_rounding: RoundingRule | None = None
    cost: int = 0
    owed: int = 0
    trace: list[str] = field(default_factory=list)

    def pay(self, use: SessionUse, kinds: Sequence[str]) -> FundedSession:
        """As far as the buckets reach; what they do not cover is `unpaid_units`."""
        done = self._by_units(use, kinds)
        if done < use.units:
            done += self._by_money(_rest(use, done))
        unpaid = max(0, use.units - done)
        if unpaid:
            self.trace.append(f"{unpaid} units are covered by no bucket")
        return FundedSession(tuple(self.buckets), self.cost, self.owed, unpaid, tuple(self.trace))

    def _by_units(self, use: SessionUse, kinds: Sequence[str]) -> int:
        done = 0
        for kind in kinds:
            for place in in_order(self.buckets, kind, use.destination, use.start):
                if done >= use.units:
                    break
                done += self._from_bucket(place, _rest(use, done))
        return done

    def _from_bucket(self, place: int, use: SessionUse) -> int:
        bucket = self.buckets[place]
        deck = self.unit_decks.get(bucket.bucket_id)
        if deck is None:
            return self._increments(place, use, bucket.increment, bucket.cost, -(-use.units // bucket.increment))
        rated = rate_session(deck, use, self.increment_rounding)
        if rated.connect_fee and bucket.amount >= rated.spans[0].units // rated.spans[0].increments:
            self._fee(rated.connect_fee, use)
        done = 0
        for span in rated.spans:
            taken = self._increments(place, use, span.units // span.increments, _micros(span.each), span.increments)
            done += taken
            if taken < span.units:
                break
        return done

    def _increments(self, place: int, use: SessionUse, increment: int, each: int, most: int) -> int:
        """So many whole increments of a bucket of units as it holds and money pays for; the units of them."""
        bucket = self.buckets[place]
        count = min(most, max(bucket.amount, 0) // increment)
        if each:
            count = min(count, worth(self.buckets, self._purses(use)) // each)
        if count <= 0:
            return 0
        self.buckets[place] = replace(bucket, amount=bucket.amount - count * increment)
        self.trace.append(f"bucket {bucket.bucket_id}: {count} increments of {increment} units at {each} micro-units")
        if each:
            self.buckets, _, _ = draw(self.buckets, self._purses(use), count * each)
            self.cost += count * each
        return count * increment

    def _by_money(self, use: SessionUse) -> int:
        rated = rate_session(self.deck, use, self.increment_rounding)
        if rated.connect_fee:
            self._fee(rated.connect_fee, use)
        done = 0
        for span in rated.spans:
            paid = self._span(span, use)
            done += paid * (span.units // span.increments)
            if paid < span.increments:
                break
        return done

    def _span(self, span: RatedSpan, use: SessionUse) -> int:
        """The increments of the span that money pays for."""
        each, left = _micros(span.each), span.increments
        if each <= 0:
            return left
        while left:
            purses = self._purses(use)
            alone = next((place for place in purses if self.buckets[place].amount >= each), None)
            if alone is None and worth(self.buckets, purses) < each:
                break
            count = 1 if alone is None else min(left, self.buckets[alone].amount // each)
            self.buckets, lines, _ = draw(self.buckets, purses if alone is None else [alone], count * each)
            self.cost += count * each
            left -= count
            names = ", ".join(line.bucket_id for line in lines)
            self.trace.append(f"bucket {names}: {count} increments of the rate group from {span.group_start} at {each}")
        return span.increments - left

    def _fee(self, fee: Fraction, use: SessionUse) -> None:
        """From the money there is; the account owes the rest."""
        amount = _micros(fee)
        self.buckets, _, missing = draw(self.buckets, self._purses(use), amount)
        self.cost += amount
        self.owed += missing
        self.trace.append(f"connect fee of {amount} micro-units, {missing} of it owed")

    def _purses(self, use: SessionUse) -> list[int]:
        return in_order(self.buckets, MONEY, use.destination, use.start)


def _rest(use: SessionUse, done: int) -> SessionUse:
    """What remains of a use once so many units are paid."""
    start = use.start + timedelta(seconds=done) if use.timed else use.start
    return replace(use, start=start, units=use.units - done, before=use.before + done)


def _micros(amount: Fraction) -> int:
    return round_half_up(amount * MICRO)
