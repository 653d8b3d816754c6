"""Tiers, packages and blocks: what a quantity of a period costs, however it arrives."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rating import PriceTier, TieredPrice
from telassure.kernel.errors import InvalidInput


def tiers(*each: tuple[int | None, int, int]) -> tuple[PriceTier, ...]:
    return tuple(
        PriceTier(None if end is None else Fraction(end), Fraction(flat), Fraction(unit)) for end, flat, unit in each
    )


BY_UNITS = tiers((10, 2, 10), (20, 3, 5), (None, 3, 1))
BLOCKS = (
    PriceTier(size=Fraction(100), unit=Fraction(10), most=5),
    PriceTier(size=Fraction(1000), unit=Fraction(50), most=2),
    PriceTier(size=Fraction(1000), unit=Fraction(40)),
)


@pytest.mark.parametrize(
    ("model", "quantity", "expected"),
    [
        ("graduated", 0, 2),
        ("graduated", 10, 102),
        ("graduated", 12, 115),
        ("graduated", 21, 159),
        ("volume", 0, 2),
        ("volume", 10, 102),
        ("volume", 11, 58),
        ("volume", 21, 24),
    ],
)
def test_tiers_by_units(model, quantity, expected):
    assert TieredPrice(model, BY_UNITS).cost(Fraction(quantity))[0] == expected


@pytest.mark.parametrize(
    ("model", "quantity", "expected"),
    [
        ("blocks_all_tiers", 0, 0),
        ("blocks_all_tiers", 1, 10),
        ("blocks_all_tiers", 500, 50),
        ("blocks_all_tiers", 501, 100),
        ("blocks_all_tiers", 2_501, 190),
        ("blocks_top_tier", 500, 50),
        ("blocks_top_tier", 730, 50),
        ("blocks_top_tier", 2_501, 120),
    ],
)
def test_begun_blocks_of_all_tiers_or_the_top_one(model, quantity, expected):
    assert TieredPrice(model, BLOCKS).cost(Fraction(quantity))[0] == expected


@pytest.mark.parametrize(("quantity", "expected"), [(0, 0), (10, 0), (11, 100), (121, 1_200)])
def test_a_package_counts_what_is_beyond_the_free_units(quantity, expected):
    package = TieredPrice("package", (PriceTier(size=Fraction(10), unit=Fraction(100)),), free=Fraction(10))

    assert package.cost(Fraction(quantity))[0] == expected


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: TieredPrice("staircase", BY_UNITS),
        lambda: TieredPrice("graduated", ()),
        lambda: TieredPrice("volume", tiers((20, 0, 1), (10, 0, 1))),
        lambda: TieredPrice("graduated", tiers((None, 0, 1), (10, 0, 1))),
        lambda: TieredPrice("graduated", tiers((10, 0, 1))).cost(Fraction(11)),
        lambda: PriceTier(size=Fraction(0)),
    ],
)
def test_tiers_that_make_no_sense_are_refused(wrong):
    with pytest.raises(InvalidInput):
        wrong()


@given(
    st.sampled_from(["graduated", "volume", "blocks_all_tiers", "blocks_top_tier"]),
    st.lists(st.integers(1, 1_000), min_size=1, max_size=6),
)
def test_a_period_costs_the_same_however_its_usage_arrives(model, parts):
    price = TieredPrice(model, BLOCKS if model.startswith("blocks") else BY_UNITS)

    before = [sum(parts[:place]) for place in range(len(parts))]
    paid = sum(price.cost(Fraction(part), Fraction(earlier))[0] for part, earlier in zip(parts, before, strict=True))

    assert paid == price.cost(Fraction(sum(parts)))[0]
