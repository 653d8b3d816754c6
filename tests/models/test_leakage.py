"""The verdict of a billing control, and what missing usage is worth."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.leakage import Tolerance, billing_verdict, value_of_missing

TOLERANCE = Tolerance(10_000, Fraction("0.005"))
amounts = st.integers(0, 10**15)


@pytest.mark.parametrize(
    ("rated", "billed", "lines", "verdict"),
    [
        (1_000_000, 1_000_000, 1, ""),
        (1_000_000, 0, 0, "unbilled_usage"),
        (1_000_000, 700_000, 1, "under_billed"),
        (1_000_000, 1_300_000, 1, "over_billed"),
        (0, 1_300_000, 1, "over_billed"),
        (10_000, 0, 0, ""),
        (10_001, 0, 0, "unbilled_usage"),
        (10_000_000, 9_950_000, 1, ""),
        (10_000_000, 9_949_999, 1, "under_billed"),
    ],
)
def test_the_verdict_names_the_control_that_speaks(rated, billed, lines, verdict):
    assert billing_verdict(rated, billed, lines, TOLERANCE) == verdict


@given(amounts, amounts)
def test_a_gap_is_leakage_only_beyond_both_tolerances(rated, billed):
    beyond = abs(rated - billed) > 10_000 and abs(rated - billed) * 200 > rated

    assert bool(billing_verdict(rated, billed, 1, TOLERANCE)) == beyond


@given(st.integers(0, 10**12), st.integers(1, 10**12), st.integers(0, 10**15))
def test_missing_usage_is_worth_its_share_of_what_was_measured(missing, measured, micros):
    assert abs(value_of_missing(missing, measured, micros) - Fraction(micros * missing, measured)) <= Fraction(1, 2)


def test_missing_usage_without_a_known_price_is_worth_nothing():
    assert value_of_missing(100, 0, 0) == 0
