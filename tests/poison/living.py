"""A whole system over one home in this process, at the machine's clock: endpoint, inbox, workers and delivery."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import uvicorn

from ingestion.gateway import Gateway
from ingestion.sources.http.source import HTTP
from streams.hosts.embedded import Embedded, Upkeep
from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import World
from telassure import wiring
from telassure.access.connections import ConnectionRoom, protocol_in
from telassure.kernel.ports import AssuranceReader, EventLog
from telassure.wiring.home import Home
from telassure.wiring.places import KeptLetters, confirmation
from telassure.wiring.settings import FeedSettings, Settings, isolated
from tests.conftest import free_port
from tests.poison.machine import Machine
from tests.system.installation import KEY

PATIENCE = 30.0
LOOK = 0.02


class SteppedHost(Embedded):
    """Comes round when it is told to: one tick where one is due, and everything that waits."""

    def step(self) -> None:
        self._tick()
        self.drain()


@dataclass
class Living:
    """`expected` feeds are named in the settings. `refused` are answers other than "all taken" that the network was
    given; `late` is what of its files, and of the notices about it, did not come about in time."""

    home: Path
    machine: Machine
    receivers: Mapping[str, Any] = field(default_factory=dict)
    endpoint: Mapping[str, int] = field(default_factory=dict)
    expected: Sequence[str] = ()
    refused: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        plain = isolated(self.home)
        endpoint = plain.of(HTTP).model_copy(update={"port": self.port, **self.endpoint})
        changed: dict[str, Any] = {"pseudonym_key": KEY, "api": endpoint, "receivers": dict(self.receivers)}
        changed["sources"] = {name: FeedSettings(state="expected") for name in self.expected}
        return plain.model_copy(update=changed)

    @contextmanager
    def alive(self) -> Iterator["Living"]:
        """Inside the block it runs; the machine's clock is believed as any machine's is."""
        self.port = free_port()
        with self.machine.governing(), ExitStack() as open_ones:
            settings = self.settings
            wiring.home(settings)
            self.log: EventLog = open_ones.enter_context(wiring.shared_log(settings))
            self.reader: AssuranceReader = open_ones.enter_context(closing(wiring.reader(settings)))
            self.follower = wiring.CatalogueFollower(settings, self.log)
            self.gateway = wiring.gateway(settings, self.log, self.follower.directory)
            self.host = open_ones.enter_context(self._worker(settings))
            open_ones.enter_context(self._endpoint(settings, self.gateway))
            open_ones.enter_context(self._watched(settings))
            open_ones.enter_context(self._delivering(settings))
            self.client = open_ones.enter_context(closing(self.connected("api_token")))
            yield self

    def connected(self, token: str) -> httpx.Client:
        """A client of the endpoint with a token of the home, "" for none."""
        bearer = {"Authorization": f"Bearer {Home(self.home).secret(token)}"} if token else {}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=bearer, timeout=PATIENCE, trust_env=False)

    def step(self) -> None:
        """A tick, what is due, and everything that waits is applied."""
        self.follower.catch_up()
        self.gateway.release(KeptLetters(self.settings))
        self.host.step()

    def post(self, kind: str, rows: Any, feed: str) -> None:
        """What the network sends: it has to be taken whole."""
        try:
            answer = self.client.post(f"/v1/ingest/{kind}", json=rows, headers={"X-Feed": feed})
        except httpx.HTTPError as failure:
            self.refused.append(f"{kind} of {feed}: {type(failure).__name__}")
            return
        if answer.status_code != 202 or answer.json().get("rejected"):
            self.refused.append(f"{kind} of {feed}: {answer.status_code} {answer.text[:200]}")

    def drop(self, name: str, content: bytes) -> None:
        """Put a file into the inbox and wait until it is taken."""
        inbox = Home(self.home).inbox
        (inbox / name).write_bytes(content)
        self.awaited((inbox / "done" / name).exists, f"{name} in the inbox")

    def awaited(self, done: Callable[[], object], what: str) -> None:
        """Wait a while in real time: what does not come about is told."""
        deadline = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > deadline:
                self.late.append(what)
                return
            time.sleep(LOOK)

    @contextmanager
    def _worker(self, settings: Settings) -> Iterator[SteppedHost]:
        clock, metrics = wiring.WallClock(), wiring.metric_store(settings, read_only=False)
        stores = {name: wiring.state_store(settings, name) for name in wiring.TOPOLOGIES}
        with ExitStack() as open_ones:
            for each in (metrics, *stores.values()):
                open_ones.enter_context(closing(each))
            placed = [
                Partition(topology, 0, World(self.log, stores[name], clock, metrics, wiring.partitions(settings)))
                for name, topology in wiring.TOPOLOGIES.items()
            ]
            upkeep = Upkeep(elapsed=self.machine.elapsed, confirmed=confirmation(settings))
            yield SteppedHost(placed, self.log, clock, metrics, upkeep)

    @contextmanager
    def _endpoint(self, settings: Settings, way_in: Gateway) -> Iterator[None]:
        asked = settings.of(HTTP)
        room = ConnectionRoom(asked.connections) if asked.connections else ConnectionRoom()
        app = wiring.api(settings, self.log, way_in)
        config = uvicorn.Config(
            app, "127.0.0.1", self.port, log_config=None, access_log=False, http=protocol_in(room), ws="none"
        )
        server = uvicorn.Server(config)
        thread = Thread(target=lambda: asyncio.run(server.serve()), name="endpoint", daemon=True)
        thread.start()
        self.awaited(lambda: server.started, "the endpoint")
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(PATIENCE)

    @contextmanager
    def _watched(self, settings: Settings) -> Iterator[None]:
        sources = [each for each in wiring.wanted_sources(settings) if each.name == "files"]
        looking = settings.model_copy(update={"inbox": settings.of(sources[0]).model_copy(update={"seconds": LOOK})})
        runner = wiring.source_runner(looking, sources[0], self.log, self.follower.directory)
        with _thread("inbox", runner.run):
            yield

    @contextmanager
    def _delivering(self, settings: Settings) -> Iterator[None]:
        with wiring.delivery(settings) as delivery, _thread("delivery", delivery.run):
            yield


@contextmanager
def _thread(name: str, run: Callable[[Event], object]) -> Iterator[None]:
    """It runs until the block is left, and is not waited for where it hangs."""
    stop = Event()
    thread = Thread(target=run, args=(stop,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE)
