"""Rules of naming over several supports: what chains of different length have in common tells where one is broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.correlation import Lineage, far_rules, name_rules

CLUSTERS = [f"{town}-{letter}" for town in ("oulu", "bonn", "lyon") for letter in "abcdefgh"]


def inventory(hub="agg", join="-"):
    """Clusters of four radio links on a hub: the first hangs on the hub, the second and fourth on the first, the third
    on the second; each carries a station of its own name."""
    kinds, supports = {}, {}
    for cluster in CLUSTERS:
        name = cluster.replace("-", join)
        kinds[f"{hub}{join}{name}"] = "hub"
        supports[f"{hub}{join}{name}"] = ()
        for number, under in enumerate((0, 1, 2, 1), 1):
            link = f"mw{join}{name}{number}"
            kinds |= {link: "link", f"bts{join}{name}{number}": "station"}
            supports[link] = (f"mw{join}{name}{under}" if under else f"{hub}{join}{name}",)
            supports[f"bts{join}{name}{number}"] = (link,)
    return kinds, supports


def named(kinds, supports):
    near = name_rules(kinds, supports)
    return Lineage(kinds, supports, near, far_rules(kinds, supports, near)).named


@pytest.mark.parametrize(("hub", "join"), [("agg", "-"), ("switch", "_"), ("olt", "/")])
def test_a_link_that_states_no_support_hangs_on_the_hub_that_its_name_tells(hub, join):
    kinds, supports = inventory(hub, join)
    supports[f"mw{join}lyon{join}c3"] = ()

    assert named(kinds, supports) == {f"mw{join}lyon{join}c3": ((f"{hub}{join}lyon{join}c",), ())}


@pytest.mark.parametrize("stated", ["mw-bonn-a1", "agg-oulu-h", "mw-lyon-b4"])
def test_a_support_that_leads_to_another_hub_is_doubted(stated):
    kinds, supports = inventory()
    supports["mw-lyon-c3"] = (stated,)

    assert named(kinds, supports) == {"mw-lyon-c3": (("agg-lyon-c",), (stated,))}


def test_what_is_wrong_of_one_is_told_of_none_below_it():
    kinds, supports = inventory()
    supports["mw-lyon-c1"] = ("agg-bonn-a",)

    assert set(named(kinds, supports)) == {"mw-lyon-c1"}


def test_names_confirm_an_inventory_without_errors():
    kinds, supports = inventory()

    assert named(kinds, supports) == {}


def test_where_names_do_not_tell_the_hub_nothing_is_implied():
    kinds, supports = inventory()
    for place, cluster in enumerate(CLUSTERS):
        supports[f"mw-{cluster}1"] = (f"agg-{CLUSTERS[(place * 7 + 5) % len(CLUSTERS)]}",)

    assert "hub" not in far_rules(kinds, supports, {}).get("link", {})


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=12))
def test_any_wiring_is_read_to_its_end(wrong):
    kinds, supports = inventory()
    names = sorted(kinds)
    for one, other in wrong:
        supports[names[one % len(names)]] = (names[other % len(names)],)

    told = named(kinds, supports)

    assert all(name not in said.implied for name, said in told.items())


def test_a_chain_of_thousands_is_read_to_its_end():
    kinds = {f"node-{number}": "node" for number in range(5_000)}
    supports = {f"node-{number}": (f"node-{number + 1}",) for number in range(4_999)} | {"node-4999": ()}

    assert named(kinds, supports) == {}


def test_where_supports_form_a_circle_the_order_of_the_inventory_decides_nothing():
    kinds, supports = inventory()
    supports |= {f"mw-lyon-c{one}": (f"mw-lyon-c{under}",) for one, under in ((1, 2), (2, 4), (4, 3), (3, 1))}

    found = named(kinds, supports)

    assert found
    assert named(dict(reversed(kinds.items())), supports) == found
