"""The embedded system end to end on this machine: appended by one process, applied by a worker process, durable.

Throughput: one kind at a time, from the first append until everything is scored, stored and committed. Latency: all
kinds together at a tenth of their goals, from the acknowledgement of an append until the result can be read.
"""

import contextlib
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from telassure import wiring
from telassure.evaluation import load
from telassure.kernel.codec import encode
from telassure.kernel.errors import TransientError
from telassure.kernel.identity import derive_id
from telassure.kernel.ports import Entry, MetricStore
from telassure.store.sql import GroupAppender, SqlStateStore
from telassure.wiring.environment import environment
from telassure.wiring.processes import own_command
from telassure.wiring.settings import Settings, isolated

Say = Callable[[str], None]
GOALS: Final[Mapping[str, int]] = {"telemetry": 200_000, "usage": 20_000, "alarms": 10_000}
_TOPOLOGY: Final = {"telemetry": "detection", "usage": "charging", "alarms": "assurance"}
STEP: Final = 0.1  # seconds between two appends
_PATIENCE_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much of each: rows for throughput, and seconds for latency."""

    points: int = 6_000_000
    usage: int = 400_000
    alarms: int = 100_000
    latency_seconds: float = 15.0

    def scaled(self, by: float) -> "Amounts":
        seconds = max(3.0, self.latency_seconds * by)
        return Amounts(int(self.points * by), int(self.usage * by), int(self.alarms * by), seconds)


def measure(amounts: Amounts, say: Say) -> Mapping[str, Any]:
    """The keys of `bench embedded`; each kind in a home of its own."""
    found: dict[str, Any] = {}
    peak = 0.0
    for kind, rows in (("telemetry", amounts.points), ("usage", amounts.usage), ("alarms", amounts.alarms)):
        say(f"{kind}: {rows:,} rows")
        rate, memory = throughput(kind, rows)
        found[kind], peak = rate, max(peak, memory)
    say(f"all together at a tenth of the goals for {amounts.latency_seconds:g} s")
    latencies, memory = _latency(amounts.latency_seconds)
    pooled = np.concatenate(list(latencies.values()))
    each = {
        f"latency_{kind}_{name}_ms": round(float(np.percentile(values, percent)), 1)
        for kind, values in latencies.items()
        for name, percent in (("p50", 50), ("p99", 99))
    }
    return {
        "telemetry_points_per_second": found["telemetry"],
        "usage_records_per_second": found["usage"],
        "alarms_per_second": found["alarms"],
        "latency_p50_ms": round(float(np.percentile(pooled, 50)), 1),
        "latency_p99_ms": round(float(np.percentile(pooled, 99)), 1),
        "peak_memory_mb": round(max(peak, memory), 1),
        **each,
        "rows": {"telemetry": amounts.points, "usage": amounts.usage, "alarms": amounts.alarms},
        "cores": os.cpu_count(),
    }


@dataclass(slots=True)
class _System:
    """A home of its own with worker processes on it. What is appended has a mark (telemetry: the newest time, which
    grows; else the log's end), and its results can be read once `shown` has reached that mark."""

    settings: Settings
    log: wiring.GroupedLog
    stores: Mapping[str, SqlStateStore]
    metrics: MetricStore
    workers: Sequence["subprocess.Popen[bytes]"]
    sequence: int = 0

    def append(self, kind: str, events: Sequence[Any], log: GroupAppender | None = None) -> int:
        """Durable when it returns; the mark of the last of them."""
        topology, entries = _TOPOLOGY[kind], []
        for event in events:
            self.sequence += 1
            name, payload = encode(event)
            position = str(self.sequence)
            digest = derive_id(position).encode()
            entries.append(Entry(topology, 0, name, payload, f"bench:{kind}", position, digest, load.rows_of(event)))
        (log or self.log).append(entries)
        return int(events[-1].time[-1]) if kind == "telemetry" else self.log.end(topology, 0)

    def introduce(self, kind: str) -> None:
        """The catalogue, before anything else."""
        name, payload = encode(load.catalogue())
        self.log.append([Entry(_TOPOLOGY[kind], 0, name, payload, "bench:catalogue", "1", b"1")])

    def shown(self, kind: str) -> int:
        if kind == "telemetry":
            return self.metrics.newest() or 0
        return self.stores[_TOPOLOGY[kind]].checkpoint(_TOPOLOGY[kind], 0).offset

    def wait(self, kind: str, offset: int) -> None:
        patience = time.monotonic() + _PATIENCE_SECONDS
        pause = threading.Event()
        while self.shown(kind) < offset:
            if any(worker.poll() is not None for worker in self.workers):
                raise TransientError("a worker process ended during the measurement; its log says why")
            if time.monotonic() > patience:
                raise TransientError(f"{kind} was not applied within {_PATIENCE_SECONDS:g} s")
            pause.wait(0.005)

    def peak_memory(self) -> float:
        """The workers' peak resident memory together, in MB."""
        return sum(_peak(worker.pid) for worker in self.workers)


@contextlib.contextmanager
def _system(topologies: Sequence[str]) -> Iterator[_System]:
    with tempfile.TemporaryDirectory(prefix="telassure-bench-") as place:
        settings = isolated(Path(place)).model_copy(update={"log_level": "WARNING"})
        wiring.home(settings)
        commands: list[tuple[str, ...]] = [("worker", "--topology", name) for name in topologies]
        commands += [("deliver",)] if any(wiring.TOPOLOGIES[name].notices for name in topologies) else []
        workers = [
            subprocess.Popen(own_command(*command), env=environment(settings))  # noqa: S603  # our own command
            for command in commands
        ]
        stores = {name: wiring.state_store(settings, name) for name in wiring.TOPOLOGIES}
        metrics = wiring.metric_store(settings, read_only=True)
        try:
            with wiring.opened_log(settings) as log:
                yield _System(settings, log, stores, metrics, workers)
        finally:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.wait(30)
            metrics.close()
            for store in stores.values():
                store.close()


def throughput(kind: str, rows: int) -> tuple[int, float]:
    """Rows a second, and the worker's peak memory in MB. What is sent before the clock starts: the catalogue and one
    batch, so that the process is up and its kernels are compiled."""
    with _system([_TOPOLOGY[kind]]) as system:
        batches = load.batches(kind, max(rows, 2 * load.ENVELOPE))  # the first batch is not timed
        system.introduce(kind)
        system.wait(kind, system.append(kind, next(batches)))
        sent, last, start = 0, 0, time.perf_counter()
        for events in batches:
            last = system.append(kind, events)
            sent += sum(map(load.rows_of, events))
        system.wait(kind, last)
        return int(sent / (time.perf_counter() - start)), system.peak_memory()


def _latency(seconds: float) -> tuple[Mapping[str, np.ndarray], float]:
    """Milliseconds from acknowledgement to visible result per kind, one figure an append."""
    with _system(list(wiring.TOPOLOGIES)) as system:
        appender = GroupAppender(system.log)
        found: dict[str, list[float]] = {kind: [] for kind in GOALS}
        senders = []
        for kind in GOALS:
            system.introduce(kind)
            system.wait(kind, system.append(kind, next(load.batches(kind, 10_000))))
        for number, (kind, goal) in enumerate(GOALS.items()):
            lane = replace(system, sequence=(number + 1) * 1_000_000_000)
            arguments = (lane, appender, kind, goal / 10, seconds, found[kind])
            senders.append(threading.Thread(target=_pace, args=arguments, name=f"bench {kind}"))
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        appender.close()
        return {kind: np.array(values) for kind, values in found.items()}, system.peak_memory()


def flood_latency(rows: int) -> list[float]:
    """Milliseconds from the acknowledgement of an append until what it made can be read, one figure an append, while so
    many alarms come within ten seconds, and through the thirty that follow."""
    with _system(["assurance"]) as system:
        found: list[float] = []
        appender = GroupAppender(system.log)
        system.introduce("alarms")
        system.wait("alarms", system.append("alarms", next(load.batches("alarms", 500))))
        _timed(system, appender, "alarms", load.flood(rows), found)
        appender.close()
        return found


def _timed(
    system: _System, appender: GroupAppender, kind: str, batches: Iterable[Sequence[Any]], found: list[float]
) -> None:
    """An append every tenth of a second; each is timed until its offset can be read."""
    pause, start = threading.Event(), time.perf_counter()
    for number, events in enumerate(batches):
        pause.wait(max(0.0, start + number * STEP - time.perf_counter()))
        offset = system.append(kind, events, appender)
        acknowledged = time.perf_counter()
        while system.shown(kind) < offset:
            pause.wait(0.002)
        found.append((time.perf_counter() - acknowledged) * 1_000)


def _pace(system: _System, appender: GroupAppender, kind: str, rate: float, seconds: float, found: list[float]) -> None:
    """Ten appends a second at this rate for so long."""
    batches = load.batches(kind, int(rate * (seconds + 5)), int(rate * STEP), after=1)
    _timed(system, appender, kind, islice(batches, int(seconds / STEP)), found)


def _peak(pid: int) -> float:
    """Peak resident memory of a process in MB; 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0
