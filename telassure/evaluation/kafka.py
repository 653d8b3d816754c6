"""The distributed system end to end over a real broker: published here, applied by worker processes, durable.

Each measurement has topics, a database and worker processes of its own. Throughput is from the first publish until all
of it is scored, rated and committed; the speedup is of a backlog that one worker, then two, work off; the baseline is a
plain consumer loop that decodes the same records and counts their rows.
"""

import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from telassure import wiring
from telassure.evaluation.entries import Loader, rows_in
from telassure.kernel.errors import ConfigurationError, TransientError
from telassure.kernel.ports import Entry
from telassure.store.sql import SqlStateStore
from telassure.store.sql.scratch import scratch_database
from telassure.wiring.environment import environment
from telassure.wiring.kafka_topics import own_topics
from telassure.wiring.processes import own_command
from telassure.wiring.settings import Settings

Say = Callable[[str], None]
_TOPOLOGY: Final = {"telemetry": "detection", "usage": "charging"}
_PARTITIONS: Final = 2  # as many as workers at most, so that each has the same
_PATIENCE_SECONDS: Final = 300.0
_ENDING_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class ClusterAmounts:
    """Rows of each kind."""

    points: int = 4_000_000
    usage: int = 300_000

    def scaled(self, by: float) -> "ClusterAmounts":
        return ClusterAmounts(int(self.points * by), int(self.usage * by))


def measure(settings: Settings, amounts: ClusterAmounts, say: Say) -> Mapping[str, Any]:
    """The keys of `bench kafka`. ConfigurationError where no brokers and no database are set."""
    if not settings.distributed:
        raise ConfigurationError(
            "bench kafka measures real servers: set TELASSURE_KAFKA__BROKERS and TELASSURE_DATABASE__URL"
        )
    say(f"telemetry: {amounts.points:,} points")
    telemetry = _throughput(settings, "telemetry", amounts.points)
    say(f"usage: {amounts.usage:,} records")
    usage = _throughput(settings, "usage", amounts.usage)
    say("a backlog of usage: one worker, then two; then the plain consumer")
    one, plain_usage = _backlog(settings, "usage", amounts.usage, 1)
    two, _ = _backlog(settings, "usage", amounts.usage, 2)
    plain = _plain_telemetry(settings, amounts.points)
    return {
        "telemetry_points_per_second": telemetry,
        "usage_records_per_second": usage,
        "workers": 2,
        "speedup": round(two / one, 2),
        "backlog_usage_records_per_second": {"1": one, "2": two},
        "baselines": {
            "aiokafka_decode_and_count": {
                "telemetry_points_per_second": plain,
                "usage_records_per_second": plain_usage,
            }
        },
        "cores": os.cpu_count(),
        "rows": {"telemetry": amounts.points, "usage": amounts.usage},
        "partitions": _PARTITIONS,
    }


@dataclass(slots=True)
class Bench:
    """A system of its own: `log` publishes, `store` says how far the workers are."""

    settings: Settings
    log: wiring.GroupedLog
    store: SqlStateStore
    topology: str
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start_worker(self) -> None:
        """One more worker process."""
        command = own_command("worker", "--topology", self.topology)
        self.workers.append(subprocess.Popen(command, env=environment(self.settings)))  # noqa: S603  # our own command

    def applied(self) -> Mapping[int, int]:
        """The durable offset of each partition."""
        return {n: self.store.checkpoint(self.topology, n).offset for n in range(self.settings.partitions)}

    def wait(self, ends: Mapping[int, int]) -> None:
        """Until every partition has durably applied up to its end."""
        patience, pause = time.monotonic() + _PATIENCE_SECONDS, threading.Event()
        while any(self.store.checkpoint(self.topology, n).offset < end for n, end in ends.items()):
            if any(worker.poll() is not None for worker in self.workers):
                raise TransientError("a worker process ended during the measurement; its log says why")
            if time.monotonic() > patience:
                raise TransientError(f"{self.topology} was not applied within {_PATIENCE_SECONDS:g} s")
            pause.wait(0.01)

    def ends(self) -> Mapping[int, int]:
        """Where the topic of each partition ends now; ticks that come later are not waited for."""
        return {n: self.log.end(self.topology, n) for n in range(self.settings.partitions)}


