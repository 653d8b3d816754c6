"""A worker in miniature: the assurance topology over real stores, with its meter, its probes and every collector."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from streams.hosts.embedded import Embedded, Upkeep
from streams.hosts.faust.health import HostHealth, PartitionHealth
from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import TurnReport, World
from streams.topologies.assurance import ASSURANCE
from telassure.kernel.codec import encode
from telassure.kernel.events import AlarmNotification, PerceivedSeverity
from telassure.kernel.ports import Entry
from telassure.observe.gauges import (
    DiskCollector,
    HostCollector,
    OutboxCollector,
    PartitionCollector,
    Place,
    places_of,
)
from telassure.observe.metrics import registry
from telassure.observe.probes import Health, serve
from telassure.observe.worker import WorkerMeter
from telassure.store.sql import SqlEventLog, SqlStateStore

NOW = 1_700_000_000_000_000


class Stopped:
    """A clock that stands, ten seconds after the newest alarm."""

    def now(self) -> int:
        return NOW + 10_000_000


@dataclass
class Worker:
    log: SqlEventLog
    host: Embedded
    registry: CollectorRegistry
    meter: WorkerMeter
    port: int = 0
    sent: int = 0

    def send(self, payload: bytes | None = None) -> None:
        """One critical alarm, or whatever bytes."""
        self.sent += 1
        event = AlarmNotification("", "d", "ems", f"o{self.sent}", "e", "p", "s", PerceivedSeverity.CRITICAL, NOW)
        kind, encoded = encode(event)
        position, digest = str(self.sent), self.sent.to_bytes(8, "big")
        self.log.append([Entry("assurance", 0, kind, payload or encoded, "test", position, digest)])

    def fail(self) -> None:
        """A turn whose store failed."""
        self.meter.turned(self.host.standings()[0], TurnReport(stalled=True), 0.1)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=10)

    def samples(self) -> dict[str, float]:
        """name{labels} -> value, as scraped over the socket."""
        return samples_of(self.get("/metrics").text)


def samples_of(text: str) -> dict[str, float]:
    families = text_string_to_metric_families(text)
    return {
        sample.name + "".join(f"{{{k}={v}}}" for k, v in sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


@contextmanager
def working(home: Path) -> Iterator[Worker]:
    """Everything wired as the composition root wires it, on a free port."""
    log, store = SqlEventLog(f"sqlite:///{home}/log.db"), SqlStateStore(f"sqlite:///{home}/assurance.db")
    found, clock = registry(), Stopped()
    meter = WorkerMeter(found)
    world = World(log, store, clock, meter=meter)
    host = Embedded([Partition(ASSURANCE, 0, world)], log, clock, upkeep=Upkeep(live=False))
    places = places_of(host.standings, log.end)
    for collector in (
        PartitionCollector(places, clock, meter.newest),
        OutboxCollector({"assurance": store}, clock),
        DiskCollector({"home": home}),
        HostCollector(broker_host),
    ):
        found.register(collector)
    health = Health(places, reachable=[lambda: store.checkpoint("assurance", 0)])
    with serve("127.0.0.1", 0, health, found) as port:
        yield Worker(log, host, found, meter, port)
    log.close()
    store.close()


def broker_host() -> HostHealth:
    """What a host over a broker would say of itself."""
    partition = PartitionHealth(
        partition=0, durable=7, position=8, received=9, end=10, unapplied_bytes=512, since_progress=0.0,
        since_commit=0.0, stale=False, turns=1, turn_seconds=0.1, records=7, rows=7, late=0, letters=0,
    )  # fmt: skip
    return HostHealth("assurance", (partition,), 0.0, gaps=1, stale_owners=2, rebalances=3)


def place(durable: int, lag: int | None, loaded: bool = True) -> Place:
    return Place("assurance", 0, durable, lag, loaded)


def connection(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)
