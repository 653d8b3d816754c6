"""Long price lists travel as packed columns, short ones as every release could read them."""

from fractions import Fraction

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telassure.kernel.codec import decode, encode
from telassure.kernel.codec.price_lists import LONG, pack_prices, unpack_prices
from telassure.kernel.errors import UnknownSchema
from telassure.kernel.events import CatalogueChange, Price, Tariff

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
    assert (kind, tariff) == (
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


def test_three_hundred_thousand_prices_fit_one_message_of_a_topic():
    assert len(encode(CatalogueChange((Tariff("t", 0, None, "EUR", deck(300_000)),)))[1]) < 4 << 20


def test_bytes_that_are_no_price_list_are_refused():
    whole = Tariff("t", 0, None, "EUR", deck(LONG))
    kind, payload = encode(CatalogueChange((whole,)))

    with pytest.raises(UnknownSchema):
        decode(kind, payload[:-40] + b"x" * 40)
