"""Prints what the SQL stores do on this machine: rows appended and read, and how long a turn takes to be durable.

Run: python -m benchmarks.stores [directory on the disk to measure]
Of a PostgreSQL made for the occasion, with fsync: python -m benchmarks.stores --postgres
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from telassure.kernel.events import Alarm, Charge, PerceivedSeverity
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import DAY, SECOND
from telassure.kernel.ports import BusinessRecord, CellRow, Entry, Turn
from telassure.store.sql import GroupAppender, SqlEventLog, SqlPositionLedger, SqlReader, SqlStateStore

START = 1_700_000_000 * SECOND


def milliseconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1e3


def entries(batch: int, count: int) -> list[Entry]:
    made = []
    for row in range(count):
        position = f"{batch:06d}:{row:06d}"
        made.append(Entry("charging", row % 2, "recharge", b"x" * 120, "bench.csv", position, position.encode()))
    return made


def append(directory: Path) -> dict[str, float]:
    log = SqlEventLog(f"sqlite:///{directory}/log.db")
    batches = [entries(batch, 1_000) for batch in range(200)]
    fresh = [milliseconds(partial(log.append, batch)) for batch in batches]
    repeated = [milliseconds(partial(log.append, batch)) for batch in batches[:50]]
    single = [milliseconds(partial(log.append, entries(10_000 + n, 1))) for n in range(200)]
    read = milliseconds(lambda: log.read("charging", 0, 0, 50_000, 1 << 30))
    log.close()
    return {
        "append_rows_per_second": 1e6 / statistics.median(fresh),
        "append_mean_rows_per_second": 1e6 / statistics.mean(fresh),
        "refuse_repeats_per_second": 1e6 / statistics.median(repeated),
        "single_append_p50_ms": statistics.median(single),
        "read_rows_per_second": 5e7 / read,
    }


def charges(turn: int, count: int) -> list[Charge]:
    made = []
    for row in range(count):
        record = f"record-{turn}-{row}"
        at = START + turn * SECOND + row * 100
        account = f"account-{row % 3_000}"
        made.append(Charge(derive_id(record), record, account, "voice", "flat", at, 60, 9, 0, 1, "EUR", False))
    return made


def cells(turn: int, count: int) -> list[CellRow]:
    return [CellRow(f"op{row % 3}", f"account-{row // 3}", 1, os.urandom(90), turn, turn) for row in range(count)]


def alarms(turn: int, count: int) -> list[Alarm]:
    severity = PerceivedSeverity.MAJOR
    return [
        Alarm(
            derive_id("alarm", turn % 10, row), f"domain-{row % 20}", "snmp", f"object-{row}", "equipment", "los", "",
            severity, "active", START + turn, START + turn, None, "", 1, 0, "unacknowledged", "loss of signal",
        )
        for row in range(count)
    ]  # fmt: skip


def commits(directory: Path, name: str, several: list[Turn]) -> dict[str, float]:
    store = SqlStateStore(f"sqlite:///{directory}/{name}.db")
    taken = [milliseconds(partial(store.commit, turn)) for turn in several]
    store.close()
    last = taken[-max(5, len(taken) // 4) :]  # with the tables grown
    return {f"{name}_p50_ms": statistics.median(last), f"{name}_max_ms": max(last)}


def turns(
    name: str, count: int, records: Callable[[int, int], Sequence[BusinessRecord]], size: int, kept: int
) -> list[Turn]:
    return [
        Turn(name, 0, n, n + 1, b"", cells(n, kept), records(n, size), counters={"records": size}) for n in range(count)
    ]


def grouped(directory: Path) -> dict[str, float]:
    """32 threads that each append one entry at a time."""
    log = SqlEventLog(f"sqlite:///{directory}/grouped.db")
    appender = GroupAppender(log)
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda n: appender.append(entries(10_000 + n, 1)), range(200)))  # the threads have started
        begun = time.perf_counter()
        taken = list(pool.map(lambda n: milliseconds(partial(appender.append, entries(n, 1))), range(3_000)))
        seconds = time.perf_counter() - begun
    appender.close()
    log.close()
    return {
        "grouped_appends_per_second": len(taken) / seconds,
        "grouped_append_p50_ms": statistics.median(taken),
        "grouped_append_p99_ms": statistics.quantiles(taken, n=100)[98],
    }


def read(directory: Path) -> dict[str, float]:
    """The page's questions over 400,000 charges and 10,000 active alarms, and the fingerprint of everything."""
    urls = {name: f"sqlite:///{directory}/{name}.db" for name in ("charging", "assurance")}
    reader = SqlReader(f"sqlite:///{directory}/log.db", urls)
    asked: dict[str, Callable[[], object]] = {
        "severity_counts": reader.severity_counts,
        "alarms_of_100": partial(reader.alarms, "active", 100),
        "charged_since": partial(reader.charged_since, START - START % DAY),
        "digest_of_everything": reader.digest,
    }
    found = {f"{name}_ms": statistics.median(milliseconds(ask) for _ in range(3)) for name, ask in asked.items()}
    reader.close()
    return found


def postgres() -> dict[str, float]:
    """Turns of 4,000 charges with 3,000 cells, by one owner and by two; turns of one charge; claims of positions."""
    from tests.postgres.server import running

    with running() as server:
        report = {}
        for owners in (1, 2):
            name = f"charging_{owners}"
            stores = [SqlStateStore(server.url(name)) for _ in range(owners)]
            several = [
                [Turn(name, p, n, n + 1, b"", cells(n, 3_000), charges(n * 2 + p, 4_000)) for n in range(20)]
                for p in range(owners)
            ]
            begun = time.perf_counter()
            with ThreadPoolExecutor(owners) as pool:
                list(pool.map(lambda s, work: [s.commit(turn) for turn in work], stores, several))
            report[f"postgres_charges_per_second_{owners}_owners"] = owners * 80_000 / (time.perf_counter() - begun)
            for store in stores:
                store.close()
        store = SqlStateStore(server.url("single"))
        small = [
            Turn("single", 0, n, n + 1, b"", cells(n, 2), charges(n, 1), counters={"records": 1}) for n in range(300)
        ]
        taken = [milliseconds(partial(store.commit, turn)) for turn in small]
        store.close()
        ledger = SqlPositionLedger(server.url("log"))
        claims = [milliseconds(partial(claim, ledger, entries(n, 1_000))) for n in range(40)]
        ledger.close()
    return report | {
        "postgres_single_charge_commit_p50_ms": statistics.median(taken),
        "postgres_single_charge_commits_per_second": 1e3 / statistics.mean(taken),
        "postgres_claimed_positions_per_second": 1e6 / statistics.median(claims),
    }


def claim(ledger: SqlPositionLedger, batch: list[Entry]) -> None:
    with ledger.claiming([batch]):
        pass


def main() -> None:
    if sys.argv[1:] == ["--postgres"]:
        print(json.dumps({key: round(value, 2) for key, value in postgres().items()}, indent=1))
        return
    parent = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=parent) as name:
        directory = Path(name)
        report = append(directory)
        report |= commits(directory, "charging", turns("charging", 40, charges, 10_000, 15_000))
        report |= commits(directory, "assurance", turns("assurance", 60, alarms, 1_000, 1_000))
        report |= commits(directory, "empty", turns("empty", 200, alarms, 0, 0))
        report |= grouped(directory) | read(directory)
    print(json.dumps({key: round(value, 2) for key, value in report.items()}, indent=1))


if __name__ == "__main__":
    main()
