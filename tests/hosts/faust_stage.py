"""A topology hosted by Faust in a thread of the test, over a broker, with a publishing log like the real one."""

import asyncio
import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

from confluent_kafka import Producer

from streams.hosts.driver import DriverClock
from streams.hosts.faust.app import FaustSettings, serve
from streams.hosts.faust.health import HealthBoard
from streams.hosts.faust.premises import HostSettings, Premises
from streams.hosts.faust.wire import KafkaAccess
from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import World
from streams.topology import Topology
from telassure.kernel.codec import encode
from telassure.kernel.events import DeadLetter
from telassure.kernel.ports import Appended, Entry, LogMark, LogRecord, StateStore
from telassure.kernel.routing import split
from telassure.store.memory import MemoryLog, MemoryStateStore
from telassure.store.memory_metrics import MemoryMetricStore
from tests.kafka.fixtures import PARTITIONS, Cluster

PATIENCE = 60.0


class TopicLog:
    """Publishes entries as the contract says, durable when `append` returns; keeps what is buried."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self.prefix = prefix
        self.buried: dict[str, DeadLetter] = {}
        self.ends: Counter[tuple[str, int]] = Counter()
        self._producer = Producer({"bootstrap.servers": bootstrap, "log_level": 0, "linger.ms": 0})

    def append(self, entries: Sequence[Entry]) -> Appended:
        for entry in entries:
            headers = {
                "kind": entry.kind.encode(),
                "source": entry.source.encode(),
                "position": entry.position.encode(),
                "digest": entry.digest,
                "rows": str(entry.rows).encode(),
                "trace": entry.trace.encode(),
            }
            topic = f"{self.prefix}.{entry.topology}"
            self._producer.produce(topic, entry.payload, partition=entry.partition, headers=list(headers.items()))
        assert self._producer.flush(30) == 0, "the broker does not take what is published"
        self.ends.update((entry.topology, entry.partition) for entry in entries)
        return Appended(len(entries), 0)

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        self.buried.update((letter.letter_id, letter) for letter in letters)

    def recognise(self, topology: str, partition: int, offset: int, mark: LogMark | None) -> str:
        return ""

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Any:
        raise AssertionError("a host reads what it received, not what it publishes to")

    end = trim = prune = read


class Shifted(MemoryLog):
    """Another log whose records follow an offset."""

    def __init__(self, log: MemoryLog, after: int) -> None:
        super().__init__()
        self._log, self._after = log, after

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        found = self._log.read(topology, partition, after - self._after, records, size)
        return [replace(record, offset=record.offset + self._after) for record in found]

    def recognise(self, topology: str, partition: int, offset: int, mark: LogMark | None) -> str:
        return ""


@dataclass
class Stage:
    """A topology, its topic and its store; `hosted` runs one worker over them."""

    topology: Topology
    cluster: Cluster
    partitions: int = PARTITIONS
    store: StateStore = field(default_factory=MemoryStateStore)
    metrics: MemoryMetricStore = field(default_factory=MemoryMetricStore)
    host: HostSettings = field(default_factory=lambda: HostSettings(live=False, stale_seconds=0.5, threads=2))
    session_seconds: float = 6.0
    access: KafkaAccess | None = None
    alive: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.cluster.create(self.topology.name)
        self.log = TopicLog(self.cluster.bootstrap, self.cluster.prefix)
        self.clock = DriverClock()
        self._sources = {source.event: source for source in self.topology.sources}
        self._published = 0
        self._entries: list[Entry] = []

    def publish(self, *events: Any) -> None:
        """As `Driver.append`: an envelope is cut by partition, a control goes to all."""
        entries = []
        for event in events:
            self._published += 1
            for number, part in self._parts(event).items():
                entries.append(self.entry(part, number, f"{self._published}/{number}"))
        self._entries += entries
        self.log.append(entries)

    def again(self) -> int:
        """Everything that was published once more; how many rows that is."""
        self.log.append(self._entries)
        return sum(entry.rows for entry in self._entries)

    def haunt(self, events: Sequence[Any]) -> None:
        """Another owner of the one partition that these go to applies them from a log of its own, and is gone."""
        log, published = MemoryLog(), self._published
        for event in events:
            published += 1
            for number, part in self._parts(event).items():
                log.append([self.entry(part, number, f"{published}/{number}")])
        start = self.store.checkpoint(self.topology.name, number).offset
        shifted = Shifted(log, start)
        counts = {self.topology.name: self.partitions}
        ghost = World(shifted, self.store, self.clock, self.metrics, counts, repeats=True)
        assert not Partition(self.topology, number, ghost).turn().idle

    def entry(self, event: Any, number: int, position: str) -> Entry:
        kind, payload = encode(event)
        rows = len(event) if hasattr(event, "take") else 1
        digest = blake2b(payload, digest_size=16).digest()
        return Entry(self.topology.name, number, kind, payload, "driver", position, digest, rows)

    def _parts(self, event: Any) -> Mapping[int, Any]:
        source = self._sources.get(type(event))
        if source is None:
            return dict.fromkeys(range(self.partitions), event)
        return split(event, *source.keys(event), self.partitions)

    def settings(self) -> FaustSettings:
        return FaustSettings(
            self.access or KafkaAccess(self.cluster.bootstrap),
            self.cluster.prefix,
            self.partitions,
            session_seconds=self.session_seconds,
            host=self.host,
            alive=self.alive,
        )

    def premises(self, number: int) -> Premises:
        counts = {self.topology.name: self.partitions}
        return Premises(World(self.log, self.store, self.clock, self.metrics, counts))

    @contextlib.contextmanager
    def hosted(self, premises: Callable[[int], Premises] | None = None) -> Iterator["Worker"]:
        worker = Worker(self, premises or self.premises)
        worker.start()
        try:
            yield worker
        finally:
            worker.stop()

    def offsets(self) -> dict[int, int]:
        return {n: self.store.checkpoint(self.topology.name, n).offset for n in range(self.partitions)}

    def settled(self) -> bool:
        """Everything in the topic is durable and every hop has left."""
        if self.store.outbox(self.topology.name, 1):
            return False
        return all(self.log.ends[(self.topology.name, n)] == offset for n, offset in self.offsets().items())


class Worker(threading.Thread):
    """One host in a thread; what ends it with an error is raised by `stop`."""

    def __init__(self, stage: Stage, premises: Callable[[int], Premises]) -> None:
        super().__init__(name="faust-worker", daemon=True)
        self.board = HealthBoard(stage.topology.name)
        self.failure: BaseException | None = None
        self._stage, self._premises = stage, premises
        self._ready = threading.Event()

    def run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as failure:
            self.failure = failure
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._enough = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await serve(self._stage.topology, self._premises, self._stage.settings(), self._enough, self.board)

    def stop(self) -> None:
        self._ready.wait(PATIENCE)
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._enough.set)
        self.join(PATIENCE)
        assert not self.is_alive(), "the worker does not stop"
        if self.failure is not None:
            raise self.failure


def until(what: Callable[[], bool], why: str, worker: Worker | None = None) -> None:
    """Wait for something that comes by itself; the worker's own failure comes first."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        if worker is not None and worker.failure is not None:
            raise worker.failure
        assert time.monotonic() < deadline, why
        time.sleep(0.05)