@contextlib.contextmanager
def system(settings: Settings, topology: str, partitions: int = _PARTITIONS) -> Iterator[Bench]:
    """Topics, database and home of its own, gone at the end, with the servers of these settings."""
    with contextlib.ExitStack() as open_ones:
        password = settings.database.password.get_secret_value()
        database = open_ones.enter_context(scratch_database(settings.database.url, password))
        home = open_ones.enter_context(tempfile.TemporaryDirectory(prefix="telassure-bench-"))
        prefix = f"bench-{secrets.token_hex(4)}"
        own = settings.model_copy(
            update={
                "home": Path(home),
                "partitions": partitions,
                "pseudonym_key": secrets.token_hex(32),
                "log_level": "WARNING",
                "kafka": settings.kafka.model_copy(update={"prefix": prefix}),
                "database": settings.database.model_copy(update={"url": database}),
            }
        )
        wiring.home(own)
        open_ones.enter_context(own_topics(own))
        log = open_ones.enter_context(wiring.opened_log(own))
        store = open_ones.enter_context(contextlib.closing(wiring.state_store(own, topology)))
        bench = Bench(own, log, store, topology)
        try:
            yield bench
        finally:
            end(bench.workers)


def end(workers: Sequence["subprocess.Popen[bytes]"]) -> None:
    """SIGTERM, and SIGKILL to what does not heed it."""
    for worker in workers:
        worker.terminate()
    for worker in workers:
        try:
            worker.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def _throughput(settings: Settings, kind: str, rows: int) -> int:
    """Rows a second, published while one worker applies them. The catalogue and one batch come before the clock."""
    topology = wiring.TOPOLOGIES[_TOPOLOGY[kind]]
    with system(settings, topology.name) as bench:
        loader = Loader(topology, _PARTITIONS, f"bench:{kind}")
        batches = loader.batches(kind, rows)
        bench.log.append(loader.catalogue())
        bench.log.append(next(batches))
        bench.start_worker()
        bench.wait(bench.ends())
        sent, start = 0, time.perf_counter()
        for entries in _bundles(batches):
            bench.log.append(entries)
            sent += rows_in(entries)
        bench.wait(bench.ends())
        return int(sent / (time.perf_counter() - start))


def _backlog(settings: Settings, kind: str, rows: int, workers: int) -> tuple[int, int]:
    """(rows a second of so many workers on a backlog, of the plain consumer). The workers run before the input comes,
    and the clock runs from the end of publishing, so that neither starting nor publishing counts."""
    topology = wiring.TOPOLOGIES[_TOPOLOGY[kind]]
    with system(settings, topology.name) as bench:
        loader = Loader(topology, _PARTITIONS, f"bench:{kind}")
        bench.log.append(loader.catalogue())
        for _ in range(workers):
            bench.start_worker()
        bench.wait(bench.ends())  # every partition is owned
        for entries in _bundles(loader.batches(kind, rows)):
            bench.log.append(entries)
        ends = bench.ends()
        start, begun = time.perf_counter(), rows_of_records(bench)
        bench.wait(ends)
        seconds = time.perf_counter() - start
        rate = int((rows_of_records(bench) - begun) / seconds)
        end(bench.workers)
        bench.workers.clear()
        return rate, _plain(bench)


def rows_of_records(bench: Bench) -> int:
    """Rows that the workers have applied so far."""
    return bench.store.counters(bench.topology).get("records", 0)


def _plain_telemetry(settings: Settings, rows: int) -> int:
    topology = wiring.TOPOLOGIES["detection"]
    with system(settings, topology.name) as bench:
        for entries in _bundles(Loader(topology, _PARTITIONS, "bench:telemetry").batches("telemetry", rows)):
            bench.log.append(entries)
        return _plain(bench)


def _plain(bench: Bench) -> int:
    """The same topic, read, decoded and counted by a process that does nothing else."""
    command = [sys.executable, "-P", "-m", "telassure.evaluation.plain_consumer", bench.topology]
    done = subprocess.run(  # noqa: S603  # our own interpreter and module
        command, env=environment(bench.settings), capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
    )
    if done.returncode:
        raise TransientError(f"the plain consumer failed: {done.stderr[-2000:]}")
    return int(json.loads(done.stdout)["rows_per_second"])


def _bundles(batches: Iterator[list[Entry]], entries: int = 16) -> Iterator[list[Entry]]:
    """Several batches in one append, as a busy gateway's group commit does."""
    bundle: list[Entry] = []
    for batch in batches:
        bundle += batch
        if len(bundle) >= entries:
            yield bundle
            bundle = []
    if bundle:
        yield bundle
