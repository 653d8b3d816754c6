"""Worker processes over one topic and one database: they come, go and are killed, and nothing is lost or doubled."""

import contextlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from telassure.store.sql import SqlStateStore
from telassure.store.sql.migrate import upgrade
from tests.driver import Driver
from tests.hosts.faust_stage import Stage, until
from tests.hosts.faust_topology import scenario, whole
from tests.kafka.brokers import RealBroker
from tests.kafka.fixtures import PARTITIONS, Cluster

pytestmark = pytest.mark.heavy
ROOT = Path(__file__).resolve().parents[2]


class Fleet:
    """Worker processes of one stage; `files` holds their logs."""

    def __init__(self, stage: Stage, url: str, files: Path) -> None:
        self._stage, self._url, self._files = stage, url, files
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        cluster = self._stage.cluster
        arguments = [sys.executable, "-m", "tests.hosts.faust_worker", cluster.bootstrap, cluster.prefix, self._url]
        with self._file(len(self.processes)).open("wb") as log:
            self.processes.append(subprocess.Popen(arguments, cwd=ROOT, stderr=log, stdout=log))
        return self.processes[-1]

    def assigned(self, number: int) -> bool:
        """Has this worker been given partitions at least once?"""
        return re.search(r"whole has partitions \[\d", self.text(number)) is not None

    def text(self, number: int) -> str:
        return self._file(number).read_text(encoding="utf-8", errors="replace")

    def _file(self, number: int) -> Path:
        return self._files / f"worker-{number}.log"


@contextlib.contextmanager
def fleet(stage: Stage, url: str, files: Path) -> Iterator[Fleet]:
    found = Fleet(stage, url, files)
    try:
        yield found
    finally:
        for process in found.processes:
            process.kill()
            process.wait()


def outcome_of(store: Any) -> Any:
    counted = store.counters("whole").items()
    return {name: n for name, n in counted if name not in ("turns", "duplicates", "hop_duplicates")}


def kept(store: Any, cells: dict[tuple[str, str], int]) -> dict[tuple[str, str], bytes | None]:
    found = {}
    for (operator, key), number in cells.items():
        row = store.cells("whole", number, operator, [key]).get(key)
        found[(operator, key)] = None if row is None else row.blob
    return found


def test_workers_that_join_leave_and_are_killed_lose_and_double_nothing(real_kafka: RealBroker, tmp_path: Path) -> None:
    # Not over the mock cluster: it refuses a member whose SyncGroup comes after the leader's, as on a busy machine.
    kafka = Cluster(real_kafka.bootstrap, real=True)
    driver = Driver(whole(), partitions=PARTITIONS, batch=16).pipe(*scenario()).settle()
    url = f"sqlite:///{tmp_path}/state.db"
    upgrade(url, "state")
    store = SqlStateStore(url)
    stage = Stage(whole(), kafka, store=store)
    events = scenario()
    with fleet(stage, url, tmp_path) as workers:
        first = workers.start()
        stage.publish(*events[:20])
        until(lambda: max(stage.offsets().values()) > 0, "the first worker applies nothing")
        workers.start()
        until(lambda: workers.assigned(1), "the second worker is given nothing")
        stage.publish(*events[20:40])
        first.kill()
        stage.publish(*events[40:55])
        workers.start()
        until(lambda: workers.assigned(2), "the third worker is given nothing")
        stage.publish(*events[55:])
        done = workers.processes[1]
        done.send_signal(signal.SIGTERM)
        assert done.wait(60) == 0, workers.text(1)[-3000:]
        stage.again()
        until(lambda: drained(stage), "the input is not applied to its end")
        last = workers.processes[2]
        last.send_signal(signal.SIGTERM)
        assert last.wait(60) == 0, workers.text(2)[-3000:]
    places = {
        (row.operator, row.key): n
        for n in range(PARTITIONS)
        for row in driver.memory.stored("whole", n)
        if not row.operator.startswith("@")
    }
    assert outcome_of(store) == outcome_of(driver.memory)
    assert kept(store, places) == kept(driver.memory, places)
    assert committed(stage) == stage.offsets()
    store.close()


def drained(stage: Stage) -> bool:
    """Everything in the topic, hops of other processes included, is durable."""
    return not stage.store.outbox("whole", 1) and stage.offsets() == ends(stage)


def ends(stage: Stage) -> dict[int, int]:
    return {n: consumer(stage).get_watermark_offsets(place(stage, n), timeout=10)[1] for n in range(PARTITIONS)}


def committed(stage: Stage) -> dict[int, int]:
    found = consumer(stage).committed([place(stage, n) for n in range(PARTITIONS)], timeout=10)
    return {place.partition: place.offset for place in found}


def place(stage: Stage, number: int) -> TopicPartition:
    return TopicPartition(f"{stage.cluster.prefix}.whole", number)


def consumer(stage: Stage) -> Consumer:
    group = f"{stage.cluster.prefix}.whole"
    return Consumer({"bootstrap.servers": stage.cluster.bootstrap, "group.id": group, "log_level": 0})
