"""Rules of naming: learned from an inventory, they say what its entries lack and gainsay."""

import pytest

from models.correlation import name_rules, named_supports

SITES = [f"{town}-{number}" for town in ("oulu", "bonn", "lyon") for number in range(12)]


def inventory(join="-", cell="c"):
    """Base stations on links of their own name, with three cells each, one of which says so in its name."""
    kinds, supports = {}, {}
    for site in SITES:
        link, station = f"mw{join}{site}", f"bts{join}{site}"
        kinds |= {link: "link", station: "station"}
        supports |= {link: (), station: (link,)}
        for number in range(3):
            kinds[f"{station}/{cell}{number}"] = "cell"
            supports[f"{station}/{cell}{number}"] = (station,)
    return kinds, supports


def said(name, kinds, supports):
    return named_supports(name, name_rules(kinds, supports).get(kinds[name], {}), kinds, supports[name])


@pytest.mark.parametrize(("join", "cell"), [("-", "c"), ("_", "sector"), (":", "")])
def test_a_support_that_an_entry_lacks_is_implied_by_its_name(join, cell):
    kinds, supports = inventory(join, cell)
    supports[f"bts{join}lyon-3"] = ()
    supports[f"bts{join}oulu-7/{cell}1"] = ()

    assert said(f"bts{join}lyon-3", kinds, supports).implied == (f"mw{join}lyon-3",)
    assert said(f"bts{join}oulu-7/{cell}1", kinds, supports).implied == (f"bts{join}oulu-7",)


@pytest.mark.parametrize("stated", ["mw-bonn-1", "mw-oulu-11"])
def test_a_stated_support_in_whose_place_names_have_another_is_doubted(stated):
    kinds, supports = inventory()
    supports["bts-lyon-3"] = (stated,)

    assert said("bts-lyon-3", kinds, supports) == (("mw-lyon-3",), (stated,))


def test_what_the_names_confirm_needs_no_word():
    kinds, supports = inventory()

    assert [name for name in kinds if said(name, kinds, supports)] == []


def test_names_without_a_rule_imply_nothing():
    kinds, supports = inventory()
    for place, site in enumerate(SITES):
        supports[f"bts-{site}"] = (f"mw-{SITES[place - 1]}",)

    assert "station" not in name_rules(kinds, supports)


def test_one_of_several_supports_of_a_kind_gainsays_none_of_the_others():
    kinds, supports = inventory()
    for place, site in enumerate(SITES):
        supports[f"bts-{site}"] = (f"mw-{site}", f"mw-{SITES[place - 1]}")
    supports["bts-lyon-3"] = ("mw-lyon-2",)

    assert said("bts-lyon-3", kinds, supports) == (("mw-lyon-3",), ())


def test_a_handful_of_names_makes_no_rule():
    kinds, supports = inventory()
    few = {name: kind for name, kind in kinds.items() if "lyon" in name}

    assert "station" not in name_rules(few, supports)
