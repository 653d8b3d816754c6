"""The price of usage: exact, rounded once, and the same for a column as for each of its rows."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rating import (
    PriceList,
    RateRow,
    RatingDeck,
    RowPrice,
    SessionUse,
    TariffCalendar,
    UnauthorizedDestination,
    UsagePrices,
    rate_rows,
    rate_session,
)
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import PLAIN_TERMS, Price, PriceTerms
from telassure.kernel.instant import DAY, HOUR
from telassure.kernel.money import MICRO, round_half_up

CASES = Path(os.environ.get("TELASSURE_SHARED", Path(__file__).parents[3] / "shared")) / "oracles" / "rating_cases.json"

rates = st.fractions(min_value=-100, max_value=1_000_000_000, max_denominator=10**9)
units = st.one_of(st.integers(0, 100_000), st.integers(0, 2**63 - 1))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MARCH = 1_774_137_600_000_000  # 2026-03-22T00:00:00Z: the clock is changed a week later
NO_TIME = np.zeros(1, np.int64)


def rule(kind: str, rate: Fraction, per: int = 1, increment: int = 1, terms: PriceTerms = PLAIN_TERMS) -> RowPrice:
    (row,) = rate_rows((Price("voice", "", kind, rate, per, increment, terms),))
    return RowPrice(row)


rules = st.builds(rule, st.sampled_from(["flat", "per_unit"]), rates, st.integers(1, 2**40), st.integers(1, 2**40))


@given(rules, st.lists(units, max_size=20))
def test_a_column_is_priced_bit_for_bit_as_its_rows(priced, volumes):
    assert priced.column(np.array(volumes, np.int64)).tolist() == [priced.micros(volume) for volume in volumes]


def test_the_column_of_ordinary_prices_is_an_int64_column():
    column = rule("per_unit", Fraction("0.09"), 60, 30).column(np.arange(1_000))

    assert column.dtype == np.int64


@given(st.sampled_from(["flat", "per_unit"]), rates, st.integers(1, 2**40), st.integers(1, 2**40), units)
def test_a_price_is_within_half_a_micro_unit_of_the_exact_fraction(kind, rate, per, increment, volume):
    whole = -(-volume // increment) * increment
    exact = rate if kind == "flat" else rate * whole / per

    assert abs(rule(kind, rate, per, increment).micros(volume) - exact * MICRO) <= Fraction(1, 2)


@pytest.mark.parametrize(("volume", "micros"), [(0, 0), (1, 90_000), (60, 90_000), (61, 180_000)])
def test_a_begun_minute_costs_the_whole_minute(volume, micros):
    assert rule("per_unit", Fraction("0.09"), per=60, increment=60).micros(volume) == micros


def test_half_a_micro_unit_rounds_up():
    assert rule("per_unit", Fraction(1, 2 * MICRO)).micros(3) == 2


def test_a_flat_price_does_not_ask_for_the_volume():
    assert rule("flat", Fraction("0.19")).micros(0) == 190_000


def test_a_negative_volume_has_no_price():
    with pytest.raises(InvalidInput, match="volume -1 is negative"):
        rule("per_unit", Fraction(1)).micros(-1)


def test_a_rule_without_sense_says_what_to_write():
    with pytest.raises(InvalidInput, match='write "flat" or "per_unit"'):
        rule("tiered", Fraction(1))


bounds = st.one_of(st.none(), st.fractions(0, 50, max_denominator=1_000))
groups = st.lists(
    st.tuples(st.integers(0, 500), st.fractions(-5, 5, max_denominator=100), st.integers(1, 90), st.integers(1, 90)),
    max_size=4,
    unique_by=lambda group: group[0],
)


@st.composite
def rows(draw) -> RateRow:
    way = draw(st.sampled_from(["up", "down", "half_up", "half_even"]))
    decimals, fee, most = draw(st.integers(0, 9)), draw(st.fractions(0, 3, max_denominator=100)), draw(bounds)
    lines = [(0, Fraction(1, 3), 60, 30), *(group for group in draw(groups) if group[0])]
    return rate_rows(
        [
            Price("voice", "", "per_unit", rate, per, increment, terms)
            for start, rate, per, increment in lines
            for terms in (PriceTerms(start, Fraction(0) if start else fee, rounding=way, decimals=decimals, most=most),)
        ]
    )[0]


@given(rows(), st.lists(st.integers(0, 2_000), min_size=1, max_size=20))
def test_a_column_of_a_row_is_priced_as_the_sessions_of_its_records(row, volumes):
    deck = RatingDeck(rows={"": (row,)})
    start = datetime(2026, 3, 1, 23, 50, tzinfo=UTC)

    one_by_one = [round_half_up(rate_session(deck, SessionUse("", start, units)).cost * MICRO) for units in volumes]

    assert RowPrice(row).column(np.array(volumes)).tolist() == one_by_one


hours = st.integers(0, 23).map(lambda hour: hour * 3600)
timings = st.builds(
    PriceTerms,
    from_second=hours,
    weekdays=st.sets(st.integers(1, 7)).map(tuple),
    weight=st.integers(0, 2),
).filter(lambda terms: terms != PriceTerms())  # that is the price which always holds, beside these


@given(
    st.lists(st.tuples(timings, st.integers(0, 9)), min_size=1, max_size=5, unique_by=lambda each: each[0]),
    st.lists(st.tuples(st.integers(0, 14 * DAY), st.integers(0, 100_000)), min_size=1, max_size=12),
    st.sampled_from(["voice", "data"]),
)
def test_a_column_whose_row_hangs_on_the_hour_is_priced_as_its_sessions(lines, uses, service):
    stated = [Price(service, "", "per_unit", Fraction(rate), 60, 7, terms) for terms, rate in lines]
    listed = PriceList([*stated, Price(service, "", "per_unit", Fraction(1))], TariffCalendar("Europe/Berlin"))
    starts = MARCH + np.array([start for start, _ in uses])
    used = np.array([units for _, units in uses])

    made = UsagePrices(listed).column((service, "33"), starts, used)
    found, refused = made.micros, made.refused

    moments = [EPOCH + timedelta(microseconds=int(start)) for start in starts]
    one_by_one = [
        rate_session(listed.decks[service], SessionUse("33", moment, units, service == "voice")).cost * MICRO
        for moment, (_, units) in zip(moments, uses, strict=True)
    ]
    assert (found.tolist(), refused) == ([round_half_up(each) for each in one_by_one], {})


def test_a_call_at_an_hour_without_price_is_refused_alone():
    evening = Price("voice", "", "flat", Fraction(1), terms=PriceTerms(from_second=18 * 3600))
    noon, night = MARCH + 12 * HOUR, MARCH + 20 * HOUR

    made = UsagePrices(PriceList([evening])).column(("voice", "33"), np.array([night, noon]), np.ones(2, int))
    found, refused = made.micros, made.refused

    assert (int(found[0]), list(refused)) == (1_000_000, [1])


def test_prices_of_one_row_that_disagree_refuse_the_usage_that_needs_them_alone():
    lines = [
        Price("voice", "49", "per_unit", Fraction(1)),
        Price("voice", "49", "per_unit", Fraction(2), terms=PriceTerms(start=60, decimals=2)),
        Price("voice", "", "flat", Fraction(1)),
    ]
    prices = UsagePrices(PriceList(lines))

    with pytest.raises(InvalidInput, match="write the same at each"):
        prices.column(("voice", "4930"), NO_TIME, NO_TIME)
    assert flat(lines, "33") == 1


def flat(lines: Sequence[Price], destination: str) -> Fraction | None:
    """What a record towards a destination costs, None where it has no price."""
    try:
        column = UsagePrices(PriceList(lines)).column(("voice", destination), NO_TIME, NO_TIME).micros
    except UnauthorizedDestination:
        return None
    return Fraction(int(column[0]), MICRO)


def priced(**rates: int) -> list[Price]:
    return [
        Price("voice", prefix.removeprefix("p").replace("_", "+"), "flat", Fraction(rate))
        for prefix, rate in rates.items()
    ]


def test_the_longest_prefix_wins_and_the_empty_one_catches_the_rest():
    lines = priced(p=1, p49=2, p4917=3)

    assert [flat(lines, destination) for destination in ("33", "4930", "49171")] == [1, 2, 3]


def test_no_price_is_found_where_no_prefix_matches():
    assert flat(priced(p49=1), "33") is None


@pytest.mark.parametrize("prefix", ["49", "0049", "+49", "+49 (0)", "00 49"])
@pytest.mark.parametrize("destination", ["+493012", "4930123"])
def test_a_price_is_found_however_its_prefix_and_the_number_are_written(prefix, destination):
    lines = [Price("voice", "", "flat", Fraction(9)), Price("voice", prefix, "flat", Fraction(1))]

    assert flat(lines, destination) == 1


def test_a_short_number_is_not_taken_for_a_country():
    lines = priced(p_11=9, p112=0)

    assert (flat(lines, "112"), flat(lines, "110")) == (0, None)


@given(st.dictionaries(st.text("0123456789", min_size=1, max_size=4), st.integers(0, 9)), st.text("0123456789"))
def test_the_price_of_an_international_number_is_that_of_its_longest_prefix(prices, digits):
    fitting = max((prefix for prefix in prices if digits.startswith(prefix)), key=len, default=None)

    found = flat(
        [Price("voice", "+" + prefix, "flat", Fraction(rate)) for prefix, rate in prices.items()], "+" + digits
    )

    assert found == (None if fitting is None else prices[fitting])


def _plain_rate(case: dict[str, Any], tariffs: dict[str, Any]) -> dict[str, Any] | None:
    """The row of a case that needs no time of day, tier, connect fee, cap or fallback; None for the others."""
    rows = tariffs[case["tariff"]].get("rows", []) if case["tariff"] else []
    matching = [
        (len(prefix), row)
        for row in rows
        for prefix in row["prefixes"]
        if case["event"].get("destination", "").startswith(prefix)
    ]
    longest = [row for length, row in matching if length == max(length for length, _ in matching)]
    if not case["group"].startswith("rating") or len(longest) != 1 or "cost" not in case["expect"]:
        return None
    row = longest[0]
    plain = len(row["rates"]) == 1 and Decimal(row["rates"][0]["connect_fee"]) == 0 and row["max_cost"] is None
    always = not (row["weekdays"] or row["months"] or row["month_days"]) and row["from_time"] == "00:00:00"
    return row if plain and always else None


def _rounded(micros: int, row: dict[str, Any]) -> Decimal:
    """A case shows its total with the decimals of its own presentation."""
    way = ROUND_CEILING if row["rounding"] == "up" else ROUND_HALF_UP
    return (Decimal(micros) / MICRO).quantize(Decimal(1).scaleb(-min(row["decimals"], 6)), way)


@pytest.mark.corpora
@pytest.mark.skipif(
    not CASES.exists(), reason="set TELASSURE_SHARED to the folder that holds oracles/rating_cases.json"
)
def test_the_third_party_cases_of_plain_tariffs_come_out_as_written():
    document = json.loads(CASES.read_text())
    plain = [(case, row) for case in document["cases"] if (row := _plain_rate(case, document["tariffs"]))]

    got = {}
    for case, row in plain:
        rate = row["rates"][0]
        by_unit = rule("per_unit", Fraction(rate["rate"]), rate["per"], rate["increment"])
        got[case["id"]] = _rounded(by_unit.micros(case["event"]["usage"]), row)

    assert got == {case["id"]: Decimal(case["expect"]["cost"]) for case, _ in plain}
    assert set(got) == {"CGR-C1-01", "CGR-C1-02", "CGR-SM-01", "CGR-DA-01", "CGR-DM-01", "CGR-GA-01"}
