"""Write and read speed of the embedded metric store and of its rivals, on one core, as one JSON object.

Points are telemetry as it comes: envelopes of 10,000 rows (one domain, one time), 100,000 series, every 15 minutes,
random values with all their digits and every score above 0 (of real telemetry one in a hundred is). Rates include
compaction; `settled` also the last merges. Each reading is one day of one KPI by another process: `cold` opens the
store with its pages dropped from the cache, `warm` reads once more.

    python benchmarks/metric_store.py [--points 5000000] [--rivals-points N] [--rows-points 1000000] [--directory DIR]
"""

import argparse
import dataclasses
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.metric_store_rivals import (
    NumpySegments,
    ParquetByDuckdb,
    ParquetParts,
    ParquetZstd,
    Rival,
    SqliteRows,
)
from telassure.kernel.events import Measurements, ScoredPoints
from telassure.kernel.instant import DAY, MINUTE
from telassure.store.metrics_embedded.store import EmbeddedMetricStore

START = 1_700_000_000_000_000 // DAY * DAY
DOMAINS, OBJECTS, NAMES = 10, 1_000, 10
ENVELOPE = OBJECTS * NAMES
READINGS = 11


class Ours:
    """The embedded metric store behind the rivals' interface."""

    def __init__(self, directory: Path, read_only: bool = False) -> None:
        self.store = EmbeddedMetricStore(directory, read_only)
        self._offset = 0

    def write(self, points: ScoredPoints) -> None:
        self._offset += 1
        self.store.write(points, "benchmark", self._offset)

    def finish(self) -> None:
        self.store.flush()

    def read_day(self, series: int, start: int) -> pd.DataFrame:
        domain, row = divmod(series, ENVELOPE)
        return self.store.read(f"site-{domain}/cell-{row // NAMES}", f"kpi-{row % NAMES}", start, start + DAY)


CANDIDATES: dict[str, type[Rival]] = {
    "sqlite_blocks": Ours,
    "numpy_segments": NumpySegments,
    "parquet_parts": ParquetParts,
    "parquet_zstd": ParquetZstd,
    "sqlite_rows": SqliteRows,
}
READERS: dict[str, dict[str, type[Rival]]] = {"parquet_parts": {"pyarrow": ParquetParts, "duckdb": ParquetByDuckdb}}


