"""The ingestion endpoint on a real socket, over a real log with group commit."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx
import pytest
import uvicorn
from prometheus_client import CollectorRegistry

from ingestion.batches.directory import MemoryDirectory
from ingestion.fields.privacy import Pseudonymiser
from ingestion.gateway import Gateway
from ingestion.sources.http.api import EndpointState, Limits, create_app
from telassure.access.connections import ConnectionRoom, protocol_in
from telassure.access.principal import Principal
from telassure.access.roles import ROLES
from telassure.access.tokens import Tokens
from telassure.kernel.instant import parse_instant
from telassure.store.sql import GroupAppender, SqlEventLog

PARTITIONS = {"detection": 1, "assurance": 1, "charging": 1}
OPERATOR = "the-token-of-an-operator"
SENSOR = "the-token-of-a-sensor-12"


def token_of(role: str) -> str:
    return f"the-token-of-a-principal-with-the-role-{role}"


class FixedClock:
    def now(self) -> int:
        return parse_instant("2026-06-01T12:00:00Z")


class Server:
    def __init__(self, database: Path, limits: Limits, registry: CollectorRegistry | None = None) -> None:
        self.log = SqlEventLog(f"sqlite:///{database}")
        self.group = GroupAppender(self.log)
        gateway = Gateway(self.group, MemoryDirectory(), FixedClock(), PARTITIONS, Pseudonymiser(b"a key of the tests"))
        tokens = Tokens(
            {
                **{token_of(role): Principal(role, frozenset({role})) for role in ROLES},
                OPERATOR: Principal("operator", frozenset({"admin", "source"})),
                SENSOR: Principal("sensor", frozenset({"source"}), frozenset({"http"})),
            }
        )
        self.gateway = gateway
        app = create_app(
            gateway,
            tokens,
            lambda: EndpointState(() if self.log.end("detection", 0) >= 0 else ("no log",)),
            limits,
            registry,
        )
        self.room = ConnectionRoom(most=40, each=20, head_seconds=0.3)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        config = uvicorn.Config(app, log_level="error", http=protocol_in(self.room), ws="none", lifespan="on")
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._run)

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self.socket]))

    def client(self, token: str = OPERATOR, **headers: str) -> httpx.Client:
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=bearer | headers, timeout=30)

    def connection(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def ends(self) -> list[int]:
        return [self.log.end(topology, 0) for topology in PARTITIONS]

    def __enter__(self) -> "Server":
        self._thread.start()
        with self.client() as client:
            for _ in range(200):
                if self._server.started and client.get("/healthz").status_code == 200:
                    return self
                self._thread.join(0.02)
        raise TimeoutError("the server did not start")

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self.group.close()
        self.log.close()
        self.socket.close()


@pytest.fixture
def serving(tmp_path: Path):
    @contextmanager
    def start(limits: Limits = Limits()) -> Iterator[Server]:  # noqa: B008 - frozen
        with Server(tmp_path / "log.db", limits) as server:
            yield server

    return start
