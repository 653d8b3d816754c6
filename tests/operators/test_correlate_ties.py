"""What ties alarms beside dependencies: functions, common kind, detours, geography, causes that are still broken."""

from collections import defaultdict

import pytest

from streams.operators.alarms.alarm_list import AlarmList
from streams.operators.correlation.correlate import Correlate
from streams.topologies.assurance import by_domain
from streams.topology import Source, Topology
from telassure.kernel.events import AlarmNotification, PerceivedSeverity, Resource, Service, ServiceProblem
from telassure.kernel.instant import HOUR, MINUTE, SECOND, parse_instant
from tests.driver import Driver

START = parse_instant("2026-03-04T10:00:00")
SITES = range(12)
RING = 5
DEGREE_APART = 0.05


def resource(name, kind, *supports, adjacent=(), at=None):
    latitude, longitude = (None, None) if at is None else (at, 10.0)
    return Resource(name, kind, name, "north", supports, adjacent, latitude, longitude)


def site(number):
    """Power, a radio link, a base station of three cells, and a service over the cells that needs a core function."""
    at = 50.0 + DEGREE_APART * (number if number < RING else 10 * number)
    bts, cells = f"bts-{number}", [f"cell-{number}-{c}" for c in range(3)]
    yield resource(f"pwr-{number}", "power", at=at)
    yield resource(f"mw-{number}", "microwave_link", adjacent=(f"site-{number}",))
    yield resource(f"site-{number}", "site", f"pwr-{number}", at=at)
    yield resource(bts, "enodeb", f"pwr-{number}", f"mw-{number}", at=at)
    yield from (resource(cell, "cell", bts, at=at) for cell in cells)
    yield Service(f"coverage-{number}", "mobile", "a", "", (*cells, f"amf-{number % 2}", "dns"))


def ring():
    """Five routers in a ring of links, each link with a port at both ends."""
    for number in range(RING):
        ends = f"pe-{number}", f"pe-{(number + 1) % RING}"
        yield resource(f"pe-{number}", "router")
        yield resource(f"ip-{number}", "link", f"fibre-{number}", adjacent=ends)
        yield resource(f"fibre-{number}", "fibre_span")
        yield from (resource(f"port-{number}-{end}", "interface", f"ip-{number}", end) for end in ends)


@pytest.fixture
def driver():
    topology = Topology("ties", (Source(AlarmNotification, by_domain),), lambda c: (AlarmList(c), Correlate(c)))
    network = [*(entry for number in SITES for entry in site(number)), *ring()]
    functions = [resource(name, "core_function") for name in ("amf-0", "amf-1", "dns")]
    return Driver(topology, catalogue=[*network, *functions, *more_services()])


def more_services():
    """So many that the functions are shared, which eight services make them."""
    return [Service(f"more-{n}", "mobile", "a", "", (f"cell-{n % 12}-0", f"amf-{n % 2}", "dns")) for n in range(12)]


def raised(managed_object, at, cause="communicationsSubsystemFailure", severity=PerceivedSeverity.MAJOR):
    name, time = f"{managed_object} {cause} @{at}", START + int(at * SECOND)
    return AlarmNotification(name, "north", "ems", managed_object, "communicationsAlarm", cause, cause, severity, time)


def cleared(managed_object, at, cause):
    return raised(managed_object, at, cause, PerceivedSeverity.CLEARED)


def groups(driver, until):
    """The objects of each problem that stands, by its likeliest cause."""
    driver.advance(START + until * SECOND)
    found, objects = defaultdict(set), {}
    for notification in driver.outputs(object):
        if hasattr(notification, "alarm_id"):
            objects[notification.alarm_id] = notification.managed_object
    for problem in driver.records(ServiceProblem):
        if problem.state != "absorbed":
            found[problem.root_causes[0].managed_object].update(objects[name] for name in problem.members)
    return dict(found)


def test_symptoms_of_one_kind_all_over_the_network_name_the_function_that_all_of_them_need(driver):
    cells = [f"cell-{number}-{c}" for number in SITES if number % 2 == 0 for c in range(2)]
    driver.pipe(*(raised(cell, 10 * n, "performanceDegraded") for n, cell in enumerate(cells)))

    found = groups(driver, 300)

    assert found == {"amf-0": set(cells)}


def test_the_alarm_of_a_function_and_the_symptoms_of_those_who_need_it_are_one_problem(driver):
    cells = [f"cell-{number}-0" for number in SITES if number % 2]
    driver.pipe(raised("amf-1", 0, "cpuCyclesLimitExceeded"))
    driver.pipe(*(raised(cell, 100 + 5 * n, "thresholdCrossed") for n, cell in enumerate(cells)))

    assert groups(driver, 400) == {"amf-1": {"amf-1", *cells}}


def test_a_lone_symptom_half_an_hour_later_is_a_problem_of_its_own(driver):
    driver.pipe(raised("cell-1-0", 0, "performanceDegraded"), raised("cell-3-0", 1_800, "performanceDegraded"))

    assert groups(driver, 2_000) == {"cell-1-0": {"cell-1-0"}, "cell-3-0": {"cell-3-0"}}


