"""The price of usage: exact, rounded once, and the same for a column as for each of its rows."""

import json
import os
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rating import PriceBook, PriceRule, price, price_column
from telassure.kernel.errors import InvalidInput
from telassure.kernel.money import MICRO

CASES = Path(os.environ.get("TELASSURE_SHARED", Path(__file__).parents[3] / "shared")) / "oracles" / "rating_cases.json"

rates = st.fractions(min_value=-100, max_value=1_000_000_000, max_denominator=10**9)
rules = st.builds(PriceRule, st.sampled_from(["flat", "per_unit"]), rates, st.integers(1, 2**40), st.integers(1, 2**40))


@given(rules, st.lists(st.one_of(st.integers(0, 100_000), st.integers(0, 2**63 - 1)), max_size=20))
def test_a_column_is_priced_bit_for_bit_as_its_rows(rule, volumes):
    column = price_column(rule, np.array(volumes, np.int64))

    assert column.tolist() == [price(rule, volume) for volume in volumes]


def test_the_column_of_ordinary_prices_is_an_int64_column():
    column = price_column(PriceRule("per_unit", Fraction("0.09"), 60, 30), np.arange(1_000))

    assert column.dtype == np.int64


@given(rules, st.integers(0, 2**63 - 1))
def test_a_price_is_within_half_a_micro_unit_of_the_exact_fraction(rule, volume):
    units = -(-volume // rule.increment) * rule.increment
    exact = rule.rate if rule.kind == "flat" else rule.rate * units / rule.per

    assert abs(price(rule, volume) - exact * MICRO) <= Fraction(1, 2)


@pytest.mark.parametrize(("volume", "micros"), [(0, 0), (1, 90_000), (60, 90_000), (61, 180_000)])
def test_a_begun_minute_costs_the_whole_minute(volume, micros):
    assert price(PriceRule("per_unit", Fraction("0.09"), per=60, increment=60), volume) == micros


def test_half_a_micro_unit_rounds_up():
    assert price(PriceRule("per_unit", Fraction(1, 2 * MICRO)), 3) == 2


def test_a_flat_price_does_not_ask_for_the_volume():
    assert price(PriceRule("flat", Fraction("0.19")), 0) == 190_000


def test_a_negative_volume_has_no_price():
    with pytest.raises(InvalidInput, match="volume -1 is negative"):
        price(PriceRule("per_unit", Fraction(1)), -1)


def test_a_rule_without_sense_says_what_to_write():
    with pytest.raises(InvalidInput, match='write "flat" or "per_unit"'):
        PriceRule("tiered", Fraction(1))


def test_the_longest_prefix_wins_and_the_empty_one_catches_the_rest():
    book = PriceBook()
    for prefix, rate in (("", 1), ("49", 2), ("4917", 3)):
        book.add("voice", prefix, "flat", Fraction(rate))

    found = [book.find("voice", destination) for destination in ("33", "4930", "49171")]

    assert [rule.rate for rule in found if rule] == [1, 2, 3]


def test_no_price_is_found_where_no_prefix_matches():
    book = PriceBook()
    book.add("voice", "49", "flat", Fraction(1))

    assert book.find("voice", "33") is None


@pytest.mark.parametrize("prefix", ["49", "0049", "+49", "+49 (0)", "00 49"])
@pytest.mark.parametrize("destination", ["+493012", "4930123"])
def test_a_price_is_found_however_its_prefix_and_the_number_are_written(prefix, destination):
    book = PriceBook()
    book.add("voice", "", "flat", Fraction(9))
    book.add("voice", prefix, "flat", Fraction(1))

    assert book.find("voice", destination) == PriceRule("flat", Fraction(1))


def test_a_short_number_is_not_taken_for_a_country():
    book = PriceBook()
    book.add("voice", "+11", "flat", Fraction(9))
    book.add("voice", "112", "flat", Fraction(0))

    assert (book.find("voice", "112"), book.find("voice", "110")) == (PriceRule("flat", Fraction(0)), None)


@given(st.dictionaries(st.text("0123456789", min_size=1, max_size=4), st.integers(0, 9)), st.text("0123456789"))
def test_the_price_of_an_international_number_is_that_of_its_longest_prefix(prices, digits):
    book = PriceBook()
    for prefix, rate in prices.items():
        book.add("voice", "+" + prefix, "flat", Fraction(rate))

    fitting = max((prefix for prefix in prices if digits.startswith(prefix)), key=len, default=None)
    expected = None if fitting is None else PriceRule("flat", Fraction(prices[fitting]))
    assert book.find("voice", "+" + digits) == expected


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
        rule = PriceRule("per_unit", Fraction(rate["rate"]), rate["per"], rate["increment"])
        got[case["id"]] = _rounded(price(rule, case["event"]["usage"]), row)

    assert got == {case["id"]: Decimal(case["expect"]["cost"]) for case, _ in plain}
    assert set(got) == {"CGR-C1-01", "CGR-C1-02", "CGR-SM-01", "CGR-DA-01", "CGR-DM-01", "CGR-GA-01"}
