"""A running pair of endpoint and worker, started once for the tests that send it what it must refuse."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from telassure import wiring
from telassure.store.sql import SqlReader
from telassure.wiring.home import Home
from telassure.wiring.settings import Settings
from tests.conftest import free_port
from tests.system.installation import Installation, until
from tests.system.progress import ticks, work

SERIES_LIMIT = 300


@dataclass
class Serving:
    """The pair, a client with its token, and a reader of what came out."""

    installation: Installation
    client: httpx.Client
    reader: SqlReader
    api_pid: int
    worker_pid: int

    def post(self, kind: str, body: Any, **headers: str) -> httpx.Response:
        """A body (bytes as they are, else as JSON) to the endpoint; headers with _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes):
            return self.client.post(f"/v1/ingest/{kind}", content=body, headers=named)
        return self.client.post(f"/v1/ingest/{kind}", json=body, headers=named)

    def settled(self, topology: str) -> None:
        """Return when all that is in a topology's log has been applied and is durable."""

        def done() -> bool:
            now = work(self.installation.home)
            return now.applied[topology] == now.logged[topology]

        until(done, 60, f"the end of the log of {topology}")

    def letters(self, containing: str) -> list[tuple[str, str]]:
        """(place, reason) of the dead letters whose place or reason contains this text."""
        found = self.reader.letters(limit=10_000).rows
        return [(x.place, x.reason) for x in found if containing in x.place or containing in x.reason]


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    port, home = free_port(), tmp_path_factory.mktemp("serving") / "home"
    installation = Installation(home, {"API__PORT": str(port), "SERIES_LIMIT": str(SERIES_LIMIT)})
    try:
        api, worker = installation.start("api"), installation.start("worker")
        url = f"http://127.0.0.1:{port}"
        until(lambda: _ready(url), 60, "the endpoint")
        until(lambda: ticks(home), 60, "a first tick of the worker")
        token = Home(home).secret("api_token")
        reader = wiring.reader(Settings.model_construct(home=home))
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False) as client:
            yield Serving(installation, client, reader, api.pid, worker.pid)
        reader.close()
    finally:
        installation.end()


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def most_memory(pid: int) -> int:
    """The most resident memory that a process has had, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"the system does not say how much memory process {pid} has had")