def test_housekeeping_of_a_station_is_no_part_of_its_failure(driver):
    failed = [f"cell-2-{c}" for c in range(3)]
    driver.pipe(
        raised("bts-2", 0, "fanFailure"), raised("bts-2", 1), *(raised(cell, 5, "unavailable") for cell in failed)
    )

    driver.advance(START + 60 * SECOND)

    assert sorted(p.member_count for p in driver.records(ServiceProblem)) == [1, 4]


def test_a_load_on_the_way_round_a_cut_belongs_to_the_cut(driver):
    driver.pipe(raised("ip-0", 0), raised("port-0-pe-0", 1), raised("fibre-0", 1, "lossOfSignal"))
    driver.pipe(raised("ip-2", 120, "bandwidthReduced"), raised("ip-3", 140, "thresholdCrossed"))

    assert groups(driver, 300) == {"fibre-0": {"ip-0", "port-0-pe-0", "fibre-0", "ip-2", "ip-3"}}


def test_a_load_without_a_cut_is_a_problem_of_its_own(driver):
    driver.pipe(raised("ip-2", 120, "bandwidthReduced"))

    assert groups(driver, 300) == {"ip-2": {"ip-2"}}


def test_what_fails_when_the_batteries_are_empty_belongs_to_the_mains_that_failed_two_hours_before(driver):
    driver.pipe(raised("pwr-1", 0, "commercialPowerFailure"))
    driver.pipe(raised("bts-1", 7_200), *(raised(f"cell-1-{c}", 7_210, "unavailable") for c in range(3)))

    assert groups(driver, 7_400) == {"pwr-1": {"pwr-1", "bts-1", "cell-1-0", "cell-1-1", "cell-1-2"}}


def test_mains_that_came_back_take_nothing_any_more(driver):
    driver.pipe(raised("pwr-1", 0, "commercialPowerFailure")).advance(START + MINUTE)
    driver.pipe(cleared("pwr-1", 600, "commercialPowerFailure")).advance(START + HOUR)
    driver.pipe(raised("bts-1", 7_200))

    assert groups(driver, 7_400)["bts-1"] == {"bts-1"}


@pytest.mark.parametrize(("far", "problems"), [(1, 1), (8, 2)])
def test_supplies_that_fail_at_once_are_one_problem_where_they_are_near(driver, far, problems):
    for number in (0, far):
        driver.pipe(raised(f"pwr-{number}", number, "commercialPowerFailure"))
        driver.pipe(raised(f"pwr-{number}", number + 2, "batteryDischarging"))

    assert len(groups(driver, 300)) == problems


def test_radio_links_that_rain_takes_one_after_the_other_are_one_problem(driver):
    for number in (0, 1, 2):
        driver.pipe(raised(f"mw-{number}", 600 * number, "radioPathFailure"))
        driver.pipe(*(raised(f"cell-{number}-{c}", 600 * number + 10 + c, "unavailable") for c in range(3)))
        driver.advance(START + (600 * number + 60) * SECOND)

    assert len(groups(driver, 1_500)) == 1


def test_a_late_root_adopts_the_orphans_under_it(driver):
    driver.pipe(*(raised(f"cell-4-{c}", 0, "unavailable") for c in range(1))).advance(START + 40 * SECOND)
    driver.pipe(raised("bts-4", 60), raised("cell-4-1", 61, "unavailable"), raised("cell-4-2", 62, "unavailable"))

    assert groups(driver, 200) == {"bts-4": {"bts-4", "cell-4-0", "cell-4-1", "cell-4-2"}}


def test_a_lone_alarm_does_not_claim_to_be_sure(driver):
    driver.pipe(raised("bts-3", 0))
    driver.advance(START + 60 * SECOND)

    [problem] = driver.records(ServiceProblem)
    assert problem.root_causes[0].score < 0.5


def test_a_crash_within_a_wave_of_symptoms_changes_nothing(driver):
    events = [raised(f"cell-{n}-0", 20 * n, "performanceDegraded") for n in SITES]
    other = Driver(driver.topology, catalogue=[r for n in SITES for r in site(n)])
    straight = Driver(driver.topology, catalogue=[r for n in SITES for r in site(n)])
    other.pipe(*events[:7]).crash().pipe(*events[7:]).advance(START + HOUR)
    straight.pipe(*events).advance(START + HOUR)

    assert other.outcome().records == straight.outcome().records


@pytest.mark.parametrize("first", ["ip-0", "port-0-pe-0", "port-0-pe-1"])
def test_of_a_link_and_its_ports_that_explain_each_other_the_first_is_the_cause(driver, first):
    others = sorted({"ip-0", "port-0-pe-0", "port-0-pe-1"} - {first})
    driver.pipe(*(raised(name, 2.5 * at, "lossOfSignal") for at, name in enumerate([first, *others])))
    assert groups(driver, 90) == {first: {first, *others}}
