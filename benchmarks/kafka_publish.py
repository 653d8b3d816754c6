"""Prints how fast the log over a real Kafka on this machine takes envelopes of 10,000 rows, and single alarms.

Run: python -m benchmarks.kafka_publish [--runs 5]
Each append returns when the broker has acknowledged it; no position is claimed, so PostgreSQL is left out.
Beside it, in the same run, kafka-python's own producer sends the same bytes and waits once, at the end: what rounds,
headers and answers cost. The broker shares the machine and flushes as the operating system does.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Final

import numpy as np
from kafka import KafkaProducer

from telassure.kernel.codec import encode
from telassure.kernel.events import DeadLetter, Measurements
from telassure.kernel.instant import SECOND, Instant
from telassure.kernel.ports import Appended, Claim, Entry
from telassure.store.kafka.client import KafkaClientSettings
from telassure.store.kafka.log import KafkaEventLog
from telassure.store.sql.group import GroupAppender
from tests.kafka.brokers import create, missing, real_broker

PARTITIONS: Final = 4
ROWS: Final = 10_000
ENVELOPES: Final = 200
ALARMS: Final = 10_000
ALARM_BYTES: Final = 600
_START: Final = 1_700_000_000 * SECOND


class Forgetful:
    """A PositionLedger to which everything is new."""

    @contextmanager
    def claiming(self, batches: Sequence[Sequence[Entry]]) -> Iterator[Claim]:
        yield Claim([Appended(len(batch), 0) for batch in batches], [entry for batch in batches for entry in batch])

    def prune(self, topology: str, before: Instant) -> int:
        return 0

    def bury(self, letters: Sequence[DeadLetter]) -> None: ...
    def close(self) -> None: ...


def envelope() -> bytes:
    """10,000 rows of 2,500 objects and four measurements, with values that do not repeat."""
    chance = np.random.default_rng(7)
    _, payload = encode(
        Measurements(
            "site-1",
            "bench",
            900 * SECOND,
            tuple(f"cell-{n:05d}" for n in range(ROWS // 4)),
            ("throughput", "users", "drops", "latency"),
            np.repeat(np.arange(ROWS // 4, dtype=np.int32), 4),
            np.tile(np.arange(4, dtype=np.int32), ROWS // 4),
            np.full(ROWS, _START, dtype=np.int64),
            chance.normal(100, 15, ROWS),
            np.zeros(ROWS, dtype=np.bool_),
        )
    )
    return payload


def entries(payload: bytes, count: int, run: str, rows: int) -> Sequence[Entry]:
    first = Entry("detection", 0, "measurements", payload, run, "", b"digest", rows)
    return [replace(first, partition=n % PARTITIONS, position=f"{n:08d}", digest=b"%d" % n) for n in range(count)]


def seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def appended(log: KafkaEventLog, batches: Sequence[Sequence[Entry]]) -> float:
    """Seconds until every batch has been acknowledged, one append after the other."""
    return seconds(lambda: [log.append(batch) for batch in batches])


def grouped(log: KafkaEventLog, batches: Sequence[Sequence[Entry]]) -> float:
    """The same through the group commit that the API uses, all of a run in one call."""
    with closing(GroupAppender(log)) as group:
        return seconds(lambda: group.append([entry for batch in batches for entry in batch]))


def plain(bootstrap: str, batches: Sequence[Sequence[Entry]]) -> float:
    """The bare producer: no headers, no claim, one wait."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, batch_size=1_000_000, linger_ms=5, max_request_size=1 << 25)

    def send() -> None:
        for batch in batches:
            for entry in batch:
                producer.send("bench.detection", entry.payload, partition=entry.partition)
        producer.flush()

    with closing(producer):
        producer.partitions_for("bench.detection")
        return seconds(send)


def cut(all_entries: Sequence[Entry], size: int) -> Sequence[Sequence[Entry]]:
    return [all_entries[at : at + size] for at in range(0, len(all_entries), size)]


def measured(bootstrap: str, runs: int) -> dict[str, float]:
    payload, alarm = envelope(), os.urandom(ALARM_BYTES)
    several = ["envelopes", "envelopes_plain", "alarms_by_100", "alarms_grouped", "alarms_plain", "alarms_single"]
    took: dict[str, list[float]] = {name: [] for name in several}
    with closing(KafkaEventLog(KafkaClientSettings(bootstrap), "bench", Forgetful())) as log:
        log.append(entries(alarm, PARTITIONS, "warm", 1))
        for run in range(runs):
            telemetry = cut(entries(payload, ENVELOPES, f"t{run}", ROWS), 8)
            took["envelopes"].append(appended(log, telemetry))
            took["envelopes_plain"].append(plain(bootstrap, telemetry))
            took["alarms_by_100"].append(appended(log, cut(entries(alarm, ALARMS, f"a{run}", 1), 100)))
            took["alarms_grouped"].append(grouped(log, cut(entries(alarm, ALARMS, f"g{run}", 1), 100)))
            took["alarms_plain"].append(plain(bootstrap, cut(entries(alarm, ALARMS, f"p{run}", 1), 100)))
            took["alarms_single"].append(appended(log, cut(entries(alarm, 200, f"s{run}", 1), 1)))
    middle = {name: statistics.median(found) for name, found in took.items()}
    return _figures(middle, len(payload))


def _figures(took: dict[str, float], size: int) -> dict[str, float]:
    return {
        "envelope_bytes": size,
        "envelopes_per_second": ENVELOPES / took["envelopes"],
        "rows_per_second": ENVELOPES * ROWS / took["envelopes"],
        "envelope_megabytes_per_second": ENVELOPES * size / took["envelopes"] / 1e6,
        "plain_envelopes_per_second": ENVELOPES / took["envelopes_plain"],
        "alarms_by_100_per_second": ALARMS / took["alarms_by_100"],
        "alarms_grouped_per_second": ALARMS / took["alarms_grouped"],
        "alarms_grouped_megabytes_per_second": ALARMS * ALARM_BYTES / took["alarms_grouped"] / 1e6,
        "plain_alarms_per_second": ALARMS / took["alarms_plain"],
        "single_alarm_ms": took["alarms_single"] / 200 * 1e3,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=5)
    runs = arguments.parse_args().runs
    if why := missing():
        raise SystemExit(why)
    with real_broker(flags=()) as broker:
        create(broker.bootstrap, "bench.detection", PARTITIONS, max_message_bytes=str(8 << 20))
        print(json.dumps({name: round(value, 3) for name, value in measured(broker.bootstrap, runs).items()}, indent=2))


if __name__ == "__main__":
    main()
