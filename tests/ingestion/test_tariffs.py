"""Tariffs from outside: a version whole or not at all, prefixes in one notation, and the line of every bad price."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.terms import Terms
from ingestion.kinds.catalogue import entries
from ingestion.kinds.dependencies import cycles
from ingestion.sources.files.catalogue_lines import json_line, toml_line

WHO = Pseudonymiser(bytes(16))


def price(prefix="", rate="0.10", **more):
    return {"service": "voice", "prefix": prefix, "kind": "per_unit", "rate": rate, **more}


def read(*prices):
    tariff = {"tariff_id": "t", "valid_from": "2026-01-01", "currency": "EUR", "prices": list(prices)}
    good, bad, _ = entries({"tariffs": [tariff]}, Terms("test"), WHO)
    return [p for each in good for p in each.entry.prices], [(row.part, row.reason) for row in bad]


def test_the_prices_of_one_prefix_that_hold_at_other_hours_and_from_other_units_are_kept_apart():
    good, bad = read(
        price("49"),
        price("49", start=60),
        price("49", from_time="18:00", weekdays="1-5"),
        price("49", weekdays=[6, 7], connect_fee="0.05", rounding="up", decimals=2, max_cost="3"),
    )

    kept = {(p.terms.start, p.terms.from_second, p.terms.weekdays, p.terms.most) for p in good}
    assert (kept, bad) == (
        {(0, 0, (), None), (60, 0, (), None), (0, 64_800, (1, 2, 3, 4, 5), None), (0, 0, (6, 7), 3)},
        [],
    )


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ({"from_time": "25:00"}, 'from_time "25:00" is not an hour of the day; write 18:00'),
        ({"weekdays": [0]}, 'weekdays "0" is not from 1 to 7'),
        ({"months": "11-13"}, 'months "11-13" is not from 1 to 12'),
        ({"rounding": "upwards"}, "rounding"),
        ({"decimals": 13}, "decimals 13 is above 12"),
        ({"connect_fee": 0.5}, "connect_fee 0.5 is not exact; write it as text"),
        ({"min_cost": "2", "max_cost": "1"}, "min_cost is above max_cost"),
        ({"start": 60, "connect_fee": "1"}, "connect_fee stands at start 60"),
        ({"start": 60, "rounding": "up"}, "write the same at each"),
        ({"start": 60, "kind": "flat"}, "a flat price has no other beside it"),
        ({"from_time": "18:00", "start": 60}, "let the first start at 0"),
        ({"until": "20:00"}, "until"),
    ],
)
def test_terms_that_make_no_sense_refuse_the_version_at_their_price(terms, says):
    good, ((part, reason),) = read(price(), price(**terms))

    assert (good, part) == ([], 1)
    assert says in reason


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ({"zone": "Europe/Berlim"}, "zone"),
        ({"holidays": ["25.12.2026"]}, "is no date; write 2026-12-25"),
        ({"holidays": 5}, "holidays is not an array"),
    ],
)
def test_a_zone_or_a_holiday_that_does_not_exist_refuses_the_version(stated, says):
    tariff = {"tariff_id": "t", "valid_from": "2026-01-01", "currency": "EUR", "prices": [price()], **stated}

    good, bad, _ = entries({"tariffs": [tariff]}, Terms("test"), WHO)

    assert (good, says in bad[0].reason) == ((), True)


@given(st.permutations([price(), price(start=60), price(weekdays="6;7"), price("49", from_time="18:00")]))
def test_prices_with_terms_in_another_order_are_the_same_deck(prices):
    assert read(*prices) == read(price("49", from_time="18:00"), price(weekdays="6;7"), price(start=60), price())


@pytest.mark.parametrize("written", ["49", "0049", "+49", "+ 49", "00-49", "(0049)"])
def test_a_prefix_is_kept_in_one_notation(written):
    (kept,), bad = read(price(written))
    assert (kept.prefix.removeprefix("+"), bad) == ("49", [])


@pytest.mark.parametrize("twice", ["49", "0049", "+49"])
def test_a_prefix_twice_in_a_version_is_refused_with_both_places(twice):
    good, bad = read(price("+1"), price("+49"), price(twice, "0.20"))
    assert (good, [part for part, _ in bad]) == ([], [1, 2])
    assert "stands twice in this version, also at tariffs[0].prices[2]" in bad[0][1]
    assert "stands twice in this version, also at tariffs[0].prices[1]" in bad[1][1]


def test_the_same_prefix_of_another_service_is_another_price():
    good, bad = read(price("49"), price("49", service="sms"))
    assert (len(good), bad) == (2, [])


@pytest.mark.parametrize(
    ("prefix", "says"),
    [
        ("4930*", "neither digits nor a name"),
        ("+", "neither digits nor a name"),
        ("+49x", "neither digits nor a name"),
        ("+049", "names no country"),
        ("+4930123456789012", "more than 15 digits"),
        ("apn4930123456", "a number in it"),
    ],
)
def test_a_prefix_that_no_number_could_begin_with_is_refused(prefix, says):
    good, ((part, reason),) = read(price("+1"), price(prefix))
    assert (good, part) == ([], 1)
    assert says in reason
    assert reason.startswith("tariffs[0]: prices[1].")


def test_every_bad_price_of_a_version_is_named_and_a_hundred_of_very_many():
    _, few = read(price("1"), price("2", "0,10"), price("3"), price("4", "x"))
    _, many = read(*(price(str(n), "x") for n in range(1_000)))
    assert [part for part, _ in few] == [1, 3]
    assert ([part for part, _ in many[:-1]], many[-1]) == (
        list(range(100)),
        (None, "tariffs[0]: 900 more prices are bad; mend these first"),
    )


@given(st.permutations([price(str(n)) for n in range(6)]))
def test_a_deck_in_another_order_is_the_same_deck(shuffled):
    assert read(*shuffled) == read(*(price(str(n)) for n in range(6)))


graphs = st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3), max_size=6)


@given(graphs)
def test_a_cycle_is_found_exactly_where_resources_reach_themselves(graph):
    def reached(start):
        seen, waiting = set(), list(graph.get(start, ()))
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                waiting += graph.get(here, ())
        return seen

    found = cycles(graph, lambda name: graph.get(name, ()))
    assert sorted(name for group in found for name in group) == sorted(name for name in graph if name in reached(name))


TOML = """\
products = [
  { product_id = "p", name = "P [odd] {" },
  { product_id = "q",
    name = "Q" },
]

