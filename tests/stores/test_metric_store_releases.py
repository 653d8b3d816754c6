"""Blocks of the metric store between releases: without shares they read as not known, and shares disturb no reader."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from telassure.kernel.events.shares import UNKNOWN
from telassure.kernel.instant import EARLIEST, HOUR, LATEST
from telassure.store.metrics_embedded.codec import decode, decode_series, encode
from telassure.store.metrics_embedded.store import FILE, EmbeddedMetricStore
from telassure.store.points import Points, hashes, name_hash, second_hashes
from tests.stores.adapters import ROOT
from tests.stores.golden.record import FIRST, checked_out
from tests.stores.test_metric_store_laws import START, scored

OLD_BLOCK = bytes.fromhex(
    "5453623101040f0002000000040000000020bf77110a060000e9a435000000000000000001000000000000000200000000040004000000"
    "000000803f0000004000004040000080400000803f0000004000004040000080400000803f0000004000004040000080400000803f0000"
    "004000004040000080400000c07f00000000000020400000003f"
)
"""Two hours of the loads 1 to 4 of cell-1 and cell-2 with scores -, 0, 2.5 and .5, as the release without shares
stored them, and what it said was their digest."""
OLD_DIGEST = "20eb3fa1aa4ce4b0b8d13f267b5899da-4"

READ = """
import json, sys
from pathlib import Path
try:
    from telassure.store.metrics_embedded.store import EmbeddedMetricStore
except ModuleNotFoundError:  # where the first release has it
    from telassure.store.metrics_embedded import EmbeddedMetricStore
store = EmbeddedMetricStore(Path(sys.argv[1]))
store.settle()
frame = store.read("cell-1", "load", -(1 << 60), 1 << 60)
store.close()
print(json.dumps([frame["time"].tolist(), frame["score"].tolist()]))
"""


def test_a_block_of_the_release_before_reads_as_not_known_and_keeps_its_digest() -> None:
    points = decode(OLD_BLOCK)
    names = np.array([name_hash(f"cell-{n}", "load") for n in (1, 2)], np.uint64)
    first = hashes(points, names)
    words = [int(one.sum(dtype=np.uint64)) for one in (second_hashes(first), first)]
    assert points.value.tolist() == [1, 2, 3, 4]
    assert points.shares.tolist() == [UNKNOWN] * 4
    assert f"{words[0]:016x}{words[1]:016x}-4" == OLD_DIGEST
    assert encode(points) == OLD_BLOCK


def test_a_block_holds_a_byte_for_each_score_above_0_and_gives_any_series_its_own() -> None:
    chance = np.random.default_rng(0)
    rows = 7_001
    series, time = np.sort(chance.integers(0, 50, rows)).astype(np.int32), START + np.arange(rows) * HOUR
    band = np.zeros((4, rows), np.float32)
    band[3] = chance.choice(np.array([np.nan, 0, 0.5, 3], np.float32), rows)
    shares = np.where(band[3] > 0, chance.choice([7, 230, UNKNOWN], rows), UNKNOWN).astype(np.uint8)
    points = Points(series, time, np.zeros(rows), band, shares)
    body, without = encode(points), encode(Points(series, time, np.zeros(rows), band, np.full_like(shares, UNKNOWN)))
    assert len(body) - len(without) - int((band[3] > 0).sum()) in range(8)
    np.testing.assert_array_equal(decode(body).shares, shares)
    for number in range(50):
        np.testing.assert_array_equal(decode_series(body, number).shares, shares[series == number])


def test_old_and_new_blocks_merge_and_each_point_keeps_what_is_known_of_it(tmp_path: Path) -> None:
    rows = {(f"cell-{n}", "load", START + hour * HOUR): n + hour + 0.5 for n in (1, 2) for hour in (0, 1)}
    with closing(EmbeddedMetricStore(tmp_path)) as store:
        store.write(scored(rows), "writer", 1)
    with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
        database.execute("UPDATE bodies SET body = ?", (OLD_BLOCK,))
    new = {("cell-1", "load", START + HOUR): 9.0, ("cell-2", "load", START + 2 * HOUR): 8.0}
    with closing(EmbeddedMetricStore(tmp_path)) as store:
        store.write(scored(new), "writer", 2)
        before, digest = shares_in(store), store.digest()
        store.settle()
        after = shares_in(store)
        assert (after, store.digest()) == (before, digest)
    known = {key[::2]: code for key, code in zip(new, scored(new).shares.tolist(), strict=True)}
    assert after == {("cell-1", START): UNKNOWN, **{("cell-2", START + n * HOUR): UNKNOWN for n in (0, 1)}, **known}


def shares_in(store: EmbeddedMetricStore) -> dict[tuple[str, int], int]:
    found = store.read_many([("cell-1", "load"), ("cell-2", "load")], EARLIEST, LATEST)
    return dict(zip(zip(found["managed_object"], found["time"], strict=True), found["shares"], strict=True))


@pytest.mark.heavy
def test_the_first_release_reads_and_merges_blocks_with_shares(tmp_path: Path) -> None:
    known = subprocess.run(["git", "cat-file", "-e", FIRST], cwd=ROOT, capture_output=True, check=False)
    if known.returncode:
        pytest.skip(f"the history here does not reach back to {FIRST}")
    (tmp_path / "release").mkdir()
    release = checked_out(FIRST, tmp_path / "release")
    rows = {("cell-1", "load", START + n * HOUR): n / 2 for n in range(9)}
    with closing(EmbeddedMetricStore(tmp_path / "home")) as store:
        for offset, row in enumerate(rows.items(), start=1):
            store.write(scored(dict([row])), "writer", offset)
            store.flush()
    command = [sys.executable, "-c", READ, str(tmp_path / "home")]
    done = subprocess.run(command, cwd=release, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[time for _, _, time in rows], list(rows.values())]
    with closing(EmbeddedMetricStore(tmp_path / "home")) as store:
        frame = store.read("cell-1", "load", EARLIEST, LATEST)
    assert frame["shares"].tolist() == [UNKNOWN] * 9  # what the release before has merged
