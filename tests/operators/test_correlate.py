"""Correlation: settling, stars instead of chains, neighbours, growth in time, clearing, and what a problem costs."""

from random import Random

import pytest

from streams.catalogue import Catalogue
from streams.operators.correlation.correlate import Correlate
from streams.operators.correlation.impact import impact
from streams.topologies.assurance import by_domain
from streams.topology import Source, Topology
from telassure.kernel.events import (
    Account,
    Alarm,
    Customer,
    KpiEpisode,
    PerceivedSeverity,
    PolicyValue,
    Product,
    Resource,
    Service,
    ServiceProblem,
)
from telassure.kernel.instant import SECOND, parse_instant
from telassure.kernel.money import Money
from tests.driver import Driver

START = parse_instant("2024-03-04T10:00:00")


NAMES = ("site", *(f"r{i}" for i in range(4)), *(f"n{i}" for i in range(6)))


def network():
    chain = [Resource(f"n{i}", "node", "", "north", (), tuple(f"n{j}" for j in (i - 1, i + 1))) for i in range(6)]
    tree = [Resource("site", "site", "", "north"), *(Resource(f"r{i}", "r", "", "north", ("site",)) for i in range(4))]
    return [*chain, *tree]


@pytest.fixture
def driver():
    sources = (Source(Alarm, by_domain), Source(KpiEpisode, by_domain))
    topology = Topology("correlation", sources, lambda catalogue: (Correlate(catalogue),))
    return Driver(topology, catalogue=network())


def alarm(managed_object, at, cleared=None, severity=PerceivedSeverity.MAJOR, domain="north"):
    raised = START + at * SECOND
    ended = None if cleared is None else START + cleared * SECOND
    return Alarm(
        f"{domain}/{managed_object}@{at}",
        domain,
        "ems",
        managed_object,
        "equipmentAlarm",
        "",
        "",
        severity,
        "active" if ended is None else "cleared",
        raised,
        ended or raised,
        ended,
        "" if ended is None else "cleared",
        1,
        0,
        "unacknowledged",
        "",
    )


def at(driver, seconds):
    driver.advance(START + seconds * SECOND)
    return {p.root_causes[0].managed_object: p for p in driver.records(ServiceProblem)}


def test_nothing_is_said_before_a_problem_has_settled(driver):
    driver.pipe(alarm("site", 0))

    assert at(driver, 20) == {}


def test_the_time_to_settle_is_a_policy_of_the_feed(driver):
    driver.change(PolicyValue("correlation", "settle_seconds", "3", "ems"))
    driver.pipe(alarm("site", 0))

    assert list(at(driver, 4)) == ["site"]


def test_neighbours_form_stars_and_never_a_chain(driver):
    driver.pipe(*(alarm(f"n{i}", i) for i in range(6)))

    problems = at(driver, 60)

    assert {centre: p.member_count for centre, p in problems.items()} == {"n1": 3, "n4": 3}


def test_a_member_raised_long_after_the_start_is_a_problem_of_its_own(driver):
    driver.pipe(alarm("site", 0), alarm("r0", 1), alarm("r1", 2)).advance(START + 60 * SECOND)
    driver.pipe(alarm("r2", 460))

    assert sorted(p.member_count for p in at(driver, 560).values()) == [1, 3]


def test_an_alarm_below_an_open_cause_joins_it_at_once(driver):
    driver.pipe(alarm("site", 0), alarm("r0", 1), alarm("r1", 2)).advance(START + 60 * SECOND)
    driver.pipe(alarm("r2", 100))

    assert {p.member_count for p in at(driver, 106).values()} == {4}


def test_unknown_objects_are_problems_of_their_own(driver):
    driver.pipe(alarm("nowhere", 0), alarm("elsewhere", 0))

    assert sorted(at(driver, 30)) == ["elsewhere", "nowhere"]


def test_domains_do_not_meet(driver):
    driver.pipe(alarm("site", 0), alarm("r0", 0, domain="south"))
    at(driver, 30)

    assert sorted(p.domain for p in driver.records(ServiceProblem)) == ["north", "south"]


def test_severity_is_the_worst_of_the_active_members(driver):
    driver.pipe(alarm("site", 0, severity=PerceivedSeverity.MINOR), alarm("r0", 0, severity=PerceivedSeverity.CRITICAL))
    before = at(driver, 30)["site"].perceived_severity
    driver.pipe(alarm("r0", 0, cleared=40))

    assert (before, at(driver, 60)["site"].perceived_severity) == (PerceivedSeverity.CRITICAL, PerceivedSeverity.MINOR)


