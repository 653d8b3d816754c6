"""The processes that compose.yaml starts, started here: an alarm goes in with its token and a ticket comes out."""

import datetime
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from telassure import wiring
from telassure.kernel.events import TroubleTicket
from telassure.kernel.ports import still_open
from telassure.wiring.settings import Settings
from tests.deploy.processes import Deployment, Servers, settings_of
from tests.influx import influxd
from tests.kafka.brokers import RealBroker
from tests.postgres.server import PASSWORD, PostgresServer
from tests.system.installation import until

pytestmark = pytest.mark.heavy
LONG_RUNNING = ("api", "worker-detection", "worker-assurance", "worker-charging", "delivery", "dashboards")


@pytest.fixture
def deployment(tmp_path: Path, real_kafka: RealBroker, postgres: PostgresServer) -> Iterator[Deployment]:
    """With a real InfluxDB where there is one; else points lie in the home of the one detection worker."""
    with ExitStack() as open_ones:
        servers = Servers(real_kafka.bootstrap, postgres.address, PASSWORD)
        if shutil.which("influxd") or "TELASSURE_INFLUXD" in os.environ:
            (tmp_path / "influxd").mkdir()
            points = open_ones.enter_context(influxd.running(influxd.influxd_or_skip(), tmp_path / "influxd"))
            points.connection("telassure")
            servers = replace(servers, influx=points.url, influx_token=points.token)
        made = Deployment(tmp_path, servers, {"PARTITIONS": "2", "LOG_LEVEL": "WARNING"})
        open_ones.callback(made.end)
        yield made


def test_the_services_of_the_compose_file_make_a_ticket_of_an_alarm_and_end_cleanly(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment.complete("setup")
    for service in LONG_RUNNING:
        deployment.start(service)
    deployment.await_health()

    assert sent(deployment, token="x" * 64) == 401
    assert sent(deployment, token=deployment.secret("api_token")) == 202
    (ticket,) = tickets(deployment, monkeypatch)

    assert ticket.root_cause == "olt-1"
    assert page(deployment, token="x" * 64) == 401
    assert page(deployment, token=deployment.secret("dashboard_token")) == 200
    ended = deployment.end()
    assert {name: code for name, code in ended.items() if code != 0} == {}


def test_the_setup_may_run_again(deployment: Deployment) -> None:
    deployment.complete("setup")
    deployment.complete("setup")


def sent(deployment: Deployment, token: str) -> int:
    raised = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=20)  # one that is new and alone has none
    alarm = {"managed_object": "olt-1", "event_type": "equipmentAlarm", "probable_cause": "powerProblem"}
    answer = httpx.post(
        f"{deployment.url('api-1')}/v1/ingest/alarms",
        json={**alarm, "perceived_severity": "critical", "time": raised.isoformat()},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    return answer.status_code


def page(deployment: Deployment, token: str) -> int:
    return httpx.get(deployment.url("dashboards-1"), auth=("noc", token), trust_env=False).status_code


def tickets(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> list[TroubleTicket]:
    """The open tickets, once there are any."""
    with monkeypatch.context() as environment:
        for name, value in settings_of(deployment, "worker-assurance-1").items():
            environment.setenv(name, value)
        reader = wiring.reader(Settings())
    try:
        return list(until(lambda: reader.find(TroubleTicket, still_open(TroubleTicket)).rows, 120, "a ticket"))
    finally:
        reader.close()
