"""Domains that are layers of one network are correlated in one place: alarms hop there, and acts hop back."""

from dataclasses import replace
from functools import cache

import pytest

from streams.areas import Areas
from streams.catalogue import Catalogue
from streams.topologies.assurance import ASSURANCE
from telassure.kernel.events import (
    Act,
    Alarm,
    AlarmNotification,
    PerceivedSeverity,
    Resource,
    ServiceProblem,
    TroubleTicket,
)
from telassure.kernel.instant import MINUTE, SECOND, parse_instant
from tests.driver import Driver

START = parse_instant("2026-03-04T10:00:00")
MAJOR, CLEARED = PerceivedSeverity.MAJOR, PerceivedSeverity.CLEARED
LAYERS = {"span": "optical", "router": "ip", "bts": "radio"}
TOWNS = range(12)


def network(domain_of):
    """Twelve spans, on each a router, on each three base stations; `domain_of` names the domain by kind and town."""
    for town in TOWNS:
        yield Resource(f"span-{town}", "span", "", domain_of("span", town))
        yield Resource(f"router-{town}", "router", "", domain_of("router", town), (f"span-{town}",))
        for number in range(3):
            domain = domain_of("bts", town)
            yield Resource(f"bts-{town}-{number}", "bts", "", domain, (f"router-{town}",))


def layered(domains=None):
    return list(network(lambda kind, town: (domains or LAYERS)[kind]))


def areas(entries):
    catalogue = Catalogue()
    catalogue.apply(entries)
    return Areas(catalogue)


def notification(managed_object, domain, at, severity=MAJOR):
    name = f"{managed_object}@{at}/{int(severity)}"
    cause = "lossOfSignal" if managed_object.startswith("span") else "communicationsSubsystemFailure"
    where = (name, domain, "ems", managed_object, "communicationsAlarm", cause, "", severity)
    return AlarmNotification(*where, START + at * SECOND)


def cut(severity=MAJOR, at=0):
    """The span of the third town fails, and with it what it carries."""
    yield notification("span-3", "optical", at, severity)
    yield notification("router-3", "ip", at + 2, severity)
    for number in range(3):
        yield notification(f"bts-3-{number}", "radio", at + 5 + number, severity)


@cache
def night(partitions, crash):
    """A cut that ends after twenty minutes; the host crashes in the midst of it, or not."""
    driver = Driver(ASSURANCE, partitions, catalogue=layered())
    driver.pipe(*list(cut())[:3])
    if crash:
        driver.crash()
    driver.pipe(*list(cut())[3:]).advance(START + 10 * MINUTE)
    driver.pipe(*cut(CLEARED, 20 * 60)).advance(START + 40 * MINUTE)
    return driver


@pytest.mark.parametrize("names", [("optical", "ip", "radio"), ("a", "b", "c"), ("z", "m", "a")])
def test_domains_of_different_kinds_that_rest_on_one_another_are_one_area(names):
    found = areas(layered(dict(zip(("span", "router", "bts"), names, strict=True))))

    assert len({found.of(name) for name in names}) == 1


def test_regions_stay_apart_though_links_join_them():
    crossing = [Resource(f"bts-{town}-9", "bts", "", "north", (f"router-{town + 6}",)) for town in range(6)]
    found = areas([*network(lambda kind, town: "north" if town < 6 else "south"), *crossing])

    assert (found.of("north"), found.of("south")) == ("north", "south")


def test_a_core_on_which_two_regions_rest_joins_the_one_that_is_tied_to_it_more():
    core = [Resource(f"core-{n}", "core", "", "core", (f"router-{n}", f"router-{min(n + 2, 11)}")) for n in TOWNS]
    found = areas([*network(lambda kind, town: "north" if town < 4 else "south"), *core])

    assert found.of("core") == found.of("south") != found.of("north")


def test_a_handful_of_objects_is_no_layer():
    found = areas(entry for entry in layered() if entry.resource_id.split("-")[1] in "0123")

    assert found.of("optical") == "optical"


@pytest.mark.parametrize("partitions", [1, 3])
@pytest.mark.parametrize("crash", [False, True])
def test_a_failure_that_is_seen_in_three_layers_is_one_problem_and_one_ticket(partitions, crash):
    driver = night(partitions, crash)
    [problem], [ticket] = driver.records(ServiceProblem), driver.records(TroubleTicket)

    assert (problem.member_count, problem.root_causes[0].managed_object) == (5, "span-3")
    assert (problem.state, ticket.state, ticket.root_cause) == ("cleared", "closed", "span-3")


def test_acknowledging_the_problem_acknowledges_the_alarms_of_every_layer():
    driver = Driver(ASSURANCE, 3, catalogue=layered())
    driver.pipe(*cut()).advance(START + 10 * MINUTE)
    [problem] = driver.records(ServiceProblem)
    targets = tuple(alarm.alarm_id for alarm in driver.records(Alarm))
    who = ("eve", True, "", "page", START + 11 * MINUTE)

    driver.pipe(Act("act-1", "ack", "problem", problem.problem_id, problem.domain, "ems", START, targets, (), *who))

    assert {alarm.ack_state for alarm in driver.records(Alarm)} == {"acknowledged"}


def test_an_alarm_ends_where_it_is_known_though_areas_came_or_went():
    """It was raised before the inventory told of layers, or while it did."""
    for first, then in (([], layered()), (layered(), [replace(entry, in_service=False) for entry in layered()])):
        driver = Driver(ASSURANCE, 3, catalogue=first)
        driver.pipe(notification("bts-3-0", "radio", 0)).advance(START + MINUTE)
        if then:
            driver.change(*then)
        driver.pipe(notification("bts-3-0", "radio", 120, CLEARED)).advance(START + 10 * MINUTE)

        assert [problem.state for problem in driver.records(ServiceProblem)] == ["cleared"]
