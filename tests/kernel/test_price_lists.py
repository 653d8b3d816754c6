"""Long price lists travel as packed columns, short ones as every release could read them."""

import zlib
from dataclasses import replace
from fractions import Fraction

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telassure.kernel.codec import decode, encode
from telassure.kernel.codec.columns import pack_texts, unpack_texts
from telassure.kernel.codec.price_lists import LONG, pack_prices, unpack_prices
from telassure.kernel.errors import UnknownSchema
from telassure.kernel.events import CatalogueChange, Price, PriceTerms, Tariff

prices = st.builds(
    Price,
    st.sampled_from(["voice", "sms", "ünits"]),
    st.text("+0123456789", max_size=15),
    st.sampled_from(["flat", "per_unit"]),
    st.fractions(0, 1_000, max_denominator=10_000),
    st.integers(1, 2**40),
    st.integers(1, 60),
)


def deck(count):
    return tuple(Price("voice", f"+{n:06}", "per_unit", Fraction(n % 7, 100), 60, 1 + n % 3) for n in range(count))


@pytest.mark.parametrize("count", [1, LONG - 1, LONG, 3 * LONG])
def test_a_tariff_comes_back_price_by_price_however_many_it_has(count):
    change = CatalogueChange((Tariff("t", 0, None, "EUR", deck(count)),))

    assert decode(*encode(change)) == change


@given(st.lists(prices, min_size=1, max_size=5))
def test_packed_prices_come_back_in_their_order(few):
    many = tuple(few) * LONG

    assert unpack_prices(pack_prices(many)) == many


def test_a_short_list_is_written_as_the_releases_before_wrote_it():
    kind, payload = encode(CatalogueChange((Tariff("t", 5, None, "EUR", deck(2)),)))

    (tariff,) = msgpack.unpackb(payload)[1][0]
    assert (kind, [tariff[0], tariff[1][:5]]) == (
        "catalogue_change",
        [
            "Tariff",
            [
                "t",
                5,
                None,
                "EUR",
                [["voice", "+000000", "per_unit", "0", 60, 1], ["voice", "+000001", "per_unit", "1/100", 60, 2]],
            ],
        ],
    )


terms = st.builds(
    PriceTerms,
    st.integers(0, 600),
    st.fractions(0, 5, max_denominator=100),
    st.integers(0, 86_399),
    st.sets(st.integers(1, 7)).map(tuple),
    months=st.sets(st.integers(1, 12)).map(tuple),
    on_holidays=st.booleans(),
    rounding=st.sampled_from(["up", "half_even"]),
    most=st.one_of(st.none(), st.fractions(0, 5, max_denominator=7)),
)


@given(st.lists(st.builds(lambda price, own: replace(price, terms=own), prices, terms), min_size=1, max_size=5))
def test_prices_on_terms_of_their_own_come_back_with_them(few):
    change = CatalogueChange((Tariff("t", 0, None, "EUR", tuple(few), "Europe/Berlin", ("2026-12-25",)),))

    assert decode(*encode(change)) == change


def test_a_release_without_terms_cannot_take_a_price_of_an_hour_for_one_that_always_holds():
    """It reads four terms of a price; five are an error to it, which stops it before anything is charged."""
    price = Price("voice", "", "flat", Fraction(1), terms=PriceTerms(from_second=64_800))

    (terms,) = msgpack.unpackb(zlib.decompress(pack_prices([price])))[3]

    assert len(terms) > 4


def test_three_hundred_thousand_prices_fit_one_message_of_a_topic():
    assert len(encode(CatalogueChange((Tariff("t", 0, None, "EUR", deck(300_000)),)))[1]) < 4 << 20


def test_bytes_that_are_no_price_list_are_refused():
    whole = Tariff("t", 0, None, "EUR", deck(LONG))
    kind, payload = encode(CatalogueChange((whole,)))

    with pytest.raises(UnknownSchema):
        decode(kind, payload[:-40] + b"x" * 40)


STATED = Price("voice", "+49", "per_unit", Fraction(9, 100), 60, 30)
# Written by the code of 084baa3, before tariffs had terms, zones and holidays.
SHORT_BEFORE = (
    "9201919192a654617269666695a1740507a34555529296a5766f696365a32b3439a87065725f756e6974a5392f3130303c1e96a3736d73a0a4"
    "666c6174a5372f3130300101"
)
LONG_BEFORE = (
    "9201919192a654617269666695a17405c0a3455552c45a789c9bc638897169597e6672eaa4b3cc2f6ef1cfd736b16418c5a378148fe2513c8a"
    "47f1281ec5a378148fe2513c8a47f180e289535614a416c597e665962cb5d4373430b0919bbcd826d304d8793fc2c20004a83c0088d969df"
)


@pytest.mark.parametrize(
    ("written", "tariff"),
    [
        (SHORT_BEFORE, Tariff("t", 5, 7, "EUR", (STATED, Price("sms", "", "flat", Fraction(7, 100))))),
        (LONG_BEFORE, Tariff("t", 5, None, "EUR", (STATED,) * LONG)),
    ],
)
def test_a_tariff_that_the_release_before_wrote_is_read(written, tariff):
    assert decode("catalogue_change", bytes.fromhex(written)) == CatalogueChange((tariff,))


def test_a_text_that_holds_what_joins_texts_comes_back_as_it_went():
    for texts in (("\0",), ("a", "b\0c"), ("", "\0", ""), ("a", "b"), ("",), ()):
        assert unpack_texts(pack_texts(texts)) == texts
