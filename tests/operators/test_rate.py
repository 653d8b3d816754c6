"""Rate prices whole envelopes; every row must come out as the plain look-up and the exact price say."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.rating import RowPrice, rate_rows
from streams.catalogue import Catalogue
from streams.operators.charging.rate import Rate
from streams.rated_usage import RatedUsage
from telassure.kernel.events import Account, DeadLetter, Price, PriceTerms, Product, Tariff, UsageRecords
from telassure.kernel.money import Money

SERVICES = ("voice", "sms", "data")
DESTINATIONS = ("", "49", "4930", "33")
TARIFFS = (
    Tariff("t-1", 100, 200, "EUR", (Price("voice", "", "per_unit", Fraction("0.09"), 60, 60),)),
    Tariff(
        "t-1",
        200,
        None,
        "EUR",
        (
            Price("voice", "49", "per_unit", Fraction(1, 3), 7, 2),
            Price("voice", "493", "flat", Fraction("0.5")),
            Price("sms", "", "flat", Fraction("0.07")),
        ),
    ),
    Tariff("t-2", 0, None, "EUR", (Price("data", "", "per_unit", Fraction("0.01"), 1024),)),
    Tariff("t-usd", 0, None, "USD", (Price("data", "", "flat", Fraction(1)),)),
)


def catalogue():
    built = Catalogue()
    built.apply(TARIFFS)
    for number, tariff in enumerate(("t-1", "t-2", "t-usd", "t-none")):
        built.apply([Product(f"p-{number}", "", Money(0, "EUR"), tariff)])
        built.apply([Account(f"a-{number}", "c", f"p-{number}", "postpaid", Money(0, "EUR"))])
    return built


ACCOUNTS = ("a-0", "a-1", "a-2", "a-3", "a-none", "")
rows = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 3), st.integers(0, 300), st.integers(-1, 10**6)),
    min_size=1,
    max_size=30,
)


def envelope(found):
    account, service, destination, time, volume = (np.array(column, np.int64) for column in zip(*found, strict=True))
    zero = np.zeros(len(found), np.int32)
    return UsageRecords(
        feed="cdr",
        accounts=ACCOUNTS,
        subscribers=("s",),
        services=SERVICES,
        destinations=DESTINATIONS,
        switches=("m",),
        record_id=tuple(f"c-{n}" for n in range(len(found))),
        account=account.astype(np.int32),
        subscriber=zero,
        service=service.astype(np.int32),
        destination=destination.astype(np.int32),
        switch=zero,
        time=time,
        volume=volume,
        late=np.zeros(len(found), np.bool_),
    )


def plainly(row):
    """(tariff, micros) of one row by the shortest way there is, None where something is lacking."""
    account, service, destination, time, volume = row
    versions = [t for t in TARIFFS if account < 2 and t.tariff_id == f"t-{account + 1}" and t.valid_from <= time]
    fitting = [
        entry
        for entry in (versions[-1].prices if versions else ())
        if entry.service == SERVICES[service] and DESTINATIONS[destination].startswith(entry.prefix)
    ]
    if volume < 0 or not fitting:
        return None
    best = max(fitting, key=lambda entry: len(entry.prefix))
    return versions[-1].tariff_id, RowPrice(*rate_rows([best])).micros(volume)


def rate(usage):
    return list(Rate(catalogue()).step([usage], None, 0))


@given(rows)
def test_every_row_is_priced_as_a_plain_look_up_prices_it_or_is_a_dead_letter(found):
    outputs = rate(envelope(found))

    priced = {
        rated.usage.record_id[i]: (rated.tariffs[rated.tariff[i]], int(rated.micros[i]))
        for rated in outputs
        if isinstance(rated, RatedUsage)
        for i in range(len(rated))
    }
    refused = {letter.position for letter in outputs if isinstance(letter, DeadLetter)}
    expected = {f"c-{n}": plainly(row) for n, row in enumerate(found)}
    assert priced == {record: each for record, each in expected.items() if each is not None}
    assert refused == {record for record, each in expected.items() if each is None}


def reasons(*found):
    return [output.reason for output in rate(envelope(found)) if isinstance(output, DeadLetter)]


def test_each_lack_is_named_with_what_to_add():
    assert reasons((5, 0, 0, 150, 1), (4, 0, 0, 150, 1), (3, 0, 0, 150, 1), (0, 0, 0, 50, 1), (2, 2, 0, 50, 1)) == [
        "unknown subscriber; add the subscriber with its account",
        "account a-none is not in the catalogue; add the account",
        "tariff t-none of product p-3 is not in the catalogue; add the tariff",
        "tariff t-1 has no version in force at 1970-01-01T00:00:00.000050Z; add one",
        "tariff t-usd is in USD, the account in EUR; give both one currency",
    ]


def test_a_volume_and_a_price_beyond_reason_are_refused():
    largest = 2**48

    assert [reason.split(";")[0] for reason in reasons((1, 2, 0, 0, largest + 1), (0, 0, 0, 150, largest))] == [
        "volume exceeds 281,474,976,710,656",
        "the price exceeds 70,368,744 EUR",
    ]


def test_a_refused_row_is_the_same_letter_in_whatever_envelope_it_comes():
    alone = rate(envelope([(5, 0, 1, 150, 1)]))
    among = rate(envelope([(5, 0, 1, 150, 1), (0, 0, 1, 250, 1), (1, 2, 2, 0, 1)]))

    assert [letter for letter in among if isinstance(letter, DeadLetter)] == alone


DAY = 86_400_000_000
MAY = 1_778_371_200_000_000  # 2026-05-10T00:00:00Z


def test_a_promotion_shadows_its_base_which_holds_again_when_it_has_ended():
    base = Tariff("t", 0, None, "EUR", (Price("voice", "", "flat", Fraction("0.10")),))
    promotion = Tariff("t", MAY, MAY + 3 * DAY, "EUR", (Price("voice", "", "flat", Fraction("0.01")),))
    built = Catalogue()
    built.apply([promotion, base])
    built.apply([Product("p", "", Money(0, "EUR"), "t"), Account("a-0", "c", "p", "postpaid", Money(0, "EUR"))])
    calls = envelope([(0, 0, 1, MAY + day * DAY, 1) for day in (-1, 0, 2, 3, 30)])

    (rated,) = Rate(built).step([calls], None, 0)

    assert rated.micros.tolist() == [100_000, 10_000, 10_000, 100_000, 100_000]


windows = st.lists(
    st.tuples(st.integers(0, 40), st.one_of(st.none(), st.integers(1, 20))),
    min_size=1,
    max_size=6,
    unique_by=lambda w: w[0],
)


@given(windows, st.lists(st.integers(0, 70), min_size=1, max_size=20))
def test_the_version_of_every_row_is_the_one_the_catalogue_says_is_in_force(windows, times):
    built = Catalogue()
    built.apply([Product("p", "", Money(0, "EUR"), "t"), Account("a-0", "c", "p", "postpaid", Money(0, "EUR"))])
    built.apply(
        Tariff(
            "t",
            start,
            None if length is None else start + length,
            "EUR",
            (Price("voice", "", "flat", Fraction(start)),),
        )
        for start, length in windows
    )

    outputs = list(Rate(built).step([envelope([(0, 0, 1, time, 1) for time in times])], None, 0))

    priced = {
        r.usage.record_id[i]: int(r.micros[i]) for r in outputs if isinstance(r, RatedUsage) for i in range(len(r))
    }
    in_force = {f"c-{n}": built.tariff("t", time) for n, time in enumerate(times)}
    assert priced == {record: tariff.valid_from * 1_000_000 for record, tariff in in_force.items() if tariff}


def test_usage_is_charged_by_the_hour_of_its_tariff_and_its_zone():
    """0.10 a second by day, from 18:00 in Berlin 0.01; holidays are free. A message has one price, by its start."""
    prices = (
        Price("voice", "", "per_unit", Fraction("0.10")),
        Price("voice", "", "per_unit", Fraction("0.01"), terms=PriceTerms(from_second=18 * 3600)),
        Price("voice", "", "per_unit", Fraction(0), terms=PriceTerms(on_holidays=True)),
        Price("sms", "", "flat", Fraction("0.07")),
        Price("sms", "", "flat", Fraction("0.02"), terms=PriceTerms(from_second=18 * 3600)),
    )
    built = Catalogue()
    built.apply([Tariff("t", 0, None, "EUR", prices, "Europe/Berlin", ("2026-05-14",))])
    built.apply([Product("p", "", Money(0, "EUR"), "t"), Account("a-0", "c", "p", "postpaid", Money(0, "EUR"))])
    evening = MAY + 16 * 3_600_000_000
    calls = [
        (0, 0, 1, MAY, 10),
        (0, 0, 1, evening - 4_000_000, 10),
        (0, 0, 1, evening, 10),
        (0, 0, 1, MAY + 4 * DAY, 10),
    ]

    (rated,) = Rate(built).step([envelope([*calls, (0, 1, 1, evening - 1, 1), (0, 1, 1, evening, 1)])], None, 0)

    assert rated.micros.tolist() == [1_000_000, 460_000, 100_000, 0, 70_000, 20_000]


def test_usage_at_an_hour_without_price_waits_alone_and_says_when():
    built = Catalogue()
    night = (Price("voice", "", "flat", Fraction(1), terms=PriceTerms(from_second=18 * 3600)),)
    built.apply([Tariff("t", 0, None, "EUR", night)])
    built.apply([Product("p", "", Money(0, "EUR"), "t"), Account("a-0", "c", "p", "postpaid", Money(0, "EUR"))])

    letter, rated = Rate(built).step([envelope([(0, 0, 1, MAY, 1), (0, 0, 1, MAY + 19 * 3_600_000_000, 1)])], None, 0)

    assert (rated.micros.tolist(), letter.reason) == (
        [1_000_000],
        "tariff t from 1970-01-01T00:00:00Z has no price for service voice towards 49 at 2026-05-10T00:00:00Z; add one",
    )


def plan(product, since=None):
    return Account("a-0", "c", product, "postpaid", Money(0, "EUR"), since)


def flat(tariff, rate):
    return Tariff(tariff, 0, None, "EUR", (Price("voice", "", "flat", Fraction(rate)),))


def charged(entries, *times):
    built = Catalogue()
    built.apply(entries)
    outputs = list(Rate(built).step([envelope([(0, 0, 1, time, 1) for time in times])], None, 0))
    return [
        (int(rated.usage.time[i]), int(rated.micros[i]) // 1_000_000)
        for rated in outputs
        if isinstance(rated, RatedUsage)
        for i in range(len(rated))
    ], [letter.reason for letter in outputs if isinstance(letter, DeadLetter)]


OLD, NEW = Product("old", "", Money(0, "EUR"), "cheap"), Product("new", "", Money(0, "EUR"), "dear")


def test_a_late_call_is_priced_by_the_plan_that_its_account_was_on():
    entries = [flat("cheap", 1), flat("dear", 5), OLD, NEW, plan("old"), plan("new", 100)]

    assert charged(entries, 99, 100, 5) == ([(99, 1), (100, 5), (5, 1)], [])


def test_a_call_is_priced_by_the_tariff_that_its_product_had_at_its_time():
    entries = [flat("cheap", 1), flat("dear", 5), OLD, Product("old", "", Money(0, "EUR"), "dear", 100), plan("old")]

    assert charged(entries, 99, 100) == ([(99, 1), (100, 5)], [])


def test_usage_from_before_an_account_or_its_product_began_waits_and_says_so():
    late = Product("new", "", Money(0, "EUR"), "dear", 100)
    entries = [flat("dear", 5), late, plan("new", 50)]

    assert charged(entries, 10, 60, 100) == (
        [(100, 5)],
        [
            "account a-0 begins later; add the account with an earlier valid_from",
            "product new of account a-0 begins later; add it with an earlier valid_from",
        ],
    )


moves = st.dictionaries(st.integers(0, 20), st.integers(0, 3), min_size=1, max_size=5)


@given(moves, st.lists(moves, min_size=4, max_size=4), st.lists(st.integers(0, 30), min_size=1, max_size=20), st.data())
def test_every_call_is_priced_by_what_held_at_its_time_in_whatever_order_it_was_stated(plans, tariffs, times, data):
    entries = [
        *(plan(f"p-{product}", since) for since, product in plans.items()),
        *(
            Product(f"p-{number}", "", Money(0, "EUR"), f"t-{tariff}", since)
            for number, links in enumerate(tariffs)
            for since, tariff in links.items()
        ),
    ]
    order = data.draw(st.permutations(entries))

    def begun(links, time):
        return links[max(since for since in links if since <= time)] if min(links) <= time else None

    products = {time: begun(plans, time) for time in times}
    expected = {
        (time, begun(tariffs[product], time))
        for time, product in products.items()
        if product is not None and begun(tariffs[product], time) is not None
    }
    assert set(charged([*(flat(f"t-{n}", n) for n in range(4)), *order], *times)[0]) == expected
