"""`telassure bench correlate` says what its contract names, and its operator alone tells what the system tells."""

import orjson
import pytest
from typer.testing import CliRunner

from streams.catalogue import Catalogue
from telassure.app.cli.main import app
from telassure.evaluation import load
from telassure.evaluation.correlate import correlated, listed
from telassure.kernel.events import ServiceProblem

PROMISED = {"alarms_per_second", "durable_alarms_per_second", "flood_latency_p99_ms"}


@pytest.fixture(scope="module")
def problems() -> list[ServiceProblem]:
    catalogue = Catalogue()
    catalogue.apply(load.catalogue().entries)
    return list(correlated(catalogue, list(listed(catalogue, load.batches("alarms", 1_500)))))


def test_the_operator_alone_names_the_element_that_failed_first(problems: list[ServiceProblem]) -> None:
    largest = max(problems, key=lambda problem: problem.member_count)
    assert largest.root_causes[0].managed_object.startswith("hub-")


def test_the_operator_alone_tells_of_problems_that_clear(problems: list[ServiceProblem]) -> None:
    assert {problem.state for problem in problems} >= {"open", "cleared"}


def test_a_flood_has_as_many_alarms_as_were_asked_for() -> None:
    assert sum(map(len, list(load.flood(8_500))[:100])) == 8_500


def test_a_flood_strikes_every_hub() -> None:
    struck = {alarm.managed_object for events in load.flood(8_500) for alarm in events}
    assert struck >= {f"hub-{number}" for number in range(load.HUBS)}


@pytest.mark.heavy
def test_it_prints_every_figure_of_the_contract() -> None:
    ran = CliRunner().invoke(app, ["bench", "correlate", "--scale", "0.02", "--json"])
    assert orjson.loads(ran.stdout).keys() >= PROMISED
