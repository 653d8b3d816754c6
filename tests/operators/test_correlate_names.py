"""What correlation believes of an inventory with gaps: names, distances, and the far ends of links."""

import pytest

from streams.catalogue import Catalogue
from streams.operators.correlation.names import Names
from streams.operators.correlation.reach import Reach
from telassure.kernel.events import Resource

TOWNS = range(24)


def resource(name, kind, *supports, adjacent=(), at=None):
    latitude, longitude = (None, None) if at is None else (at, 10.0)
    return Resource(name, kind, name, "north", tuple(supports), tuple(adjacent), latitude, longitude)


def town(number):
    """A router, a ring of two switches on links, and a radio mast whose name says nothing of its switch."""
    at = 50.0 + number
    yield resource(f"pe-{number}", "router", at=at)
    yield resource(f"sw-a{number}", "switch", f"pe-{number}", at=at + 0.02)
    yield resource(f"sw-b{number}", "switch", f"sw-a{number}", at=at + 0.04)
    yield resource(f"eth-1{number}", "ring", adjacent=(f"pe-{number}", f"sw-a{number}"))
    yield resource(f"eth-2{number}", "ring", adjacent=(f"sw-a{number}", f"sw-b{number}"))
    yield resource(chr(97 + number) + "mast", "mast", f"sw-b{number}", at=at + 0.05)


def reach(*changes):
    catalogue = Catalogue()
    catalogue.apply([*(one for number in TOWNS for one in town(number)), *changes])
    return Reach(catalogue)


def test_a_complete_inventory_is_taken_at_its_word():
    catalogue = Catalogue()
    catalogue.apply(one for number in TOWNS for one in town(number))

    assert {name: said for name in catalogue.resources if any(said := Names(catalogue).of(name))} == {}


@pytest.mark.parametrize("number", [3, 17])
def test_what_lost_its_support_hangs_on_the_far_end_of_its_link(number):
    found = reach(resource(f"sw-a{number}", "switch", at=50.02 + number))

    assert f"pe-{number}" in found.supports(f"sw-a{number}")
    assert f"sw-b{number}" not in found.parents(f"sw-a{number}")


@pytest.mark.parametrize("stated", ["sw-b9", "sw-b20"])
def test_a_support_that_stands_much_too_far_away_is_not_believed(stated):
    assert stated not in reach(resource("cmast", "mast", stated, at=52.05)).supports("cmast")


def test_a_support_that_the_names_imply_is_stated_as_well_as_by_an_entry():
    found = reach(resource("sw-b4", "switch", at=54.04))

    assert found.states("sw-b4", "sw-a4")
    assert "sw-b4" in found.children("sw-a4")


def test_a_resource_that_is_put_right_is_judged_anew():
    catalogue = Catalogue()
    catalogue.apply([*(one for number in TOWNS for one in town(number)), resource("sw-b4", "switch", at=54.04)])
    names = Names(catalogue)
    before = names.of("sw-b4").implied
    catalogue.apply([resource("sw-b4", "switch", "sw-a4", at=54.04)])

    assert (before, names.of("sw-b4").implied) == (("sw-a4",), ())
