"""One small network over SQLite, in two halves, run by whichever release lies in the working directory.

`python scenario.py HOME first|second|both` prints what the databases hold afterwards as JSON. It names nothing that the
release before this one does not have.
"""

import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from fractions import Fraction
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, os.getcwd())

_FORMER = {
    "streams.hosts.partition.turn": "streams.hosts.partition",
    "streams.hosts.partition.world": "streams.hosts.world",
}


def module(name: str) -> Any:
    """A module of ours by its present name, or where releases up to the tag before-move had it."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return import_module(_FORMER.get(name, name.replace("telassure.kernel.", "telassure.")))


ours, instants = module("telassure.kernel.events"), module("telassure.kernel.instant")
Partition, World = module("streams.hosts.partition.turn").Partition, module("streams.hosts.partition.world").World
encode, Entry = module("telassure.kernel.codec").encode, module("telassure.kernel.ports").Entry
Money, MemoryMetricStore = (
    module("telassure.kernel.money").Money,
    module("telassure.store.memory_metrics").MemoryMetricStore,
)
ASSURANCE, CHARGING, DETECTION = (
    getattr(module(f"streams.topologies.{name}"), name.upper()) for name in ("assurance", "charging", "detection")
)
DAY, HOUR, MINUTE, SECOND = (getattr(instants, name) for name in ("DAY", "HOUR", "MINUTE", "SECOND"))
sql = module("telassure.store.sql")
SqlEventLog, SqlReader, SqlStateStore = sql.SqlEventLog, sql.SqlReader, sql.SqlStateStore

START = 1_700_000_000 * SECOND // DAY * DAY
TOPOLOGIES = (DETECTION, CHARGING, ASSURANCE)


class Stopped:
    """A wall clock that stands."""

    def now(self) -> int:
        return START + DAY


def catalogue() -> ours.CatalogueChange:
    price = ours.Price("voice", "", "per_unit", Fraction("0.06"), per=60)
    return ours.CatalogueChange(
        (
            ours.Resource("olt-1", "olt", "OLT 1", "site-1"),
            *(ours.Resource(f"onu-{n}", "onu", f"ONU {n}", "site-1", ("olt-1",)) for n in range(3)),
            ours.Customer("c-1", "Ada", "gold"),
            ours.Account("a-1", "c-1", "mobile", "postpaid", Money.zero("EUR")),
            ours.Account("a-2", "c-1", "mobile", "prepaid", Money.of("0.50", "EUR")),
            ours.Service("s-1", "broadband", "a-1", "mobile", ("onu-1",)),
            ours.Product("mobile", "Mobile", Money.of("10", "EUR"), "t-1"),
            ours.Tariff("t-1", 0, None, "EUR", (price,)),
        )
    )


def usage(number: int, at: int) -> ours.UsageRecords:
    rows = np.arange(4, dtype=np.int32)
    return ours.UsageRecords(
        "cdr", ("a-1", "a-2"), ("s-1", "s-2"), ("voice",), ("4930",), ("msc-1",),
        tuple(f"r-{number}-{row}" for row in rows), rows % 2, rows % 2, rows * 0, rows * 0, rows * 0,
        at + rows.astype(np.int64) * SECOND, 60 + rows.astype(np.int64), rows > 9,
    )  # fmt: skip


def measured(number: int) -> ours.Measurements:
    rows, at = np.arange(2, dtype=np.int32), np.full(2, START + number * 15 * MINUTE, np.int64)
    value = 50.0 + 5 * np.sin(number / 15 + rows)
    return ours.Measurements(
        "site-1", "pm", 15 * MINUTE, ("onu-0", "onu-1"), ("rx",), rows, rows * 0, at, value, rows > 9
    )


def alarm(
    name: str, where: str, at: int, severity: ours.PerceivedSeverity, cause: str = "los"
) -> ours.AlarmNotification:
    return ours.AlarmNotification(name, "site-1", "snmp", where, "equipment", cause, "", severity, at, None, "signal")


def events(half: str) -> Iterator[tuple[str, Any]]:
    """(topology, event): the second half changes, clears, corrects and closes what the first has begun."""
    late = START + 5 * DAY
    if half == "first":
        for topology in TOPOLOGIES:
            yield topology.name, catalogue()
        for number in range(150):
            yield "detection", measured(number)
        for number in range(5):
            yield "charging", usage(number, START + number * HOUR)
        yield "charging", ours.SwitchCount("sw-1", "counts", "msc-1", "voice", START, START + HOUR, 9, 600)
        yield "charging", ours.Recharge("re-1", "pay", "a-2", Money.of("5", "EUR"), START + 2 * HOUR)
        yield "assurance", alarm("n-1", "olt-1", late, ours.PerceivedSeverity.CRITICAL)
        for number in range(3):
            yield "assurance", alarm(f"n-o{number}", f"onu-{number}", late + SECOND, ours.PerceivedSeverity.MAJOR)
        return
    for number in range(150, 190):
        yield "detection", measured(number)
    for number in (3, 5, 6):
        yield "charging", usage(number, START + number * HOUR)
    yield "charging", ours.EndOfFeed("cdr", 4 * DAY)
    yield "charging", ours.EndOfFeed("counts", 4 * DAY)
    yield "assurance", alarm("n-2", "onu-1", late + MINUTE, ours.PerceivedSeverity.CRITICAL)
    yield "assurance", alarm("n-3", "onu-2", late + 2 * MINUTE, ours.PerceivedSeverity.CLEARED)
    yield "assurance", alarm("n-4", "olt-1", late + 3 * MINUTE, ours.PerceivedSeverity.MINOR, "temperature")
    yield "assurance", ours.AlarmAction("act-1", "site-1", "unknown", "acknowledge", "kim", late + 4 * MINUTE)
    yield "assurance", ours.EndOfFeed("snmp", HOUR)


def append(log: SqlEventLog, half: str) -> None:
    for number, (topology, event) in enumerate(events(half)):
        kind, payload = encode(event)
        digest = blake2b(payload, digest_size=16).digest()
        rows = len(event) if hasattr(event, "take") else 1
        log.append([Entry(topology, 0, kind, payload, half, f"{number:06d}", digest, rows)])


def run(home: Path, halves: list[str]) -> None:
    """Each half by owners of its own, which find nothing but the databases."""
    log = SqlEventLog(f"sqlite:///{home}/log.db")
    for half in halves:
        append(log, half)
        stores = [SqlStateStore(f"sqlite:///{home}/{topology.name}.db") for topology in TOPOLOGIES]
        counts = {topology.name: 1 for topology in TOPOLOGIES}
        worlds = [World(log, store, Stopped(), MemoryMetricStore(), counts) for store in stores]
        placed = [Partition(topology, 0, world) for topology, world in zip(TOPOLOGIES, worlds, strict=True)]
        moved = True
        while moved:
            moved = False
            for partition in placed:
                while not partition.turn().idle:
                    moved = True
                partition.settle()
        for store in stores:
            store.close()
    log.close()


def found(home: Path) -> dict[str, Any]:
    """What a person or another system sees of the databases, and the bytes of every cell."""
    urls = {topology.name: f"sqlite:///{home}/{topology.name}.db" for topology in TOPOLOGIES}
    reader = SqlReader(f"sqlite:///{home}/log.db", urls)
    seen: dict[str, Any] = {"digests": dict(reader.digests()), "counts": dict(reader.counts())}
    seen["charged"] = dict(reader.charged_since(0))
    reader.close()
    for name, url in urls.items():
        store = SqlStateStore(url)
        checkpoint = store.checkpoint(name, 0)
        seen[f"{name}_offset"] = checkpoint.offset
        seen[f"{name}_outbox"] = [[r.outbox_id, r.target, r.kind, r.payload.hex()] for r in store.outbox(name, 10_000)]
        store.close()
        database = sqlite3.connect(home / f"{name}.db")
        cells = "SELECT operator, key, version, wake, blob FROM cell JOIN cell_family USING (family) ORDER BY 1, 2"
        seen[f"{name}_cells"] = [[*row[:-1], row[-1].hex()] for row in database.execute(cells)]
        database.close()
    return seen


if __name__ == "__main__":
    place, asked = Path(sys.argv[1]), sys.argv[2]
    place.mkdir(parents=True, exist_ok=True)
    run(place, ["first", "second"] if asked == "both" else [asked])
    print(json.dumps(found(place), sort_keys=True))
