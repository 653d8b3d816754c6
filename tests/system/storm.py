"""Chaos over real servers: workers killed, stopped and added, broker and database restarted, input delivered twice.

The end must be that of one undisturbed embedded run over the same input: every table's digest, and the counts.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

from telassure import wiring
from telassure.evaluation.entries import Loader
from telassure.evaluation.kafka import end
from telassure.kernel.errors import TransientError
from telassure.kernel.ports import Entry
from telassure.store.kafka.log import KafkaEventLog
from telassure.store.memory import MemoryPositionLedger
from telassure.wiring.environment import environment
from telassure.wiring.kafka_topics import make_topics
from telassure.wiring.places import kafka_client
from telassure.wiring.settings import DatabaseSettings, KafkaSettings, Settings, WorkerSettings
from tests.kafka.brokers import RealBroker
from tests.postgres.server import PASSWORD, PostgresServer
from tests.system.installation import KEY, ROOT, until

PARTITIONS = 6
SESSION_SECONDS = 6.0
TOPOLOGIES = ("charging", "assurance")
PATIENCE = 900.0


@dataclass(frozen=True)
class Size:
    """How much goes in, how much of it in one entry, how many workers each topology has, how many disturbances."""

    usage: int
    alarms: int
    disturbances: int
    envelope: int = 500
    workers: int = 3
    seed: int = 11


@dataclass
class Worker:
    """One worker process of one topology; `end` says how it was last ended on purpose."""

    topology: str
    number: int
    running: "subprocess.Popen[bytes]"


@dataclass
class Storm:
    """The distributed system under test, on servers that it also disturbs."""

    broker: RealBroker
    postgres: PostgresServer
    settings: Settings
    directory: Path
    size: Size
    workers: list[Worker] = field(default_factory=list)
    happened: dict[str, int] = field(default_factory=dict)
    delivered_twice: int = 0

    def start(self, topology: str, number: int) -> Worker:
        """A worker with a log of its own beside the others'."""
        with (self.directory / f"{topology}-{number}.log").open("ab") as said:
            running = subprocess.Popen(
                _command("worker", "--topology", topology),
                env=environment(self.settings),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        return Worker(topology, number, running)

    def tend(self) -> None:
        """What a supervisor does: start again what has ended."""
        for place, worker in enumerate(self.workers):
            if worker.running.poll() is not None:
                self.happened["restarts"] = self.happened.get("restarts", 0) + 1
                self.workers[place] = self.start(worker.topology, worker.number)

    def said(self) -> str:
        return "".join(path.read_text(errors="replace") for path in sorted(self.directory.glob("*.log")))

    # --- the disturbances --------------------------------------------------------------------------------------------

    def kill(self, chance: random.Random) -> None:
        chance.choice(self.workers).running.kill()

    def rebalance(self, chance: random.Random) -> None:
        """One leaves in order, and comes back as a new member."""
        chance.choice(self.workers).running.terminate()

    def suspend(self, chance: random.Random) -> None:
        """Stopped for longer than the session timeout: the group goes on without it, and then it wakes."""
        worker = chance.choice(self.workers).running
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGSTOP)
            time.sleep(SESSION_SECONDS + 4)
            os.kill(worker.pid, signal.SIGCONT)

    def restart_broker(self, chance: random.Random) -> None:
        self.broker.restart(hard=chance.random() < 0.5)

    def restart_database(self, chance: random.Random) -> None:
        self.postgres.restart(chance.choice(["fast", "immediate"]))

    def disturb(self, chance: random.Random, deck: Sequence[str]) -> None:
        for name in deck:
            time.sleep(chance.uniform(0.5, 2.5))
            getattr(self, name)(chance)
            self.happened[name] = self.happened.get(name, 0) + 1
            self.tend()

    # --- the input ---------------------------------------------------------------------------------------------------

    def publish(self, stop: Event) -> None:
        """All of the input, in its order; where the servers do not answer, again. Now and then an old entry is
        published once more by one who knows nothing of the ledger."""
        chance = random.Random(self.size.seed + 1)
        with closing(wiring.event_log(self.settings)) as log, closing(self._blind()) as blind:
            for entries in load(self.size):
                if stop.is_set():
                    return
                _insist(lambda e=entries: log.append(e), stop)  # type: ignore[misc]  # the loop's
                if chance.random() < 0.05:
                    again = chance.sample(entries, min(len(entries), 20))
                    self.delivered_twice += len(again)
                    _insist(lambda e=again: blind.append(e), stop)  # type: ignore[misc]  # the loop's

    def _blind(self) -> KafkaEventLog:
        class Forgetful(MemoryPositionLedger):
            """Takes every position for new."""

            def claiming(self, batches: Any) -> Any:
                return MemoryPositionLedger().claiming(batches)

        return KafkaEventLog(kafka_client(self.settings), self.settings.kafka.prefix, Forgetful())

    def waiting(self) -> int:
        """Records in the topics that are not applied yet; 0 is the end."""
        with closing(wiring.event_log(self.settings)) as log:
            return sum(wiring.depths(self.settings, log)[name] for name in TOPOLOGIES)


