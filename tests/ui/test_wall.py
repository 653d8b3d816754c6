"""The wall: regions and their health, the worst by impact, and numbers that are the stores' own."""

from dataclasses import replace
from typing import Any

import pytest
from dash._utils import to_json

from dashboards.pages.wall.health import STEP, STEPS, health
from dashboards.pages.wall.page import WALL
from dashboards.pages.wall.reads import HEALTH, UNACKNOWLEDGED, WORST_BY_IMPACT
from dashboards.pages.wall.regions import ELSEWHERE, regions
from dashboards.shell.reading import Screen
from dashboards.shell.refresh import answer
from dashboards.snapshot.impact import by_impact
from telassure.kernel.events import CatalogueEntry, PerceivedSeverity, Resource, Service
from telassure.kernel.instant import HOUR, MINUTE, SECOND
from tests.ui.conftest import NOW
from tests.ui.night import CAUSES, CRITICAL, MAJOR, MINOR, TOP, Night, alarm, carried, problem, ticket

HOSTILE = "<img src=x onerror=alert(1)>"


def router(name: str, latitude: float | None, longitude: float | None, domain: str = "d") -> Resource:
    return Resource(name, "router", name, domain, (), (), latitude, longitude)


def service(name: str, *carriers: str) -> Service:
    return Service(name, "line", "acc", "flat", carriers)


@pytest.mark.parametrize(
    ("latitude", "longitude", "name"),
    [
        (54.0, 6.0, "North-west"),
        (51.0, 10.0, "Centre"),
        (48.0, 14.0, "South-east"),
        (51.0, 14.0, "East"),
        (48.0, 10.0, "South"),
    ],
)
def test_services_of_one_domain_lie_by_the_compass(latitude: float, longitude: float, name: str) -> None:
    corners = [router("nw", 54.0, 6.0), router("se", 48.0, 14.0), service("s-nw", "nw"), service("s-se", "se")]
    found = regions([*corners, router("here", latitude, longitude), service("s", "here")])
    assert found.region["s"] == name


def test_services_of_several_domains_lie_in_these() -> None:
    found = regions([router("a", 1, 1, "east"), router("b", 2, 2, "west"), service("s", "a"), service("t", "b")])
    assert found.region == {"s": "east", "t": "west"}


def test_a_service_without_a_known_carrier_lies_elsewhere() -> None:
    found = regions([router("a", 54.0, 6.0), service("s", "a"), service("t", "gone"), service("u")])
    assert (found.region["t"], found.region["u"]) == (ELSEWHERE, ELSEWHERE)


def test_what_has_no_place_lies_between_its_neighbours() -> None:
    link = Resource("link", "link", "link", "d", (), ("n", "m"))
    north = [router("n", 54.0, 10.0), router("m", 54.0, 10.0), service("over", "link"), router("s", 48.0, 10.0)]
    assert regions([link, *north, service("t", "s")]).region == {"over": "North", "t": "South"}


def test_services_that_ended_are_not_counted() -> None:
    (part,) = regions([router("a", 1, 1), service("s", "a"), replace(service("t", "a"), active=False)]).parts
    assert part.services == 1


def test_a_service_under_two_incidents_is_counted_once_with_the_worse() -> None:
    first, second = problem("p-1", "a", MINOR, NOW - HOUR, 3), problem("p-2", "b", CRITICAL, NOW - MINUTE, 2)
    hit = {each.region.name: (each.hit, each.severity) for each in health(regions(carried(4)), [first, second], NOW)}
    assert hit == {"North": (1, CRITICAL), "South": (2, CRITICAL)}


def test_the_steps_say_when_an_incident_was_open() -> None:
    opened, cleared = NOW - 100 * MINUTE, NOW - 80 * MINUTE
    past = replace(problem("p-1", "a", MAJOR, opened, 4), state="cleared", cleared_at=cleared)
    north, _ = health(regions(carried(4)), [past], NOW)
    first = NOW - NOW % STEP - (STEPS - 1) * STEP
    during = range((opened - first) // STEP, (cleared - first) // STEP + 1)
    assert [place for place, count in enumerate(north.before) if count] == list(during)
    assert (north.hit, north.severity) == (0, PerceivedSeverity.CLEARED)


def test_an_absorbed_problem_hits_nothing_twice() -> None:
    absorbed = replace(problem("p-1", "a", MAJOR, NOW - HOUR, 4), state="absorbed", absorbed_by="p-2")
    assert {each.hit for each in health(regions(carried(4)), [absorbed], NOW)} == {0}


def test_impact_is_money_then_customers_then_severity() -> None:
    dear, many, bad, mild = (
        problem("dear", "a", MINOR, NOW, 1, "9"),
        problem("many", "b", MINOR, NOW, 7, "5"),
        problem("bad", "c", CRITICAL, NOW, 3, "5"),
        problem("mild", "d", MINOR, NOW, 3, "5"),
    )
    assert by_impact([mild, bad, many, dear]) == [dear, many, bad, mild]


def test_the_worst_five_are_those_that_cost_most(screen: Screen) -> None:
    view = screen.reading().of(WORST_BY_IMPACT)
    dearest = sorted(CAUSES, key=lambda cause: -float(cause[4]))[:5]
    assert [row.cause for row in view.rows] == [cause[0] for cause in dearest]
    assert view.total == len(CAUSES)


def test_the_owner_is_who_works_on_the_ticket(screen: Screen, night: Night) -> None:
    top = problem("sp-17f3a9c21e04", TOP, CRITICAL, NOW - 6 * MINUTE, 148, "1284.40")
    night.keep([replace(ticket(top), assignee="field-team-3")])
    owners = [row.owner for row in screen.reading().of(WORST_BY_IMPACT).rows]
    assert owners[:2] == ["field-team-3", ""]


def test_what_is_unacknowledged_is_what_the_store_counts(screen: Screen, night: Night) -> None:
    night.keep([alarm("al-seen", "cell-trier-1", MINOR, NOW, ack=True)])
    view = screen.reading().of(UNACKNOWLEDGED)
    assert (view.waiting, view.active) == (2 * len(CAUSES) + 3, 2 * len(CAUSES) + 4)


def test_services_hit_are_those_of_the_open_problems(screen: Screen) -> None:
    most = max(cause[3] for cause in CAUSES)  # each problem hits the first so many services
    assert sum(each.hit for each in screen.reading().of(HEALTH)) == most


def test_without_services_the_wall_says_where_they_come_from(quiet: Night) -> None:
    changed, _ = answer(Screen(quiet.ports), WALL, "", {})
    assert "No service is known." in to_json(changed["tiles"])
    assert "Nothing is open." in to_json(changed["worst"])


def test_nothing_is_drawn_anew_while_nothing_changes(screen: Screen, night: Night) -> None:
    _, seen = answer(screen, WALL, "", {})
    night.clock.time += SECOND
    assert answer(screen, WALL, "", seen)[0] == {}


def test_names_of_the_network_are_text_and_never_markup(screen: Screen, night: Night) -> None:
    entries: list[CatalogueEntry] = [router("a", 1, 1, HOSTILE), router("b", 2, 2, "west"), service("s", "a")]
    night.catalogue = entries
    night.keep([problem(HOSTILE, HOSTILE, CRITICAL, NOW, 900, "99999")])
    changed, _ = answer(screen, WALL, "", {})
    links: list[Any] = changed["worst"]
    assert links[0].href == "/queue?incident=%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E"
