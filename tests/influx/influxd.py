"""A real influxd for tests: on a free port of this machine, in a directory of its own, with a token made for it."""

import json
import os
import secrets
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from telassure.kernel.instant import SECOND, Instant
from telassure.store.metrics_influx.server import InfluxConnection
from telassure.store.metrics_influx.store import InfluxMetricStore
from tests.conftest import free_port

ORG = "telassure"
_STARTS_WITHIN = 60.0


@dataclass
class Influxd:
    """A running server; `connection` makes the bucket at its first use."""

    url: str
    token: str
    made: set[str] = field(default_factory=set)

    def connection(self, bucket: str, retention_seconds: int = 0) -> InfluxConnection:
        if bucket not in self.made:
            org = self.call("GET", f"/api/v2/orgs?org={ORG}")["orgs"][0]["id"]
            rules = [{"type": "expire", "everySeconds": retention_seconds}] if retention_seconds else []
            self.call("POST", "/api/v2/buckets", {"orgID": org, "name": bucket, "retentionRules": rules})
            self.made.add(bucket)
        return InfluxConnection(self.url, ORG, bucket, self.token, timeout=60.0)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.url + path, method=method, data=json.dumps(body).encode() if body else None
        )
        request.add_header("Authorization", f"Token {self.token}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


class Now:
    """The wall clock."""

    def now(self) -> Instant:
        return time.time_ns() * SECOND // 1_000_000_000


@pytest.fixture(scope="module")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """To be imported by name; started once a module."""
    program = influxd_or_skip()
    with running(program, tmp_path_factory.mktemp("influxd")) as found:
        yield found


def influx_store(server: Influxd, directory: Path) -> InfluxMetricStore:
    """The store whose bucket stands for a directory."""
    return InfluxMetricStore(server.connection(str(directory)), Now())


def influxd_or_skip() -> str:
    """The server's program, from TELASSURE_INFLUXD or the PATH (tests/influx/build.sh makes one)."""
    found = os.environ.get("TELASSURE_INFLUXD") or shutil.which("influxd")
    if found:
        return found
    reason = "no influxd: name one in TELASSURE_INFLUXD or put it on the PATH (tests/influx/build.sh builds it)"
    if os.environ.get("TELASSURE_REQUIRE_INFLUX") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def running(program: str, directory: Path, port: int = 0, token: str = "") -> Iterator[Influxd]:
    """A new server, or the one that was in this directory with its `token` again."""
    port = port or free_port()
    places = {"bolt-path": "influxd.bolt", "engine-path": "engine", "sqlite-path": "influxd.sqlite"}
    words = [f"--{name}={directory / place}" for name, place in places.items()]
    words += [f"--http-bind-address=127.0.0.1:{port}", "--reporting-disabled", "--log-level=error"]
    with (directory / "influxd.log").open("wb") as log:
        server = subprocess.Popen([program, *words], stdout=log, stderr=log)
    try:
        found = Influxd(f"http://127.0.0.1:{port}", token or secrets.token_hex(16))
        _wait(lambda: found.call("GET", "/health"), server, directory / "influxd.log")
        if not token:
            names = {"username": "tests", "password": secrets.token_hex(16), "org": ORG, "bucket": "first"}
            found.call("POST", "/api/v2/setup", {**names, "token": found.token})
        yield found
    finally:
        server.terminate()
        server.wait(30)


def _wait(asked: Callable[[], Any], server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while True:
        try:
            asked()
            return
        except (urllib.error.URLError, OSError):
            if server.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"influxd did not start: {log.read_text(errors='replace')[-2_000:]}") from None
            time.sleep(0.1)
