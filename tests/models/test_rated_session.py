"""The cost of a session: split where its row, hour or rate group changes, exact, and rounded once."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rating import (
    CostBounds,
    RateGroup,
    RateRow,
    RatingDeck,
    RoundingRule,
    SessionUse,
    TariffCalendar,
    Timing,
    UnauthorizedDestination,
    grant_units,
    rate_session,
)
from telassure.kernel.errors import InvalidInput

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
MINUTES = RateGroup(Fraction("0.60"), per=60, increment=1)
EXACT = RoundingRule("half_up", 30)


def deck(*rows: RateRow, prefix: str = "", zone: str = "UTC", holidays: frozenset[date] = frozenset()) -> RatingDeck:
    made = RatingDeck(TariffCalendar(zone, holidays))
    for row in rows:
        made.add([prefix], row)
    return made


def row(rate: str, **terms) -> RateRow:
    return RateRow((RateGroup(Fraction(rate)),), rounding=EXACT, **terms)


def cost(priced: RatingDeck, start: datetime, units: int, towards: str = "") -> Fraction:
    return rate_session(priced, SessionUse(towards, start, units)).cost


def test_a_call_over_a_change_of_hour_pays_each_part_at_its_own_rate():
    priced = deck(row("2"), row("1", timing=Timing(from_second=18 * 3600)))

    assert cost(priced, NOON.replace(hour=17, minute=59, second=30), 90) == 30 * 2 + 60


def test_a_call_over_midnight_into_the_weekend_pays_each_part_at_its_own_rate():
    priced = deck(row("2"), row("1", timing=Timing(weekdays=frozenset({6, 7})), weight=1))

    assert cost(priced, datetime(2026, 3, 6, 23, 59, 50, tzinfo=UTC), 30) == 10 * 2 + 20


@pytest.mark.parametrize(("month", "day", "rate"), [(12, 25, 5), (12, 24, 2), (1, 25, 2)])
def test_a_row_of_a_day_of_a_month_holds_on_that_day_alone(month, day, rate):
    christmas = Timing(months=frozenset({12}), month_days=frozenset({25}))

    priced = deck(row("2"), row("5", timing=christmas, weight=1))

    assert cost(priced, datetime(2026, month, day, 12, tzinfo=UTC), 1) == rate


def test_on_a_holiday_the_rows_of_holidays_hold():
    priced = deck(row("2", weight=9), row("1", timing=Timing(on_holidays=True)), holidays=frozenset({NOON.date()}))

    assert (cost(priced, NOON, 1), cost(priced, NOON + timedelta(days=1), 1)) == (1, 2)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (datetime(2026, 3, 29, 0, 59, 50, tzinfo=UTC), 10 * 2 + 10),  # 02:00 does not exist: 03:00 is past 02:30
        (datetime(2026, 10, 25, 0, 29, 50, tzinfo=UTC), 10 * 2 + 10),  # 02:30 for the first time
        (datetime(2026, 10, 25, 0, 59, 50, tzinfo=UTC), 10 + 10 * 2),  # 02:00 again: not yet 02:30
    ],
)
def test_where_the_clock_is_changed_the_wall_tells_the_hour(start, expected):
    priced = deck(row("2"), row("1", timing=Timing(from_second=2 * 3600 + 1800)), zone="Europe/Berlin")

    assert cost(priced, start, 20) == expected


def test_what_an_increment_reaches_beyond_its_rate_group_is_paid_already():
    groups = (RateGroup(Fraction(1), increment=50), RateGroup(Fraction(2), start=60, increment=1))

    rated = rate_session(deck(RateRow(groups, rounding=EXACT)), SessionUse("", NOON, 110))

    assert rated.cost == 2 * 50 + 10 * 2


def test_the_connect_fee_is_paid_with_the_first_unit_and_never_again():
    priced = deck(RateRow((RateGroup(Fraction(1), connect_fee=Fraction(5)),), rounding=EXACT))
    use = SessionUse("", NOON, 10)

    uses = (use, replace(use, units=0), replace(use, before=3), replace(use, continued=True))

    assert [rate_session(priced, each).cost for each in uses] == [15, 0, 10, 10]


@pytest.mark.parametrize(("bounds", "expected"), [(CostBounds(most=Fraction(7)), 7), (CostBounds(Fraction(20)), 20)])
def test_a_record_costs_no_less_than_its_least_and_no_more_than_its_most(bounds, expected):
    assert cost(deck(row("1", bounds=bounds)), NOON, 10) == expected


def test_a_row_that_disconnects_ends_the_session_and_caps_no_cost():
    priced = deck(row("1", bounds=CostBounds(most=Fraction(7), beyond="disconnect")))
    use = SessionUse("", NOON, 10)

    assert (rate_session(priced, use).cost, grant_units(priced, use, Fraction(100))) == (10, 7)


def test_messages_and_bytes_are_priced_by_the_hour_they_begin_in():
    priced = deck(row("2"), row("1", timing=Timing(from_second=18 * 3600)))
    use = SessionUse("", NOON.replace(hour=17, minute=59, second=59), 1_000, timed=False)

    assert rate_session(priced, use).cost == 2_000


@pytest.mark.parametrize(("towards", "expected"), [("+49900123456", 3), ("004930", 2), ("+4930", 2), ("112", 1)])
def test_the_longest_prefix_prices_a_destination_however_it_is_written(towards, expected):
    priced = RatingDeck()
    for prefix, rate in (("", "1"), ("0049", "2"), ("+49 900 123", "3")):
        priced.add([prefix], row(rate))

    assert cost(priced, NOON, 1, towards) == expected


def test_where_no_row_holds_the_fallback_prices():
    priced = RatingDeck(fallback=deck(row("7")))
    priced.add(["49"], row("1"))

    assert (cost(priced, NOON, 1, "+4930"), cost(priced, NOON, 1, "+3312")) == (1, 7)


def test_a_destination_that_no_row_prices_is_refused_and_not_named():
    priced = deck(row("1"), prefix="49")

    with pytest.raises(UnauthorizedDestination) as refusal:
        cost(priced, NOON, 1, "+33123456")

    assert "33123456" not in str(refusal.value)


def test_the_compatibility_mode_rounds_every_increment():
    priced = deck(RateRow((RateGroup(Fraction("0.05"), per=60),), rounding=RoundingRule("up", 4)))
    use = SessionUse("", NOON, 25)

    costs = [rate_session(priced, use, mode).cost for mode in (RoundingRule("half_up", 5), None)]

    assert costs == [Fraction("0.0208"), Fraction("0.0209")]


def test_the_trace_names_the_fee_each_span_and_the_rounding():
    priced = deck(RateRow((RateGroup(Fraction(1), connect_fee=Fraction(5)),), rounding=RoundingRule("up", 2)))

    assert rate_session(priced, SessionUse("", NOON, 10)).trace == (
        "connect fee 5",
        "2026-03-02T12:00:00+00:00 any destination, rate group from 0: 10 increments of 1 at 1 = 10",
        "sum 15, rounded up to 2 decimals = 15",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: TariffCalendar("Europe/Atlantis"),
        lambda: Timing(weekdays=frozenset({0})),
        lambda: RateRow((RateGroup(Fraction(1), start=5),)),
        lambda: RoundingRule("sideways"),
        lambda: CostBounds(Fraction(2), Fraction(1)),
        lambda: rate_session(deck(row("1")), SessionUse("", datetime(2026, 3, 2), 1)),
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(InvalidInput):
        wrong()


starts = st.datetimes(datetime(2026, 3, 27), datetime(2026, 4, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))
hours = st.builds(Timing, from_second=st.integers(0, 86_399), weekdays=st.sets(st.integers(1, 7)).map(frozenset))
priced_rows = st.builds(
    lambda rates, hours: RateRow(rates, hours, EXACT),
    st.builds(
        lambda one, two: (RateGroup(one, per=60), RateGroup(two, start=61, per=60)),
        *[st.fractions(0, 10, max_denominator=1_000)] * 2,
    ),
    hours,
)


@given(st.lists(priced_rows, max_size=4), starts, st.integers(0, 100_000), st.integers(0, 100_000))
def test_by_the_second_a_session_costs_exactly_what_its_parts_cost(rows, start, one, two):
    priced = deck(row("1"), *rows, zone="Europe/Berlin")
    whole = rate_session(priced, SessionUse("", start, one + two)).exact

    later = start + timedelta(seconds=one)
    parts = [SessionUse("", start, one), SessionUse("", later, two, before=one)]

    assert sum(rate_session(priced, part).exact for part in parts) == whole


@given(st.lists(priced_rows, min_size=1, max_size=4), starts, st.integers(0, 3_000))
def test_a_session_costs_what_its_seconds_cost_by_the_clock_on_the_wall(rows, start, units):
    priced = deck(row("1"), *rows, zone="Europe/Berlin")

    seconds = (
        priced.row_at("", start + timedelta(seconds=second))[0].group_at(second)[0].step() for second in range(units)
    )

    assert rate_session(priced, SessionUse("", start, units)).exact == sum(seconds)


@given(st.permutations([row("1"), row("2", weight=1), row("3", timing=Timing(3600)), row("4", timing=Timing(7200))]))
def test_the_order_of_rows_makes_no_difference(rows):
    assert cost(deck(*rows), NOON, 60) == cost(deck(row("2", weight=1)), NOON, 60)


@given(st.fractions(-1_000, 1_000), st.integers(0, 6))
def test_every_rounding_stays_within_one_step(exact, decimals):
    steps = [abs(RoundingRule(way, decimals).apply(exact) - exact) * 10**decimals for way in ("up", "down")]
    near = [abs(RoundingRule(way, decimals).apply(exact) - exact) * 10**decimals for way in ("half_up", "half_even")]

    assert max(steps) < 1
    assert max(near) <= Fraction(1, 2)
