"""Ingestion without the network: JSON bytes to a durable log, by kind and form; prints one JSON object.

    python -m benchmarks.ingest [--runs 5] [--batches 5]

Each run parses, judges, routes and appends batches of 10,000 rows to a new SQLite log (two partitions a topology);
`judged` is the validator alone. Medians of the runs. The comparison is json.loads of the same bytes with nothing else.
"""

import argparse
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

from ingestion.batches.batch import Batch, Origin
from ingestion.batches.directory import MemoryDirectory
from ingestion.batches.kind import kind_named
from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.terms import Terms
from ingestion.gateway import Gateway
from telassure.kernel.instant import SECOND, iso
from telassure.store.sql import SqlEventLog

ROWS = 10_000
START = 1_780_000_000 * SECOND
PARTITIONS = {"detection": 2, "assurance": 2, "charging": 2}
WHO = Pseudonymiser(b"a key of the benchmark")


class FixedClock:
    def now(self) -> int:
        return START + 86_400 * SECOND


def points_by_column(batch: int) -> object:
    return {
        "granularity_s": 60,
        "managed_objects": [f"cell-{n}" for n in range(1_000)],
        "measurements": [f"counter-{n}" for n in range(10)],
        "managed_object": [n // 10 for n in range(ROWS)],
        "measurement": [n % 10 for n in range(ROWS)],
        "time": [START + batch * 60 * SECOND] * ROWS,
        "value": [n * 0.37 for n in range(ROWS)],
    }


def points_by_row(batch: int) -> object:
    at = iso(START + batch * 60 * SECOND)
    return [
        {"time": at, "managed_object": f"cell-{n // 10}", "measurement": f"counter-{n % 10}", "value": n * 0.37}
        for n in range(ROWS)
    ]


def usage_by_row(batch: int) -> object:
    return [
        {
            "record_id": f"r-{batch}-{n}",
            "subscriber": f"49171{n % 3_000:07d}",
            "service": "voice",
            "destination": f"+4930{n:07d}",
            "switch": f"msc-{n % 8}",
            "time": iso(START + (batch * ROWS + n) * SECOND // 100),
            "volume": n % 600,
        }
        for n in range(ROWS)
    ]


def usage_by_column(batch: int) -> object:
    rows = usage_by_row(batch)
    assert isinstance(rows, list)
    return {name: [row[name] for row in rows] for name in rows[0]}


def alarms(batch: int) -> object:
    at = START + batch * SECOND
    return [{"managed_object": f"n-{n}", "perceived_severity": "major", "time": at} for n in range(ROWS)]


FORMS: dict[str, tuple[str, Callable[[int], object]]] = {
    "points_by_column": ("measurements", points_by_column),
    "points_by_row": ("measurements", points_by_row),
    "usage_by_column": ("usage", usage_by_column),
    "usage_by_row": ("usage", usage_by_row),
    "alarms": ("alarms", alarms),
}


def durable(kind: str, bodies: Sequence[bytes]) -> float:
    """Rows a second from bytes to a durable log."""
    with tempfile.TemporaryDirectory() as folder:
        log = SqlEventLog(f"sqlite:///{Path(folder) / 'log.db'}")
        gateway = Gateway(log, MemoryDirectory(), FixedClock(), PARTITIONS, WHO)
        origin = Origin("bench", "bench")
        began = time.perf_counter()
        for number, body in enumerate(bodies):
            receipt = gateway.submit(Batch(kind, orjson.loads(body), str(number)), origin)
            assert receipt.accepted == ROWS
        seconds = time.perf_counter() - began
        log.close()
    return len(bodies) * ROWS / seconds


def judged(kind: str, bodies: Sequence[bytes]) -> float:
    """Rows a second through the validator, parsed before."""
    parsed = [orjson.loads(body) for body in bodies]
    began = time.perf_counter()
    for body in parsed:
        assert not kind_named(kind).read(body, Terms("bench"), WHO).rejected
    return len(bodies) * ROWS / (time.perf_counter() - began)


def loaded(_: str, bodies: Sequence[bytes]) -> float:
    """Rows a second through json.loads alone."""
    began = time.perf_counter()
    for body in bodies:
        json.loads(body)
    return len(bodies) * ROWS / (time.perf_counter() - began)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=5)
    asked.add_argument("--batches", type=int, default=5)
    chosen = asked.parse_args()
    found: dict[str, object] = {"machine": platform.platform(), "rows_per_batch": ROWS}
    for name, (kind, make) in FORMS.items():
        bodies = [orjson.dumps(make(batch)) for batch in range(chosen.batches)]
        found[name] = {
            measure.__name__ + "_rows_per_second": round(
                statistics.median(measure(kind, bodies) for _ in range(chosen.runs))
            )
            for measure in (durable, judged, loaded)
        }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
