"""Money is exact and never mixes currencies."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telassure.kernel.errors import InvalidInput
from telassure.kernel.money import Money, round_half_up

MICROS = st.integers(-(10**18), 10**18)


@given(MICROS, MICROS)
def test_what_is_added_can_be_taken_away(left, right):
    assert Money(left, "EUR") + Money(right, "EUR") - Money(right, "EUR") == Money(left, "EUR")


@given(MICROS)
def test_the_text_of_an_amount_reads_back(micros):
    number, currency = str(Money(micros, "EUR")).split()
    assert Money.of(number, currency) == Money(micros, "EUR")


@pytest.mark.parametrize("text", ["0,10", "", "NaN", "1e-7", "Infinity", "one"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(InvalidInput):
        Money.of(text, "EUR")


def test_currencies_do_not_mix():
    with pytest.raises(InvalidInput, match="EUR with CHF"):
        Money(1, "EUR") + Money(1, "CHF")


@given(st.fractions())
def test_rounding_is_never_off_by_more_than_half(exact):
    assert abs(round_half_up(exact) - exact) <= Fraction(1, 2)


@given(st.integers())
def test_a_half_rounds_away_from_zero(whole):
    up = round_half_up(Fraction(2 * whole + 1, 2))
    assert up == (whole + 1 if whole >= 0 else whole)
