"""The endpoint with every source that is received at it, on a real socket over a real home."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from threading import Thread

import httpx
import pytest
import uvicorn

from ingestion.sources.health import SourceHealth, health_of
from telassure import wiring
from telassure.access.principal import Principal
from telassure.access.tokens import Tokens
from telassure.kernel.codec import decode
from telassure.kernel.events import DeadLetter
from telassure.kernel.ports import EventLog
from telassure.wiring.places import reader
from telassure.wiring.settings import Settings, isolated

TOKEN = "the-token-of-a-network-element"
VIEWER = "the-token-of-somebody-who-looks"
BOUNDED = "the-token-of-a-bounded-source"
PRINCIPALS = {
    TOKEN: Principal("ems", frozenset({"source"})),
    VIEWER: Principal("eve", frozenset({"viewer"})),
    BOUNDED: Principal("probe", frozenset({"source"}), frozenset({"elsewhere"})),
}


@dataclass
class Station:
    """A home whose endpoint is served at a port."""

    settings: Settings
    log: EventLog
    port: int
    feed: str = ""
    after: dict[str, int] = field(default_factory=dict)

    def renewed(self, number: int) -> "Station":
        """The same as one to which nothing has come yet: senders speak for a feed of their own."""
        after = {topology: self.log.end(topology, 0) for topology in ("detection", "assurance", "charging")}
        return replace(self, feed=f"feed-{number}", after=after)

    def client(self, token: str = TOKEN, **more) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= {"X-Feed": self.feed} if self.feed else {}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=30, **more)

    def events(self, topology: str) -> list:
        records = self.log.read(topology, 0, self.after.get(topology, 0), 1_000_000, 1 << 30)
        return [decode(record.kind, record.payload) for record in records]

    def letters(self) -> list[DeadLetter]:
        with closing(reader(self.settings)) as kept:
            return [each for each in kept.letters().rows if f":{self.feed}" in each.source]

    def health(self, name: str) -> SourceHealth:
        found = health_of(self.settings.home, name)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def stations(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., AbstractContextManager[Station]]:
    """Any number of them, each in a home of its own that `prepare` may fill first."""
    numbers, folder = count(), tmp_path_factory.mktemp("stations")

    @contextmanager
    def made(prepare: Callable[[Path], None] = lambda _: None, **changes) -> Iterator[Station]:
        settings = isolated(folder / f"home-{next(numbers)}").model_copy(update=changes)
        wiring.home(settings)
        prepare(settings.home)
        with wiring.opened_log(settings) as log:
            way_in = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
            app = wiring.api(settings, log, way_in, Tokens(PRINCIPALS))
            with socket.create_server(("127.0.0.1", 0)) as listener:
                server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="on"))
                thread = Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
                thread.start()
                try:
                    yield Station(settings, log, listener.getsockname()[1])
                finally:
                    server.should_exit = True
                    thread.join()

    return made


@pytest.fixture(scope="module")
def shared_station(stations) -> Iterator[Station]:
    with stations() as found:
        yield found


@pytest.fixture
def station(shared_station, numbered=count()) -> Station:  # noqa: B008  # one count for the whole run
    return shared_station.renewed(next(numbered))
