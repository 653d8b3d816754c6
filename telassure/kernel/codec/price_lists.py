"""Long lists of prices as packed columns: a rate deck of hundreds of thousands of prices is one record of a few MB."""

import zlib
from collections.abc import Sequence
from dataclasses import astuple
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import msgpack
import numpy as np

from telassure.kernel.codec.columns import pack, pack_texts, unpack, unpack_texts
from telassure.kernel.errors import UnknownSchema
from telassure.kernel.events import PLAIN_TERMS, Price, PriceTerms

VERSION: Final = 1
LONG: Final = 1_000
"""From as many prices on a list is packed; a shorter one is written price by price, as every release can read it."""

_Terms = tuple[Any, ...]  # kind, rate, per, increment; behind them, where they are not the plain ones, the terms
_HELD: Final = 2  # lists kept unpacked, so that the partitions of one process share a deck's prices


def pack_prices(prices: Sequence[Price]) -> list[list[Any]] | bytes:
    """The prices in their order: one array each, or as bytes where there are many.

    Prices on terms of their own are always bytes, which releases without such terms refuse: an array they would take
    for a price that always holds.
    """
    if len(prices) < LONG and all(p.terms == PLAIN_TERMS for p in prices):
        return [[p.service, p.prefix, p.kind, str(p.rate), p.per, p.increment] for p in prices]
    return zlib.compress(price_columns(prices))


def price_columns(prices: Sequence[Price]) -> bytes:
    """A list's content as bytes that depend on nothing else."""
    services: dict[str, int] = {}
    terms: dict[_Terms, int] = {}
    service = [services.setdefault(p.service, len(services)) for p in prices]
    term = [terms.setdefault(_terms(p), len(terms)) for p in prices]
    columns = [pack(np.array(service, np.int32)), pack(np.array(term, np.int32))]
    texts = [pack_texts(tuple(services)), pack_texts([p.prefix for p in prices])]
    packed: bytes = msgpack.packb([VERSION, *texts, list(terms), *columns])
    return packed


def unpack_prices(packed: Any) -> tuple[Price, ...]:
    """The prices again; UnknownSchema where they are not what `pack_prices` makes."""
    if isinstance(packed, bytes):
        return _unpacked(packed)
    return tuple(Price(row[0], row[1], row[2], Fraction(row[3]), *row[4:6]) for row in packed)


@lru_cache(_HELD)
def _unpacked(packed: bytes) -> tuple[Price, ...]:
    found = msgpack.unpackb(zlib.decompress(packed))
    if not isinstance(found, list) or len(found) < 6:
        raise UnknownSchema("a price list with parts missing")
    services, prefixes = unpack_texts(found[1]), unpack_texts(found[2])
    terms = [(kind, Fraction(rate), per, increment, _own(own)) for kind, rate, per, increment, *own in found[3]]
    service, term = unpack(found[4], "<i4").tolist(), unpack(found[5], "<i4").tolist()
    rows = zip(service, prefixes, term, strict=True)
    return tuple(Price(services[place], prefix, *terms[code]) for place, prefix, code in rows)


def _terms(price: Price) -> _Terms:
    plain = price.kind, str(price.rate), price.per, price.increment
    if price.terms == PLAIN_TERMS:
        return plain
    own = (str(each) if isinstance(each, Fraction) else each for each in astuple(price.terms))
    return *plain, *own


def _own(packed: Sequence[Any]) -> PriceTerms:
    if not packed:
        return PLAIN_TERMS
    start, fee, second, weekdays, month_days, months, holidays, weight, rounding, decimals, least, most = packed[:12]
    return PriceTerms(
        start,
        Fraction(fee),
        second,
        tuple(weekdays),
        tuple(month_days),
        tuple(months),
        holidays,
        weight,
        rounding,
        decimals,
        None if least is None else Fraction(least),
        None if most is None else Fraction(most),
    )
