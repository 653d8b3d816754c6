"""Prints as JSON how many bytes a series, point, alarm and charge take: on disk, in the log, in a worker's memory.

Run: python -m benchmarks.capacity_sizes > sizes.json                   a home of its own, filled by the live path
     python -m benchmarks.capacity_sizes --database URL > sizes.json    a PostgreSQL that is filled, by bench kafka say
The embedded stores stand for their distributed counterparts where those have not been measured.
"""

import argparse
import json
import resource
import tempfile
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import psycopg
from psycopg import sql

from telassure import wiring
from telassure.evaluation import load
from telassure.kernel.codec import encode
from telassure.kernel.ports import Entry
from telassure.wiring.settings import Settings

TOPOLOGY = {"telemetry": "detection", "usage": "charging", "alarms": "assurance"}
ROWS = {"telemetry": 1_920_000, "usage": 200_000, "alarms": 40_000}  # 20,000 series: a day at 15 minutes
SERIES = (20_000, 80_000)  # two sizes of a worker, for the slope between them
STEPS = 4
# What a row of the business costs in PostgreSQL: its table with indexes, by schema.
TABLES = {"bytes_per_charge": ("charging", "charge"), "bytes_per_alarm_state": ("assurance", "alarm")}


def folder_bytes(place: Path) -> int:
    return sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


def database_bytes(home: Path, name: str) -> int:
    return sum(path.stat().st_size for path in home.glob(f"{name}.db*") if not path.name.endswith("-shm"))


def peak_with(series: int) -> int:
    """The most resident bytes of this process after it has scored a few points of so many series."""
    load.SERIES = series  # type: ignore[misc]  # this process is spawned for one number of them
    with tempfile.TemporaryDirectory(prefix="telassure-sizes-") as place:
        settings = Settings(home=Path(place))
        wiring.home(settings)
        fill(settings, "telemetry", STEPS * series)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def memory() -> dict[str, float]:
    """A detection worker's resident bytes: what it has anyhow, and what each series adds; each peak in a process of its
    own, for a peak never falls."""
    few, many = SERIES
    peaks = []
    for series in SERIES:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            peaks.append(process.submit(peak_with, series).result())
    slope = (peaks[1] - peaks[0]) / (many - few)
    return {"memory_base_bytes": peaks[0] - slope * few, "memory_bytes_per_series": slope}


def fill(settings: Settings, kind: str, rows: int) -> int:
    """Send rows and apply all of them; how many were sent."""
    topology, sent = TOPOLOGY[kind], 0
    with wiring.opened_log(settings) as log, wiring.worker(settings, [topology], live=False) as host:
        name, payload = encode(load.catalogue())
        log.append([Entry(topology, 0, name, payload, "bench:catalogue", "1", b"1")])
        for number, events in enumerate(load.batches(kind, rows)):
            entries = []
            for place, event in enumerate(events):
                name, payload = encode(event)
                position = f"{number}:{place}"
                digest = position.encode()
                entries.append(
                    Entry(topology, 0, name, payload, f"bench:{kind}", position, digest, load.rows_of(event))
                )
            log.append(entries)
            sent += sum(map(load.rows_of, events))
            host.drain()
    return sent


def measured(kind: str, rows: int) -> dict[str, float]:
    """Bytes by row of this kind, in a home of its own."""
    with tempfile.TemporaryDirectory(prefix="telassure-sizes-") as place:
        settings = Settings(home=Path(place), retention={"log_records": 10_000_000})  # type: ignore[arg-type]  # parsed
        wiring.home(settings)
        sent = fill(settings, kind, rows)
        own = database_bytes(settings.home, TOPOLOGY[kind])
        found = {f"log_bytes_per_{kind}_row": database_bytes(settings.home, "log") / sent, f"{kind}_rows": sent}
        if kind == "telemetry":
            found["bytes_per_point"] = folder_bytes(settings.home / "metrics") / sent
            found["state_bytes_per_series"] = own / load.SERIES
        elif kind == "usage":
            found["bytes_per_charge"] = own / sent
        else:
            found["bytes_per_alarm"] = own / sent
        return found


def of_database(url: str) -> dict[str, float]:
    """Bytes by row and by schema of a PostgreSQL that holds what a deployment wrote."""
    found: dict[str, float] = {}
    with psycopg.connect(url) as connection:
        for key, (schema, table) in TABLES.items():
            counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table)))
            rows = (counted.fetchone() or (0,))[0]
            size = connection.execute("SELECT pg_total_relation_size(%s::regclass)", [f"{schema}.{table}"]).fetchone()
            if rows and size:
                found[key] = size[0] / rows
        query = (
            "SELECT n.nspname, sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n"
            " ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = ANY(%s) GROUP BY 1"
        )
        schemas = ["detection", "assurance", "charging", "log"]
        found |= {f"schema_bytes_{name}": float(size) for name, size in connection.execute(query, [schemas])}
    return found


def main() -> Mapping[str, float]:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--database", help="postgresql://…; its tables instead of a home")
    asked.add_argument("--scale", type=float, default=1.0, help="more or fewer rows")
    options = asked.parse_args()
    if options.database:
        return of_database(options.database)
    found: dict[str, float] = memory()
    for kind, rows in ROWS.items():
        found |= measured(kind, int(rows * options.scale))
    return found


if __name__ == "__main__":
    print(json.dumps({name: round(value, 1) for name, value in main().items()}, indent=2))