[[tariffs]]
tariff_id = "t"
prices = [
  { service = "voice", rate = "0.10" },  # }]
  { service = "voice",
    rate = "0,10" },
]

[[tariffs]]
tariff_id = "u"
[[tariffs.prices]]
service = "sms"
[[tariffs.prices]]
service = "voice"
rate = "x"
"""


@pytest.mark.parametrize(
    ("path", "part", "reason", "line"),
    [
        (("products", 1), None, 'products[1]: name "Q" is odd', 4),
        (("products", 0), None, "products[0]: colour is missing", 2),
        (("tariffs", 0), 1, 'tariffs[0]: prices[1].rate "0,10" is not a decimal number', 12),
        (("tariffs", 1), None, 'tariffs[1]: tariff_id "u" stands twice', 16),
        (("tariffs", 1), 1, 'tariffs[1]: prices[1].rate "x" is not a decimal number', 21),
    ],
)
def test_an_error_in_toml_has_the_line_of_its_field(path, part, reason, line):
    assert toml_line(TOML, path, part, reason) == line


JSON = """\
{"services": [{"note": "tariffs\\": ["}],
 "tariffs": [
  {"prices": [{"rate": "1"}, {"rate":
   "2"}]},
  {"prices": [
    {"rate": "3"},

    {"rate": "4"}]}]}
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("services", 0), 1),
        (("tariffs", 0), 3),
        (("tariffs", 1), 5),
        (("tariffs", 1, "prices", 1), 8),
        (("x", 0), None),
    ],
)
def test_an_error_in_json_has_the_line_on_which_its_object_opens(path, line):
    assert json_line(JSON, path) == line
