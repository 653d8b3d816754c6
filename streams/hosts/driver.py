"""A topology run synchronously in memory, with the real codec and the real partition: what tests are written against.

In short:

    Driver(topology, stores, partitions=1, *, batch=64, catalogue=())
    .pipe(*events) -> Driver        append to the log (an envelope is cut by partition) and run to the log's end
    .advance(to) -> Driver          Tick(to) to every partition
    .end_feed(feed, quiet) -> Driver
    .change(*entries) -> Driver     CatalogueChange to every partition
    .crash() -> Driver              forget the process state; the log, the state store and the metric store remain
    .spoken() -> list          everything that operators emitted since it was asked last
    .outputs(type) -> list          everything of a type that operators emitted, in order (hops and notices too)
    .records(type) -> list          business records as stored, last state of each, by id
    .points() -> dict               {(managed_object, measurement, time): (value, expected, lower, upper, score)}
    .letters() -> list[DeadLetter]
    .counters -> dict[str, int]     records (rows), late, dead_letters, hop_duplicates, turns
    .outcome() -> Outcome           all of the above at once, comparable
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from math import isnan
from typing import Any, Protocol, TypeVar

from streams.catalogue import Catalogue
from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import TurnLimits, World
from streams.topology import AnyOperator, Topology
from telassure.kernel.codec import encode
from telassure.kernel.events import CatalogueChange, CatalogueEntry, DeadLetter, EndOfFeed, Tick
from telassure.kernel.instant import SECOND, Instant
from telassure.kernel.ports import Entry, EventLog, MetricStore, StateStore
from telassure.kernel.routing import split

T = TypeVar("T")


@dataclass(frozen=True)
class Outcome:
    """What a run left behind, in a form in which two runs can be compared.

    `outputs`: every emitted object in order. `records`: type -> id -> last state. `points` as in `Driver`, NaN as None.
    """

    outputs: tuple[Any, ...]
    records: Mapping[type, Mapping[str, Any]]
    points: Mapping[tuple[str, str, int], tuple[float | None, ...]]
    letters: tuple[DeadLetter, ...]
    counters: Mapping[str, int]

    def of(self, kind: type[T]) -> list[T]:
        """Everything of a type that was emitted, in order."""
        return [output for output in self.outputs if isinstance(output, kind)]


class OpenLog(EventLog, Protocol):
    """A log that also shows what it holds."""

    def content(self) -> list[tuple[int, str, str, bytes]]: ...


class OpenState(StateStore, Protocol):
    """A state store that also shows what it holds: business records by type and id, dead letters by id."""

    @property
    def records(self) -> Mapping[type, Mapping[str, Any]]: ...
    @property
    def letters(self) -> Mapping[str, DeadLetter]: ...


class OpenMetrics(MetricStore, Protocol):
    """A metric store that also shows its points, and loses on demand what was not flushed."""

    @property
    def rows(self) -> Mapping[tuple[str, str, Instant], tuple[float, ...]]: ...
    def lose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Stores:
    """What a driver runs over."""

    log: OpenLog
    state: OpenState
    metrics: OpenMetrics


class DriverClock:
    """A wall clock that moves only when told to."""

    def __init__(self) -> None:
        self.time: Instant = 0

    def now(self) -> Instant:
        return self.time


class Driver:
    """One topology over memory. Every call appends to the log and runs to its end; hops back into it are followed."""

    def __init__(
        self,
        topology: Topology,
        stores: Stores,
        partitions: int = 1,
        *,
        batch: int = 64,
        catalogue: Sequence[CatalogueEntry] = (),
    ) -> None:
        self.topology = topology
        self.log = stores.log
        self.memory = stores.state
        self.metrics = stores.metrics
        self.clock = DriverClock()
        self._sources = {source.event: source for source in topology.sources}
        self.partitions = partitions
        self._emitted: list[Any] = []
        self._heard = 0
        self._appended = 0
        world = World(
            log=self.log,
            store=self.memory,
            clock=self.clock,
            metrics=self.metrics,
            partitions={topology.name: partitions, **{hop.to: partitions for hop in topology.hops}},
            sleep=lambda seconds: None,
            elapsed=lambda: self.clock.time / SECOND,
            observe=self._emitted.extend,
        )
        self._world, self._limits = world, TurnLimits(records=batch, batch=batch)
        self._running = self._start()
        if catalogue:
            self.change(*catalogue)

    def pipe(self, *events: Any) -> "Driver":
        """Append events (an envelope is cut by partition, a control goes to all) and run to the log's end."""
        self.append(*events)
        return self.run()

    def append(self, *events: Any) -> None:
        """Only append: what follows is one batch as far as its size allows."""
        for event in events:
            self._appended += 1
            for number, part in self._parts(event).items():
                kind, payload = encode(part)
                position = f"{self._appended}/{number}"
                digest = blake2b(payload, digest_size=16).digest()
                rows = len(part) if hasattr(part, "take") else 1
                entry = Entry(self.topology.name, number, kind, payload, "driver", position, digest, rows)
                self.log.append([entry])

    def _parts(self, event: Any) -> Mapping[int, Any]:
        source = self._sources.get(type(event))
        if source is None:
            return dict.fromkeys(range(self.partitions), event)
        return split(event, *source.keys(event), self.partitions)

    def run(self) -> "Driver":
        """Run all partitions until nothing is left to read and everything is durable."""
        moved = True
        while moved:
            moved = False
            for partition in self._running:
                while not partition.turn().idle:
                    moved = True
        return self

    def settle(self) -> "Driver":
        """Commit what a paced checkpoint still holds back."""
        for partition in self._running:
            while not partition.settle():
                while not partition.turn().idle:
                    pass
        return self

    def advance(self, to: Instant) -> "Driver":
        """A tick to every partition; the driver's wall clock goes with it."""
        self.clock.time = max(self.clock.time, to)
        return self.pipe(Tick(to))

    def end_feed(self, feed: str, quiet: int) -> "Driver":
        return self.pipe(EndOfFeed(feed, quiet))

    def change(self, *entries: CatalogueEntry) -> "Driver":
        return self.pipe(CatalogueChange(tuple(entries)))

    def crash(self) -> "Driver":
        """Forget all process state; the log, the state store and what was flushed to the metric store remain."""
        self.metrics.lose()
        self._running = self._start()
        return self

    def _start(self) -> list[Partition]:
        return [Partition(self.topology, number, self._world, self._limits) for number in range(self.partitions)]

    def use_store(self, store: StateStore) -> None:
        """Go on over another state store, say one that fails; a crash first."""
        self._world = replace(self._world, store=store)
        self._running = self._start()

    def limit(self, limits: TurnLimits) -> None:
        """Go on with other limits, say a small cache; a crash first."""
        self._limits = limits
        self._running = self._start()

    def operators(self) -> Sequence[AnyOperator]:
        """The topology's operators, over an empty catalogue."""
        return self.topology.operators(Catalogue())

    def log_content(self) -> list[tuple[int, str, str, bytes]]:
        """(partition, source, kind, payload) of every record in every log, in order."""
        return self.log.content()

    def spoken(self) -> list[Any]:
        """What operators have emitted since this was asked last."""
        fresh, self._heard = self._emitted[self._heard :], len(self._emitted)
        return fresh

    def outputs(self, kind: type[T]) -> list[T]:
        """Everything of a type that operators emitted, in order."""
        return [output for output in self._emitted if isinstance(output, kind)]

    def records(self, kind: type[T]) -> list[T]:
        """Business records as stored, last state of each, by id."""
        self.settle()
        return [record for _, record in sorted(self.memory.records.get(kind, {}).items())]

    def points(self) -> dict[tuple[str, str, Instant], tuple[float, ...]]:
        """(value, expected, lower, upper, score) by (managed object, measurement, time)."""
        self.metrics.flush()
        return dict(self.metrics.rows)

    def letters(self) -> list[DeadLetter]:
        self.settle()
        return [letter for _, letter in sorted(self.memory.letters.items())]

    @property
    def counters(self) -> dict[str, int]:
        self.settle()
        return dict(self.memory.counters(self.topology.name))

    def outcome(self) -> Outcome:
        """All of it; `turns`, which the batch size sets, is left out of the counters."""
        counters = {name: count for name, count in self.counters.items() if name != "turns" and count}
        kept = {kind: dict(sorted(records.items())) for kind, records in self.memory.records.items() if records}
        points = {place: tuple(None if isnan(x) else x for x in row) for place, row in self.points().items()}
        return Outcome(tuple(self._emitted), kept, points, tuple(self.letters()), counters)
