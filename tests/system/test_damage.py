"""A running system whose log or databases are taken away or damaged: nothing is acknowledged that is not kept, what is
sound goes on, and everybody who asks is told."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from telassure import wiring
from telassure.kernel.events import Alarm
from telassure.observe.heartbeats import ill
from telassure.wiring.home import Home
from telassure.wiring.settings import Settings
from tests.conftest import free_port
from tests.system.installation import Installation, until

ROW = {"perceived_severity": "major", "probable_cause": "powerProblem"}


class Running:
    """An endpoint and a worker for each topology, and what is sent to them."""

    def __init__(self, home: Path) -> None:
        self.system = Installation(home, {"API__PORT": str(free_port())})
        self.url = f"http://127.0.0.1:{self.system.settings['API__PORT']}"

    def start(self) -> None:
        for command in (("api",), ("worker", "--topology", "assurance"), ("worker", "--topology", "charging")):
            self.system.start(*command)
        until(lambda: self.ready()[0] == 200, 90, "a ready endpoint")

    def ready(self) -> tuple[int, str]:
        try:
            answer = httpx.get(f"{self.url}/ready", trust_env=False)
        except httpx.HTTPError:
            return 0, ""
        return answer.status_code, answer.text

    def send(self, element: str) -> httpx.Response:
        token = Home(self.system.home).secret("api_token")
        body = {**ROW, "managed_object": element, "time": "2026-01-01T10:00:00Z"}
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.post(f"{self.url}/v1/ingest/alarms", json=body, headers=headers, trust_env=False, timeout=60)

    def taken(self, element: str) -> bool:
        """Sent until it is acknowledged, and then to be seen among the alarms."""
        until(lambda: self.send(element).status_code == 202, 60, f"the acknowledgement of {element}")
        until(lambda: element in self.shown(), 60, f"the alarm of {element}")
        return True

    def shown(self) -> set[str]:
        """The elements with an alarm, as the page reads them."""
        with closing(wiring.sparing_reader(Settings.model_construct(home=self.system.home))) as reader:
            return {alarm.managed_object for alarm in reader.every(Alarm)}

    def doctor(self, check: str) -> dict[str, Any]:
        ran = self.system.run("doctor", "--json", "--seconds", "30")
        found = json.loads(ran.out)["checks"]
        return next(each for each in found if each["name"] == check)

    def stop(self) -> None:
        self.system.end()
        self.system.processes.clear()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    found = Running(tmp_path / "home")
    try:
        yield found
    finally:
        found.system.end()


def test_a_log_that_is_removed_under_a_running_system_is_told_and_adopted(running: Running) -> None:
    running.start()
    assert running.taken("olt-1")
    for place in running.system.home.glob("log.db*"):
        place.unlink()
    refused = running.send("olt-2")
    assert refused.status_code == 503
    assert "telassure log adopt" in refused.json()["error"]
    status, said = running.ready()
    assert (status, "log.db" in said) == (503, True)
    until(lambda: any("log.db" in words for words in ill(running.system.home)), 30, "word of the workers")
    found = running.doctor("log")
    assert not found["ok"]
    assert "telassure restore" in found["mend"]
    adopted = running.system.run("log", "adopt", "--yes", "--json").json
    assert {line["topology"] for line in adopted["partitions"]} >= {"assurance"}
    assert running.taken("olt-3")
    until(lambda: running.ready()[0] == 200, 60, "that all is well")
    assert running.system.run("log", "verify", "--json").json["ok"]


@pytest.mark.parametrize(
    "how",
    [
        "not a database",
        pytest.param("a table gone", marks=pytest.mark.heavy),
        pytest.param("a schema changed", marks=pytest.mark.heavy),
    ],
)
def test_a_damaged_database_of_one_topology_stops_no_other(running: Running, how: str) -> None:
    running.start()
    assert running.taken("olt-1")
    running.stop()
    charging = running.system.home / "charging.db"
    spoil(charging, how)
    for command in (("api",), ("worker", "--topology", "charging"), ("worker", "--topology", "assurance")):
        running.system.start(*command)
    until(lambda: any("charging" in words for words in ill(running.system.home)), 60, "word of the worker of charging")
    until(lambda: running.ready()[0], 60, "an answer of the endpoint")
    assert running.taken("olt-2")
    assert "charging.db" in running.ready()[1]
    assert not running.doctor("database charging")["ok"]
    assert "Traceback" not in running.system.said("worker") + running.system.said("api")


def spoil(place: Path, how: str) -> None:
    if how == "not a database":
        for beside in place.parent.glob(f"{place.name}-*"):
            beside.unlink()
        place.write_bytes(b"no database at all" * 4_096)
        return
    with closing(sqlite3.connect(place)) as connection:
        if how == "a table gone":
            connection.execute("DROP TABLE cell")
        else:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("UPDATE sqlite_master SET sql = 'CREATE TABL cell' WHERE name = 'cell'")
        connection.commit()
