"""Balances as dated buckets: what is drawn first, what sessions hold, and that nothing is ever spent twice."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rating import (
    MONEY,
    FundBucket,
    InsufficientCredit,
    PrepaidFunds,
    RateGroup,
    RateRow,
    RatingDeck,
    SessionPayment,
    SessionUse,
)
from telassure.kernel.money import MICRO

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def purse(bucket_id: str, amount: int, **terms) -> FundBucket:
    return FundBucket(bucket_id, MONEY, amount, **terms)


def funds(*buckets: FundBucket) -> PrepaidFunds:
    return PrepaidFunds(buckets)


def standing(held: PrepaidFunds) -> dict[str, int]:
    return {bucket.bucket_id: bucket.amount for bucket in held.buckets}


def test_a_reservation_of_exactly_the_balance_is_granted_and_debits_it_all():
    held = funds(purse("main", 100)).reserve("call", 100, NOW, LATER)

    after, lines, missing = held.settle("call", 100, NOW)

    assert (held.free(NOW), standing(after), sum(line.amount for line in lines), missing) == (0, {"main": 0}, 100, 0)


def test_of_two_sessions_at_once_the_second_finds_no_credit():
    held = funds(purse("main", 100)).reserve("one", 100, NOW, LATER)

    with pytest.raises(InsufficientCredit):
        held.reserve("two", 1, NOW, LATER)


def test_what_a_session_did_not_use_is_free_again_at_its_end():
    after, _, _ = funds(purse("main", 100)).reserve("call", 80, NOW, LATER).settle("call", 30, NOW)

    assert (after.free(NOW), after.held) == (70, {})


def test_a_session_extends_what_it_holds():
    held = funds(purse("main", 100)).reserve("call", 30, NOW, LATER).reserve("call", 30, NOW, LATER)

    assert (held.held["call"].amount, held.free(NOW)) == (60, 40)


def test_a_reservation_that_has_expired_is_anybodys_again():
    held = funds(purse("main", 100)).reserve("lost", 100, NOW, LATER)

    assert (held.free(NOW), held.free(LATER)) == (0, 100)


def test_an_expired_bucket_is_not_drawn_and_goes():
    held = funds(purse("old", 50, expires=NOW), purse("main", 10))

    after, lines = held.expire(NOW)

    assert (held.free(NOW), standing(after), [line.amount for line in lines]) == (10, {"main": 10}, [50])


def test_an_expired_bucket_with_an_open_reservation_is_kept_and_serves_nobody_else():
    held = funds(purse("old", 50, expires=NOW + timedelta(minutes=1))).reserve("call", 20, NOW, LATER)
    afterwards = NOW + timedelta(minutes=2)

    kept, _ = held.expire(afterwards)

    assert (standing(kept), kept.free(afterwards)) == ({"old": 50}, 0)


def test_the_bucket_of_higher_priority_then_the_one_that_expires_first_is_drawn():
    held = funds(purse("main", 10), purse("soon", 10, expires=LATER), purse("gift", 10, priority=1))

    _, lines, _ = held.settle("call", 25, NOW)

    assert [(line.bucket_id, line.amount) for line in lines] == [("gift", 10), ("soon", 10), ("main", 5)]


def test_a_refund_goes_into_the_bucket_it_came_from():
    after, line = funds(purse("main", 10), purse("gift", 0)).refund("gift", 5)

    assert (standing(after), line.amount) == ({"main": 10, "gift": 5}, -5)


steps = st.lists(
    st.tuples(st.sampled_from(["reserve", "settle", "refund", "expire"]), st.sampled_from("abc"), st.integers(0, 60)),
    max_size=30,
)
opening = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 3), st.integers(1, 40)), min_size=1, max_size=4)


@given(opening, steps)
def test_no_bucket_is_overspent_and_the_lines_sum_to_the_change_of_the_balance(amounts, acts):
    buckets = [
        purse(f"b{place}", amount, priority=priority, expires=NOW + timedelta(minutes=minutes))
        for place, (amount, priority, minutes) in enumerate(amounts)
    ]
    held = PrepaidFunds((*buckets, purse("b", 50)))
    before, drawn = sum(standing(held).values()), 0

    for minute, (act, session, amount) in enumerate(acts):
        at = NOW + timedelta(minutes=minute)
        if act == "reserve":
            try:
                held = held.reserve(session, amount, at, at + timedelta(minutes=5))
            except InsufficientCredit:
                assert amount > held.free(at)
        elif act == "settle":
            held, lines, _ = held.settle(session, amount, at)
            drawn += sum(line.amount for line in lines)
        elif act == "refund":
            held, line = held.refund("b", amount)
            drawn += line.amount
        else:
            held, lines = held.expire(at)
            drawn += sum(line.amount for line in lines)

    assert before - drawn == sum(standing(held).values())
    assert min(standing(held).values()) >= 0


@given(st.lists(st.integers(0, 100), max_size=8), st.integers(0, 300))
def test_sessions_at_once_never_hold_more_than_the_balance(wanted, balance):
    held, granted = funds(purse("main", balance)), 0

    for number, amount in enumerate(wanted):
        try:
            held = held.reserve(f"s{number}", amount, NOW, LATER)
            granted += amount
        except InsufficientCredit:
            assert amount > balance - granted

    assert granted <= balance


def test_a_session_of_interims_pays_the_packages_of_their_sum():
    """SIG-P-05: not the sum of what each interim would fill."""
    deck = RatingDeck()
    deck.add([""], RateRow((RateGroup(Fraction(1), per=10, increment=10),)))
    held = funds(purse("main", 10 * MICRO)).reserve("call", 5 * MICRO, NOW, LATER)

    paid = SessionPayment([purse("main", 10 * MICRO)], deck).pay(SessionUse("", NOW, 4 + 5), ())
    after, _, _ = held.settle("call", paid.cost, NOW)

    assert (paid.cost, standing(after)) == (1 * MICRO, {"main": 9 * MICRO})


def test_units_of_a_bundle_serve_before_money_and_only_towards_its_prefixes():
    deck = RatingDeck()
    deck.add([""], RateRow((RateGroup(Fraction(1)),)))
    buckets = [FundBucket("bundle", "voice", 60, prefixes=frozenset({"49"})), purse("main", 100 * MICRO)]

    costs = [
        SessionPayment(list(buckets), deck).pay(SessionUse(towards, NOW, 70), ("voice",)).cost
        for towards in ("+4930", "+3312")
    ]

    assert costs == [10 * MICRO, 70 * MICRO]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=4), st.integers(0, 120), st.integers(1, 20))
def test_a_payment_never_overspends_and_its_cost_is_what_left_the_buckets(amounts, units, increment):
    deck = RatingDeck()
    deck.add([""], RateRow((RateGroup(Fraction(1), increment=increment),)))
    buckets = [purse(f"b{place}", amount * MICRO) for place, amount in enumerate(amounts)]

    done = SessionPayment(list(buckets), deck).pay(SessionUse("", NOW, units), ())

    assert sum(b.amount for b in buckets) - sum(b.amount for b in done.buckets) == done.cost
    assert min(bucket.amount for bucket in done.buckets) >= 0
