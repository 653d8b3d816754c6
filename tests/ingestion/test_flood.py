"""A packed file of nothing but bad rows: it ends, few letters tell of it, and the next file is taken after it."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ingestion.batches.directory import MemoryDirectory
from ingestion.fields.privacy import Pseudonymiser
from ingestion.gateway import Gateway
from ingestion.sources.files.inbox import WatchedFile, Watcher
from telassure.kernel.instant import parse_instant
from telassure.store.sql import SqlEventLog

GOOD = "managed_object,perceived_severity,time\nsite-1,major,2026-06-01T11:00:00Z\n"
BAD = {
    "bad.jsonl.gz": lambda rows: b"{}\n" * rows,
    "bad.csv.gz": lambda rows: b"managed_object,perceived_severity,time\n" + b"x,y,z\n" * rows,
    "wide.csv.gz": lambda rows: b"managed_object,perceived_severity,time\n" + b"x,y,z,0,0\n" * rows,
}
PARTITIONS = {"detection": 1, "assurance": 1, "charging": 1}


class FixedClock:
    def now(self) -> int:
        return parse_instant("2026-06-01T12:00:00Z")


def flooded(tmp_path: Path, name: str, rows: int) -> tuple[list[WatchedFile], int]:
    """What became of a file of so many bad rows and a good one behind it, and how many letters there are."""
    inbox, log = tmp_path / "inbox", SqlEventLog(f"sqlite:///{tmp_path}/log.db")
    gateway = Gateway(log, MemoryDirectory(), FixedClock(), PARTITIONS, Pseudonymiser(b"a key of the tests"))
    watcher = Watcher(gateway, inbox)
    (inbox / name).write_bytes(gzip.compress(BAD[name](rows)))
    (inbox / "z.alarms.csv").write_text(GOOD)
    taken = [each for _ in range(3) for each in watcher.turn()]
    log.close()
    with closing(sqlite3.connect(tmp_path / "log.db")) as database:
        (letters,) = database.execute("SELECT count(*) FROM dead_letter").fetchone()
    return taken, letters


@pytest.mark.parametrize("name", BAD)
def test_a_file_of_bad_rows_is_told_in_few_letters_and_counted_by_rows(tmp_path, name):
    taken, letters = flooded(tmp_path, name, 12_000)
    assert [each.name for each in taken] == [name, "z.alarms.csv"]
    assert taken[0].taken.dead_letters == 12_000
    assert 0 < letters <= 24


@pytest.mark.heavy
def test_960_002_bad_rows_make_a_few_hundred_letters(tmp_path):
    taken, letters = flooded(tmp_path, "bad.csv.gz", 960_002)
    assert taken[0].taken.dead_letters == 960_002
    assert 0 < letters <= 1_000
