"""The same recordings give the same output embedded, on Faust over the mock cluster, and over real Kafka; the state is
PostgreSQL's in both. A second replay changes nothing there either."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kafka.brokers import RealBroker
from tests.kafka.fixtures import MOCK_VERSION, PARTITIONS, mock_kafka, real_kafka
from tests.postgres.server import PASSWORD, PostgresServer, postgres
from tests.system.installation import Installation
from tests.system.recordings import Mixed, mixed, with_less_telemetry

__all__ = ["mock_kafka", "postgres", "real_kafka"]  # fixtures
pytestmark = pytest.mark.heavy
Install = Callable[..., Installation]
MEASURED = ("seconds", "records_per_second")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Mixed:
    return mixed(tmp_path_factory.mktemp("recorded"), days=1)


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    """A database of the test's own, as the settings name it."""
    name = postgres.fresh("net")
    with postgres.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgres.address.rpartition("/")[0] + f"/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def outcome(ran: dict[str, Any]) -> dict[str, Any]:
    """What a replay found, without how long it took."""
    return {name: value for name, value in ran.items() if name not in MEASURED}


def over_kafka(install: Install, brokers: str, database: str, **more: object) -> Installation:
    return install(
        "distributed",
        KAFKA__BROKERS=brokers,
        DATABASE__URL=database,
        DATABASE__PASSWORD=PASSWORD,
        PARTITIONS=PARTITIONS,
        **more,
    )


def test_over_the_mock_cluster_the_outcome_is_that_of_the_embedded_system(
    install: Install, recordings: Mixed, mock_kafka: str, database: str, tmp_path: Path
) -> None:
    short = with_less_telemetry(recordings, 12, tmp_path / "short")
    # The mock cluster forgets what is unread beyond 5 MiB a partition: all of it fits, however late the worker is.
    assert (tmp_path / "short" / "measurements.jsonl").stat().st_size < 3 << 20
    wanted = outcome(install("embedded", PARTITIONS=PARTITIONS).run("replay", *short.options, "--json").json)
    version = ".".join(map(str, MOCK_VERSION))
    system = over_kafka(install, mock_kafka, database, KAFKA__API_VERSION=version, KAFKA__PREFIX="golden")
    system.start("worker")
    assert outcome(system.run("replay", *short.options, "--json").json) == wanted
    assert wanted["dead_letters"] == 1  # the PM file that was cut off


def test_over_real_servers_the_outcome_is_that_of_the_embedded_system_also_the_second_time(
    install: Install, recordings: Mixed, real_kafka: RealBroker, database: str
) -> None:
    wanted = outcome(install("embedded", PARTITIONS=PARTITIONS).run("replay", *recordings.options, "--json").json)
    system = over_kafka(install, real_kafka.bootstrap, database, KAFKA__PREFIX="golden")
    made = system.run("topics", "apply", "--yes", "--json").json
    assert {change["change"] for change in made["changes"]} == {"create"}
    assert system.run("topics", "apply", "--yes", "--json").json == {"changes": [], "applied": True}
    system.start("worker")
    assert outcome(system.run("replay", *recordings.options, "--json").json) == wanted
    again = outcome(system.run("replay", *recordings.options, "--json").json)
    assert again == wanted | {"duplicates": wanted["records"], "accepted": 0}
    assert all(wanted[kind] > 0 for kind in ("episodes", "problems", "tickets", "charges", "alarms", "leakage"))


def test_several_workers_share_the_partitions_and_the_outcome_is_the_same(
    install: Install, recordings: Mixed, real_kafka: RealBroker, database: str
) -> None:
    options = recordings.options[:2]  # usage and alarms of the operator: points would need one store for all workers
    wanted = outcome(install("embedded", PARTITIONS=PARTITIONS).run("replay", *options, "--json").json)
    system = over_kafka(install, real_kafka.bootstrap, database, KAFKA__PREFIX="several")
    assert system.run("topics", "apply", "--yes").code == 0
    for topology in ("charging", "charging", "assurance", "assurance", "detection"):
        system.start("worker", "--topology", topology)
    assert outcome(system.run("replay", *options, "--json").json) == wanted


def test_a_replay_says_which_number_of_partitions_the_topics_have(
    install: Install, tmp_path: Path, real_kafka: RealBroker, database: str
) -> None:
    system = over_kafka(install, real_kafka.bootstrap, database, KAFKA__PREFIX="fewer")
    assert system.run("topics", "apply", "--yes").code == 0
    other = install("other", **{**system.settings, "PARTITIONS": PARTITIONS - 1})
    ran = other.run("topics", "apply", "--yes")
    assert ran.code == 1
    assert f"set partitions = {PARTITIONS}" in " ".join(ran.notes.split())