def load(size: Size) -> Iterator[list[Entry]]:
    """Usage and alarms interleaved, a few entries an append."""
    usage = Loader(wiring.TOPOLOGIES["charging"], PARTITIONS, "storm:usage")
    alarms = Loader(wiring.TOPOLOGIES["assurance"], PARTITIONS, "storm:alarms")
    yield usage.catalogue()
    yield alarms.catalogue()
    streams = [usage.batches("usage", size.usage, size.envelope), alarms.batches("alarms", size.alarms)]
    while streams:
        for stream in list(streams):
            batch = next(stream, None)
            if batch is None:
                streams.remove(stream)
            else:
                yield batch
    yield usage.end()
    yield alarms.end()


def undisturbed(home: Path, size: Size) -> Mapping[str, Any]:
    """What one embedded run over the same input leaves."""
    settings = Settings(home=home, partitions=PARTITIONS, pseudonym_key=KEY)
    wiring.home(settings)
    with wiring.opened_log(settings) as log, wiring.worker(settings, TOPOLOGIES, live=False) as host:
        for entries in load(size):
            log.append(entries)
        host.drain()
        while not wiring.applied(settings, log):
            host.drain()
    return standing(settings)


def standing(settings: Settings) -> Mapping[str, Any]:
    """What must not depend on what happened on the way."""
    with closing(wiring.reader(settings)) as reader:
        counters = reader.counters()
        return {
            **reader.digests(),
            "counts": dict(reader.counts()),
            "records": counters.get("records", 0),
            "late": counters.get("late", 0),
            "dead_letters": counters.get("dead_letters", 0),
        }


def settings_for(broker: RealBroker, postgres: PostgresServer, home: Path, prefix: str) -> Settings:
    return Settings(
        home=home,
        partitions=PARTITIONS,
        pseudonym_key=KEY,
        log_level="INFO",
        kafka=KafkaSettings(brokers=broker.bootstrap, prefix=prefix),
        database=DatabaseSettings(url=postgres.address, password=PASSWORD),
        worker=WorkerSettings(session_seconds=SESSION_SECONDS, stuck_seconds=60),
    )


def weather(broker: RealBroker, postgres: PostgresServer, directory: Path, size: Size) -> Storm:
    """Run the whole storm and wait until everything is applied; `standing(storm.settings)` is what it leaves."""
    settings = settings_for(broker, postgres, directory / "home", "storm")
    wiring.home(settings)
    make_topics(settings)
    storm = Storm(broker, postgres, settings, directory, size)
    chance, stop = random.Random(size.seed), Event()
    publisher = Thread(target=storm.publish, args=(stop,), name="publisher")
    try:
        storm.workers = [storm.start(name, n) for name in TOPOLOGIES for n in range(size.workers)]
        publisher.start()
        storm.disturb(chance, _deck(chance, size.disturbances))
        publisher.join(PATIENCE)
        assert not publisher.is_alive(), "the publisher has not come to its end"

        def calm() -> bool:
            storm.tend()
            return _insist(storm.waiting, stop) <= PARTITIONS * len(TOPOLOGIES) * 3  # the last ticks

        until(calm, PATIENCE, "the end of all input")
        until(lambda: _nothing_under_way(settings), 60, "an empty outbox")
    finally:
        stop.set()
        publisher.join(30)
        end([worker.running for worker in storm.workers])
    return storm


def _nothing_under_way(settings: Settings) -> bool:
    with closing(wiring.event_log(settings)) as log:
        return wiring.applied(settings, log)


def _deck(chance: random.Random, disturbances: int) -> list[str]:
    """Every kind at least once where there is room, mostly kills."""
    kinds = ["kill", "suspend", "rebalance", "restart_broker", "restart_database"]
    deck = kinds[:disturbances] + chance.choices(kinds, [6, 1, 2, 1, 1], k=max(0, disturbances - len(kinds)))
    chance.shuffle(deck)
    return deck


def _insist(attempt: Callable[[], Any], stop: Event) -> Any:
    """Try until it succeeds: the servers are away now and then."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return attempt()
        except TransientError:
            if stop.is_set() or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "telassure.app.cli.main", *arguments]


def differing(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What is not the same, with both sides."""
    return {name: (found.get(name), wanted[name]) for name in wanted if found.get(name) != wanted[name]}