def test_a_problem_clears_when_all_members_have_been_cleared_for_the_hold_time(driver):
    driver.pipe(alarm("site", 0)).advance(START + 30 * SECOND)
    driver.pipe(alarm("site", 0, cleared=40))

    states = [at(driver, 100)["site"].state, at(driver, 101)["site"].state]

    assert states == ["open", "cleared"]
    assert at(driver, 101)["site"].cleared_at == START + 40 * SECOND


def test_changes_of_a_growing_problem_are_published_every_five_seconds(driver):
    driver.pipe(*(alarm(f"r{i}", i) for i in range(3))).advance(START + 25 * SECOND)
    told = len(driver.outputs(ServiceProblem))

    driver.pipe(*(alarm("r3", 25 + i) for i in range(15)))

    assert len(driver.outputs(ServiceProblem)) - told == 3


class Watched(Correlate):
    """Keeps what its dumps are the bytes of, beside what they should be."""

    def __init__(self, catalogue, states):
        super().__init__(catalogue)
        self.states = states

    def dump(self, cell):
        blob = super().dump(cell)
        loaded = self.load(blob, self.state_version)
        self.states.append((loaded == cell, super().dump(loaded) == blob, {p.state for p in loaded.problems.values()}))
        return blob


def test_a_problem_that_has_changed_is_never_dumped_as_it_was(driver):
    random, states = Random(3), []
    topology = Topology("correlation", driver.topology.sources, lambda catalogue: (Watched(catalogue, states),))
    hub = [Resource("hub", "hub", "", "north"), *(Resource(f"h{i}", "h", "", "north", ("hub",)) for i in range(8))]
    watched = Driver(topology, catalogue=[*network(), *hub])
    severities = (PerceivedSeverity.MINOR, PerceivedSeverity.MAJOR, PerceivedSeverity.CRITICAL)
    at(watched.pipe(alarm("h0", -600), alarm("h1", -590)), -560)
    at(watched.pipe(alarm("hub", -550), alarm("h2", -550)), -500)
    for number in range(400):
        name, raised = random.choice(NAMES), 30 * number + random.randint(-60, 0)
        watched.advance(START + 30 * number * SECOND)
        watched.pipe(alarm(name, raised, severity=random.choice(severities)))
        watched.pipe(alarm(name, raised, severity=random.choice(severities)))
        watched.pipe(alarm(name, raised, raised + random.choice((10, 40, 90, 90, 400))))

    assert len(states) > 400
    assert {(same, again) for same, again, _ in states} == {(True, True)}
    assert {state for _, _, found in states for state in found} == {"open", "cleared"}
    assert any(p.state == "absorbed" for p in watched.records(ServiceProblem))


def test_revenue_sums_the_services_products_and_an_account_once_for_services_that_name_none():
    catalogue = Catalogue()
    catalogue.apply(
        [
            Product("gold", "", Money.of("730", "EUR"), ""),
            Product("silver", "", Money.of("73", "CHF"), ""),
            Customer("acme", "Acme", ""),
            *(Account(f"a-{i}", "acme", p, "postpaid", Money.zero("EUR")) for i, p in enumerate(["gold", "silver"])),
            *(Service(f"s-{i}", "vpn", "a-0", "gold", ("router",)) for i in range(2)),
            *(Service(f"s-{i}", "vpn", "a-1", "", ("router",)) for i in range(2, 4)),
        ]
    )

    cost = impact(catalogue, {"router"})

    assert (cost.revenue, cost.note) == (Money.of("2", "EUR"), "also at risk per hour: 0.10 CHF")
    assert (len(cost.services), cost.customers) == (4, ("acme",))


def episode(measurement, at, domain="north"):
    started = START + at * SECOND
    name = f"r0 {measurement}@{at}"
    return KpiEpisode(
        name, domain, "pm", "r0", measurement, "open", 3, started, started, None, 1.5, 0.25, 0.5, "", group_id="g"
    )


def test_the_episodes_of_an_object_that_is_alarmed_are_one_problem_however_late(driver):
    driver.pipe(episode("element", 0)).advance(START + 60 * SECOND)
    driver.pipe(episode("drops", 2_700), episode("load", 7_200))

    problems = at(driver, 7_300)
    assert {name: p.member_count for name, p in problems.items()} == {"r0": 3}
    assert len({p.problem_id for p in driver.records(ServiceProblem)}) == 1


def test_an_alarm_as_late_as_that_is_a_problem_of_its_own(driver):
    driver.pipe(episode("element", 0)).advance(START + 60 * SECOND)
    driver.pipe(alarm("r0", 2_700)).advance(START + 2_800 * SECOND)

    assert len({p.problem_id for p in driver.records(ServiceProblem)}) == 2
