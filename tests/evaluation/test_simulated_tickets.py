"""`evaluate tickets --simulated` and `evaluate correlation --simulated`: the demo operator's faults and tickets."""

from fractions import Fraction

import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from telassure.app.cli.evaluate import evaluate_app
from telassure.evaluation.correlation.impact import ImpactScore, ReckonedCost, impact_figures, reckoned
from telassure.evaluation.correlation.replayed import SaidCost
from telassure.evaluation.correlation.scenario import AlarmScenario
from telassure.evaluation.correlation.simulated import ALARMED, FAULTS_A_DAY, simulated_scenario
from telassure.kernel.instant import HOUR
from telassure.simulator.config import DemoConfig, FaultKind
from telassure.simulator.faults import make_fault
from telassure.simulator.files import ORIGIN
from telassure.simulator.operator import DemoOperator

FIGURES = {"faults", "exactly_one", "no_ticket", "one_incident", "median_tickets", "top1", "impact"}


@pytest.fixture(scope="module")
def demo() -> AlarmScenario:
    return simulated_scenario(4, 1)


def evaluate(*words: str) -> Result:
    app = typer.Typer()
    app.add_typer(evaluate_app, name="evaluate")
    return CliRunner().invoke(app, ["evaluate", *words], env={"COLUMNS": "160"})


def test_tickets_are_counted_by_kind_of_fault() -> None:
    found = orjson.loads(evaluate("tickets", "--simulated", "--seeds", "1", "--days", "1", "--json").stdout)

    assert found.keys() >= FIGURES | {"tickets", "without_fault"}
    assert sum(one["faults"] for one in found["by_kind"].values()) == found["faults"]
    assert all(one.keys() == FIGURES for one in found["by_kind"].values())


def test_every_fault_of_a_quiet_day_has_one_ticket_and_no_ticket_is_without_a_fault() -> None:
    found = orjson.loads(evaluate("tickets", "--simulated", "--seeds", "1", "--days", "1", "--json").stdout)

    assert (found["exactly_one"], found["without_fault"]) == (1.0, 0)


def test_the_table_has_a_line_for_every_kind_and_for_all() -> None:
    ran = evaluate("tickets", "--simulated", "--seeds", "1", "--days", "1")

    assert ran.exit_code == 0
    assert all(word in ran.stdout for word in ("fibre cut", "site power loss", "congested core", "all"))


def test_the_simulated_scenarios_are_scored_like_recorded_ones() -> None:
    found = orjson.loads(evaluate("correlation", "--simulated", "--seeds", "1", "--days", "1", "--json").stdout)

    assert [one["name"] for one in found["scenarios"]] == ["demo-1"]
    assert found["mean"].keys() >= {"f1", "incident_f1", "top1", "ece", "tickets", "by_kind"}


def test_a_day_has_ten_faults_at_most_of_the_kinds_that_sound_alarms(demo: AlarmScenario) -> None:
    assert 0 < len(demo.incidents) <= FAULTS_A_DAY
    assert {one.kind for one in demo.incidents} <= set(map(str, ALARMED))


def test_a_seed_makes_the_same_scenario_again(demo: AlarmScenario) -> None:
    assert simulated_scenario(4, 1) == demo


def test_another_seed_makes_another_scenario(demo: AlarmScenario) -> None:
    assert simulated_scenario(5, 1).labels != demo.labels


def test_the_small_alarms_of_the_background_belong_to_no_fault(demo: AlarmScenario) -> None:
    quiet = {n.specific_problem for n in demo.notifications if not demo.labels[n.notification_id]}

    assert "Mains failure" not in quiet
    assert quiet


@pytest.mark.parametrize("words", [("tickets",), ("correlation", "--simulated", "--tuned-on", "."), ("correlation",)])
def test_what_does_not_go_together_is_wrong_use(words: tuple[str, ...]) -> None:
    assert evaluate(*words).exit_code == 2


def test_the_cost_of_a_fault_is_that_of_the_services_on_all_that_hangs_on_it() -> None:
    demo = DemoOperator(DemoConfig(seed=4))
    router = demo.world.network.of_kind("router")[0]
    uplink = next(name for name in demo.world.network.reach(router) if name.startswith("agg-"))
    fees = {service.product: 730_000_000 for service in demo.world.customers.services}
    hits = ((FaultKind.CONGESTED_CORE, router), (FaultKind.FIBRE_CUT, uplink))
    whole, part = (
        reckoned(demo.world, make_fault(demo.world, kind, ORIGIN, HOUR, "scheduled", target), fees)
        for kind, target in hits
    )

    assert part.customers <= whole.customers
    assert 0 <= part.revenue < whole.revenue


@pytest.mark.parametrize(
    ("said", "close"), [(1_000, True), (950, True), (1_050, True), (949, False), (1_051, False), (0, False)]
)
def test_revenue_is_close_within_a_twentieth(said: int, close: bool) -> None:
    score = ImpactScore("fibre_cut", SaidCost(frozenset(), said), ReckonedCost(frozenset(), Fraction(1_000)))

    assert score.close is close


def test_customers_are_counted_over_all_faults_together() -> None:
    told = [
        ImpactScore("a", SaidCost(frozenset("abc"), 5), ReckonedCost(frozenset("abcd"), Fraction(5))),
        ImpactScore("b", SaidCost(frozenset("xyz"), 9), ReckonedCost(frozenset("x"), Fraction(5))),
    ]

    assert impact_figures(told) == {
        "problems": 2,
        "customers_precision": 0.6667,
        "customers_recall": 0.8,
        "revenue_close": 0.5,
    }


def test_what_nobody_reckons_is_no_figure() -> None:
    assert impact_figures([])["customers_recall"] is None