def envelopes(points: int) -> Iterator[ScoredPoints]:
    """Telemetry in the order in which it arrives; each domain's dictionaries are new objects, as after decoding."""
    noise = np.random.default_rng(0)
    objects = np.repeat(np.arange(OBJECTS, dtype=np.int32), NAMES)
    names = np.tile(np.arange(NAMES, dtype=np.int32), OBJECTS)
    for n in range(points // ENVELOPE):
        step, domain = divmod(n, DOMAINS)
        value, expected, lower, upper, score = noise.normal(100, 10, (5, ENVELOPE))
        yield ScoredPoints(
            Measurements(
                domain=f"site-{domain}",
                feed="benchmark",
                granularity=15 * MINUTE,
                objects=tuple(f"site-{domain}/cell-{i}" for i in range(OBJECTS)),
                names=tuple(f"kpi-{i}" for i in range(NAMES)),
                measured_object=objects,
                measurement=names,
                time=np.full(ENVELOPE, START + step * 15 * MINUTE),
                value=value,
                suspect=np.zeros(ENVELOPE, np.bool_),
            ),
            expected,
            lower,
            upper,
            score,
            noise.integers(0, 231, ENVELOPE, np.uint8),
        )


def written(candidate: Rival, points: int) -> dict[str, float]:
    """Wall and CPU seconds in the candidate alone."""
    wall = cpu = longest = 0.0
    for envelope in envelopes(points):
        began, spent = perf_counter(), process_time()
        candidate.write(envelope)
        took = perf_counter() - began
        wall, cpu, longest = wall + took, cpu + process_time() - spent, max(longest, took)
    began, spent = perf_counter(), process_time()
    candidate.finish()
    wall, cpu = wall + perf_counter() - began, cpu + process_time() - spent
    return {
        "points_per_second": round(points / wall),
        "points_per_cpu_second": round(points / cpu),
        "longest_pause_ms": round(1e3 * longest, 1),
    }


def read_by_another(name: str, reader: str, directory: Path, points: int) -> dict[str, float]:
    """Milliseconds of one day of one KPI, median and worst."""
    command = [sys.executable, __file__, "--read", name, "--reader", reader, "--points", str(points)]
    done = subprocess.run([*command, "--directory", str(directory)], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def readings(candidate: type[Rival], directory: Path, points: int) -> dict[str, float]:
    """What `read_by_another` runs."""
    choice = np.random.default_rng(1)
    days = max(points // (DOMAINS * ENVELOPE * 96), 1)
    cold, warm = [], []
    for series in choice.integers(0, DOMAINS * ENVELOPE, READINGS).tolist():
        forget_pages(directory)
        start = START + int(choice.integers(0, days)) * DAY
        began = perf_counter()
        store = Ours(directory, read_only=True) if candidate is Ours else candidate(directory)  # type: ignore[call-arg] # all take a directory
        rows = len(store.read_day(series, start))
        cold.append(1e3 * (perf_counter() - began))
        began = perf_counter()
        store.read_day(series, start)
        warm.append(1e3 * (perf_counter() - began))
        assert rows == min(96, points // (DOMAINS * ENVELOPE))
    names = ("cold_ms", "cold_worst_ms", "warm_ms", "warm_worst_ms")
    figures = (median(cold[1:]), max(cold[1:]), median(warm[1:]), max(warm[1:]))
    return dict(zip(names, (round(figure, 2) for figure in figures), strict=True))


def forget_pages(directory: Path) -> None:
    """Ask the kernel to drop the files' pages from its cache."""
    for path in directory.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def measured(name: str, directory: Path, points: int) -> dict[str, object]:
    """Every figure of one candidate; its files are deleted after."""
    base = peak_memory()
    candidate = CANDIDATES[name](directory)  # type: ignore[call-arg] # all take a directory
    figures: dict[str, object] = {"points": points, **written(candidate, points)}
    readers = READERS.get(name, {"": CANDIDATES[name]})
    os.sync()
    figures["read_unsettled"] = {r or name: read_by_another(name, r, directory, points) for r in readers}
    if isinstance(candidate, Ours):
        began = perf_counter()
        candidate.store.settle()
        figures["settle_seconds"] = round(perf_counter() - began, 2)
        os.sync()
        figures["read_settled"] = read_by_another(name, "", directory, points)
        began = perf_counter()
        figures["digest"] = candidate.store.digest()
        figures["digest_seconds"] = round(perf_counter() - began, 2)
        figures["stats"] = dataclasses.asdict(candidate.store.stats())
        candidate.store.close()
    files = [path for path in directory.rglob("*") if path.is_file()]
    figures["files"] = len(files)
    figures["bytes_per_point"] = round(sum(path.stat().st_size for path in files) / points, 1)
    figures["memory_mb"] = {"before": base, "peak": peak_memory()}
    return figures


def peak_memory() -> int:
    """MiB; the digest and the settling of our store included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=5_000_000)
    parser.add_argument("--rivals-points", type=int, help="for the rivals but sqlite_rows; default as --points")
    parser.add_argument("--rows-points", type=int, default=1_000_000, help="for sqlite_rows")
    parser.add_argument("--directory", type=Path, help="where to write; default a temporary directory")
    parser.add_argument("--only", choices=CANDIDATES)
    parser.add_argument("--read", choices=CANDIDATES, help=argparse.SUPPRESS)
    parser.add_argument("--reader", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        reader = READERS.get(asked.read, {"": CANDIDATES[asked.read]})[asked.reader]
        print(json.dumps(readings(reader, asked.directory, asked.points)))
        return
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(json.dumps({"machine": platform.platform(), "candidates": dict(compared(asked))}, indent=1))


def compared(asked: argparse.Namespace) -> Iterator[tuple[str, dict[str, object]]]:
    """Each candidate in a process of its own, so that memory is its own."""
    amounts = {"sqlite_blocks": asked.points, "sqlite_rows": asked.rows_points}
    if asked.only:
        directory = asked.directory or Path(tempfile.mkdtemp(prefix=f"{asked.only}-"))
        yield asked.only, measured(asked.only, directory, asked.points)
        if asked.directory is None:
            shutil.rmtree(directory)
        return
    for name in CANDIDATES:
        directory = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=asked.directory))
        points = amounts.get(name, asked.rivals_points or asked.points)
        command = [sys.executable, __file__, "--only", name, "--points", str(points), "--directory", str(directory)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        shutil.rmtree(directory)
        print(name, "done", file=sys.stderr)
        yield name, json.loads(done.stdout)["candidates"][name]


if __name__ == "__main__":
    main()
