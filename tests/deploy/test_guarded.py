"""The services over servers that check everybody: the rights that docs/deploy.md names suffice, and nothing leaks."""

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from psycopg import sql

from ingestion.fields.privacy import Pseudonymiser
from tests.deploy.guarded import PREFIX, Guarded, guarded
from tests.deploy.processes import Deployment, Servers
from tests.deploy.written import ROOT
from tests.influx.influxd import influxd_or_skip
from tests.kafka.brokers import missing
from tests.observe.collector import Collector, collecting
from tests.postgres.server import required
from tests.system.installation import until

pytestmark = pytest.mark.heavy
PARTITIONS = 2
MSISDN, IMSI, CALLED = "491701234567", "262019876543210", "491719998887"
TABLES = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('log', 'detection', 'assurance', 'charging')"


def kind_of(service: str) -> str:
    return "worker" if service.startswith("worker") else service


@dataclass(frozen=True)
class Running:
    """The system at work, and where its spans go."""

    servers: Guarded
    deployment: Deployment
    collector: Collector

    def post(self, kind: str, body: Any) -> httpx.Response:
        token = self.deployment.secret("api_token")
        return httpx.post(
            f"{self.deployment.url('api-1')}/v1/ingest/{kind}",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=60,
        )

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every table of ours, whole."""
        with self.servers.postgres.connect() as owner:
            names = owner.execute(TABLES).fetchall()
            return {
                f"{schema}.{table}": owner.execute(
                    sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table))
                ).fetchall()
                for schema, table in names
            }

    def doctor(self) -> tuple[int, str]:
        """How `telassure doctor` ends with the rights and secrets of its own, and what it says."""
        place = self.deployment.place / "doctor"
        (place / "secrets").mkdir(parents=True, exist_ok=True)
        for name, text in self.servers.secret_files("doctor").items():
            (place / "secrets" / name).write_text(text)
        for name in ("api_token", "dashboard_token", "pseudonym_key"):
            (place / "secrets" / name).write_text(self.deployment.secret(name))
        told = dict(self.deployment.environments["api-1"])
        page = self.deployment.environments["dashboards-1"]
        told |= {name: text for name, text in page.items() if name.startswith("TELASSURE_DASHBOARDS__")}
        told |= self.servers.settings("doctor") | {"TELASSURE_INFLUX__URL": self.servers.influx.url}
        told |= {"TELASSURE_HOME": str(place / "home"), "TELASSURE_SECRETS": str(place / "secrets")}
        command = [sys.executable, "-m", "telassure.app.cli.main", "doctor", "--json", "--seconds", "60"]
        ran = subprocess.run(command, env=told, cwd=ROOT, capture_output=True, text=True, check=False)
        return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    required()
    influxd_or_skip()
    if why := missing():
        (pytest.fail if os.environ.get("TELASSURE_REQUIRE_KAFKA") == "1" else pytest.skip)(why)
    with ExitStack() as open_ones:
        servers = open_ones.enter_context(guarded())
        collector = open_ones.enter_context(collecting())
        spans = {"TELASSURE_TRACING__ENDPOINT": collector.endpoint, "TELASSURE_TRACING__RATIO": "1"}
        deployment = Deployment(
            tmp_path_factory.mktemp("guarded"),
            Servers(servers.kafka.sasl_bootstrap, servers.postgres.address, "", servers.influx.url),
            {"PARTITIONS": str(PARTITIONS), "LOG_LEVEL": "DEBUG"},
            lambda service: servers.settings(kind_of(service)) | spans,
            lambda service: servers.secret_files(kind_of(service), "detection" in service or service == "dashboards"),
        )
        open_ones.callback(deployment.end)
        deployment.complete("setup", 300)
        for service in ("api", "worker-detection", "worker-assurance", "worker-charging", "dashboards"):
            deployment.start(service)
        deployment.await_health(300)
        found = Running(servers, deployment, collector)
        _fed(found)
        yield found


def _fed(running: Running) -> None:
    """Telemetry, an alarm, and usage of subscribers, some of it refused at the door and some by an operator; all of it
    applied."""
    now = datetime.datetime.now(datetime.UTC)
    raised = now - datetime.timedelta(minutes=20)  # one that is new and alone has no ticket yet
    call = {"service": "voice", "destination": f"+{CALLED}", "time": now.isoformat(), "volume": 60}
    alarm = {"managed_object": "olt-1", "event_type": "equipmentAlarm", "probable_cause": "powerProblem"}
    points = [
        {"time": (now - datetime.timedelta(minutes=minute)).isoformat(), "managed_object": "cell-1",
         "measurement": "RRC", "value": minute} for minute in range(30, 0, -1)
    ]  # fmt: skip
    usage = [
        {"record_id": "r1", "subscriber": f"+{MSISDN}", **call},
        {"record_id": "r2", "subscriber": IMSI, **call},
        {"record_id": "r3", "subscriber": f"+{MSISDN}", **call, "time": "some day"},
        {"record_id": "r4", "subscriber": f"+{MSISDN}", **call, "msisdn": MSISDN},
    ]
    sent = [running.post("measurements", points), running.post("usage", usage)]
    sent.append(running.post("alarms", {**alarm, "perceived_severity": "critical", "time": raised.isoformat()}))
    sent.append(running.post("usage", [{"subscriber": f"+{MSISDN} x", "record_id": "r5", **call, "volume": -1}]))
    assert [answer.status_code for answer in sent] == [202, 202, 202, 422]
    assert not any(number in answer.text for answer in sent for number in (MSISDN, IMSI, CALLED))
    until(lambda: running.rows()["assurance.trouble_ticket"], 120, "a ticket")
    until(lambda: running.rows()["charging.dead_letter"], 120, "letters of unknown subscribers")


def test_each_process_works_with_its_own_rights_and_the_doctor_is_content(running: Running) -> None:
    code, said = running.doctor()
    assert [check for check in json.loads(said)["checks"] if not check["ok"]] == []
    assert code == 0
    page = running.deployment.url("dashboards-1")
    token = running.deployment.secret("dashboard_token")
    assert httpx.get(page, auth=("noc", token), trust_env=False, timeout=60).status_code == 200
    assert httpx.get(page, trust_env=False, timeout=60).status_code == 401


def test_who_only_reads_may_not_write_and_nobody_makes_tables(running: Running) -> None:
    may = (
        "SELECT count(*) FROM pg_tables WHERE schemaname = %s"
        " AND has_table_privilege(%s, schemaname || '.' || tablename, 'INSERT, UPDATE, DELETE')"
    )
    makes = "SELECT has_schema_privilege(%s, 'log', 'CREATE') OR has_database_privilege(%s, 'telassure', 'CREATE')"
    with running.servers.postgres.connect() as owner:
        writable = {
            (role, schema)
            for role in ("telassure_api", "telassure_page", "telassure_worker")
            for schema in ("log", "detection", "assurance", "charging")
            if owner.execute(may, (schema, role)).fetchone() != (0,)
        }
        makers = [r for r in ("telassure_api", "telassure_page", "telassure_worker", "telassure_owner")
                  if owner.execute(makes, (r, r)).fetchone() == (True,)]  # fmt: skip
    several = {("telassure_worker", schema) for schema in ("log", "detection", "assurance", "charging")}
    assert writable == several | {("telassure_api", "log")}
    assert makers == ["telassure_owner"]


def test_no_number_of_a_subscriber_is_in_the_log_the_database_a_span_or_a_line_of_a_log(running: Running) -> None:
    messages = _messages(running.servers.kafka.bootstrap)
    stored = repr(running.rows()).encode()
    spans = repr(running.collector.spans).encode()
    said = b"".join(file.read_bytes() for file in running.deployment.place.glob("*.log"))
    metrics = httpx.get(f"{running.deployment.url('api-1')}/metrics", trust_env=False, timeout=60).content
    for number in (MSISDN, IMSI, CALLED, MSISDN[2:], CALLED[2:]):
        for name, where in (("kafka", messages), ("database", stored), ("spans", spans), ("logs", said)):
            assert number.encode() not in where, (name, number)
        assert number.encode() not in metrics
    pseudonym = Pseudonymiser(running.deployment.secret("pseudonym_key").encode()).of(MSISDN)
    assert pseudonym.encode() in messages  # the usage did pass there
    assert pseudonym.encode() in stored
    assert b"ingest" in spans
    assert not any(pseudonym.encode() in where for where in (spans, said, metrics))


def test_no_secret_is_in_a_log_an_argument_a_metric_or_a_diagnosis(running: Running) -> None:
    deployment = running.deployment
    known = {deployment.secret(name) for name in ("api_token", "dashboard_token", "pseudonym_key")}
    known |= {*running.servers.passwords.values(), *running.servers.tokens.values()}
    arguments = [Path(f"/proc/{process.pid}/cmdline").read_text() for process in deployment.running.values()]
    metrics = httpx.get(f"{deployment.url('api-1')}/metrics", trust_env=False, timeout=60).text
    metrics += httpx.get(f"{deployment.url('worker-charging-1')}/metrics", trust_env=False, timeout=60).text
    said = [file.read_text(errors="replace") for file in deployment.place.glob("*.log")]
    everything = "\n".join([*arguments, metrics, running.doctor()[1], *said])
    assert [secret for secret in known if secret in everything] == []


def _messages(bootstrap: str) -> bytes:
    """Every message of every topic of ours: keys, values and headers."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "enable.partition.eof": True})
    places = [
        TopicPartition(f"{PREFIX}.{name}", number, OFFSET_BEGINNING)
        for name in ("detection", "assurance", "charging")
        for number in range(PARTITIONS)
    ]
    consumer.assign(places)
    found, ended = [], 0
    try:
        while ended < len(places):
            message = consumer.poll(60)
            assert message is not None
            if message.error():
                ended += 1
            else:
                found.append(repr((message.key(), message.value(), message.headers())).encode())
    finally:
        consumer.close()
    return b"\n".join(found)
