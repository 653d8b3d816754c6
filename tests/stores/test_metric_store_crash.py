"""The embedded metric store under kill -9 and under readers: real processes over one directory."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from telassure.kernel.events import Measurements, ScoredPoints
from telassure.kernel.instant import EARLIEST, HOUR, LATEST
from telassure.store.metrics_embedded.compaction import CompactionPolicy
from telassure.store.metrics_embedded.store import EmbeddedMetricStore

START = 1_700_000_000_000_000
SERIES = 300
HURRIED = CompactionPolicy(
    hot_points=1_500, hot_runs=3, tile_runs=3, sealed=3_000, tiles_a_piece=7, points_a_piece=900, largest_block=200
)
"""Under this policy a few hundred points go through every path of compaction."""


def envelope(offset: int) -> ScoredPoints:
    """Offset n: every series is n at START + n hours, and at START, where n - 1 stood, too."""
    number = np.tile(np.arange(SERIES, dtype=np.int32), 2)
    value = np.full(2 * SERIES, float(offset))
    points = Measurements(
        domain="domain",
        feed="feed",
        granularity=0,
        objects=tuple(f"cell-{i}" for i in range(SERIES)),
        names=("load",),
        measured_object=number,
        measurement=np.zeros(2 * SERIES, np.int32),
        time=np.repeat([START, START + offset * HOUR], SERIES),
        value=value,
        suspect=np.zeros(2 * SERIES, np.bool_),
    )
    return ScoredPoints(points, value, value, value, value, np.full(len(value), offset % 231, np.uint8))


def expected(offset: int) -> list[tuple[int, float]]:
    """What one series holds after that offset."""
    return [(START, float(offset)), *((START + n * HOUR, float(n)) for n in range(1, offset + 1))] if offset else []


def held(store: EmbeddedMetricStore, series: int) -> list[tuple[int, float]]:
    frame = store.read(f"cell-{series}", "load", EARLIEST, LATEST)
    return [(int(time), float(value)) for time, value in zip(frame["time"], frame["value"], strict=True)]


def write_through(directory: Path, last: int) -> None:
    """The writing process: a line per acknowledged offset, compaction all the time."""
    store = EmbeddedMetricStore(directory, compaction=HURRIED)
    for offset in range(store.applied("writer") + 1, last + 1):
        store.write(envelope(offset), "writer", offset)
        if offset % 2 == 0:
            store.flush()
            print(offset, flush=True)
        if offset % 7 == 0:
            store.compact()
    store.close()
    print(last, flush=True)


def writing(directory: Path, last: int) -> "subprocess.Popen[str]":
    command = [sys.executable, __file__, str(directory), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("seed", range(2))
def test_a_kill_loses_nothing_acknowledged_and_doubles_nothing(seed: int, tmp_path: Path) -> None:
    chance = np.random.default_rng(seed)
    for _ in range(6):
        with writing(tmp_path, last=10_000) as writer:
            assert writer.stdout is not None
            for _ in range(int(chance.integers(1, 30))):
                acknowledged = int(writer.stdout.readline())
            late = chance.integers(0, 20_000)
            sum(range(int(late)))  # a moment that no commit sets
            writer.kill()
        store = EmbeddedMetricStore(tmp_path, compaction=HURRIED)
        applied, found = store.applied("writer"), [held(store, series) for series in range(0, SERIES, 37)]
        store.close()
        assert applied >= acknowledged
        assert found == [expected(applied)] * len(found)


def test_a_killed_and_restarted_writer_ends_with_the_same_points(tmp_path: Path) -> None:
    for acknowledgements in (1, 9, 4):
        with writing(tmp_path / "killed", last=80) as writer:
            assert writer.stdout is not None
            for _ in range(acknowledgements):
                writer.stdout.readline()
            writer.kill()
    write_through(tmp_path / "killed", last=80)
    write_through(tmp_path / "whole", last=80)
    stores = [EmbeddedMetricStore(tmp_path / name, read_only=True) for name in ("killed", "whole")]
    digests = [store.digest() for store in stores]
    for store in stores:
        store.close()
    assert digests[0] == digests[1]


def test_readers_always_see_a_whole_flush_while_another_process_writes_and_compacts(tmp_path: Path) -> None:
    seen = [0]
    with writing(tmp_path, last=160) as writer:
        reader = EmbeddedMetricStore(tmp_path, read_only=True)
        while seen[-1] < 160:
            found = held(reader, series=len(seen) % SERIES)
            seen.append(len(found) - 1 if found else 0)
            assert found == expected(seen[-1])
        reader.close()
        assert writer.wait(timeout=60) == 0
    assert seen == sorted(seen)


if __name__ == "__main__":
    write_through(Path(sys.argv[1]), int(sys.argv[2]))
