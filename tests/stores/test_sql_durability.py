"""What SQL promises when processes meet and die: real processes over one database."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from telassure.kernel.errors import InvalidInput, TransientError
from telassure.kernel.events import Charge
from telassure.store.sql import SqlEventLog, SqlReader, SqlStateStore, dialect
from tests.stores.adapters import ROOT, START, cell, charge, entry, letter, made, outgoing, turn, url

APPENDER = """
import sys
from telassure.store.sql import SqlEventLog
from tests.stores.adapters import entry
log, name, batches = SqlEventLog(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for batch in range(batches):
    log.append([entry(f"{batch}:{row}", source=name, partition=row % 2) for row in range(20)])
    print(batch, flush=True)
"""
COMMITTER = """
import sys
from telassure.store.sql import SqlStateStore
from tests.stores.adapters import cell, charge, turn
store = SqlStateStore(sys.argv[1])
for offset in range(1_000_000):
    kept = [cell(f"k-{n}", str(offset).encode()) for n in range(50)]
    charges = [charge(f"c-{offset}-{n}") for n in range(50)]
    store.commit(turn(offset, offset + 1, cells=kept, records=charges, counters={"records": 50}))
    print(offset, flush=True)
"""


def started(program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def acknowledged_before_kill(process: subprocess.Popen[str], after: int) -> list[int]:
    """Let it acknowledge some work, kill it in the middle of more, and return all that it acknowledged."""
    assert process.stdout is not None
    heard = [int(process.stdout.readline()) for _ in range(after)]
    os.kill(process.pid, signal.SIGKILL)
    heard += [int(line) for line in process.stdout.read().splitlines()]
    process.wait()
    process.stdout.close()
    return heard


def test_two_processes_append_at_once_and_lose_nothing(tmp_path: Path) -> None:
    made(tmp_path, "log")
    both = [started(APPENDER, url(tmp_path), name, "25") for name in ("one", "two")]
    outcomes = [process.communicate()[0] and process.returncode for process in both]
    log = SqlEventLog(url(tmp_path))
    records = [log.read("charging", partition, 0, 10_000, 1 << 30) for partition in (0, 1)]
    log.close()
    assert outcomes == [0, 0]
    assert [[r.offset for r in several] for several in records] == [list(range(1, 501))] * 2
    for name in ("one", "two"):
        batches = [int(r.position.partition(":")[0]) for r in records[0] if r.source == name]
        assert batches == sorted(batches)
        assert len(batches) == 250


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path, after: int) -> None:
    process = started(APPENDER, url(tmp_path), "one", "1000000")
    heard = acknowledged_before_kill(process, after)
    log = SqlEventLog(url(tmp_path))
    kept = [r.position for p in (0, 1) for r in log.read("charging", p, 0, 1_000_000, 1 << 30)]
    again = log.append(
        [entry(f"{batch}:{row}", source="one", partition=row % 2) for batch in heard for row in range(20)]
    )
    log.close()
    assert again.duplicates == 20 * len(heard)
    assert len(kept) % 20 == 0, "half a batch became visible"


def test_a_killed_owner_leaves_a_whole_turn_behind(tmp_path: Path) -> None:
    heard = acknowledged_before_kill(started(COMMITTER, url(tmp_path)), 5)
    store = SqlStateStore(url(tmp_path))
    reader = SqlReader(url(tmp_path / "none"), {"charging": url(tmp_path)})
    offset = store.checkpoint("charging", 0).offset
    cells = store.cells("charging", 0, "charge", [f"k-{n}" for n in range(50)])
    counts, charges = store.counters("charging"), reader.counts()["charge"]
    store.close()
    reader.close()
    assert offset >= len(heard)
    assert {row.blob for row in cells.values()} == {str(offset - 1).encode()}
    assert (counts, charges) == ({"records": 50 * offset}, 50 * offset)


def test_a_commit_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    store = SqlStateStore(made(tmp_path, "state"))
    too_large = Charge("c", "r", "a", "voice", "flat", START, 1 << 80, 1, 0, 1, "EUR", False)
    with pytest.raises(InvalidInput, match="does not fit"):
        store.commit(turn(cells=[cell("a")], outbox=[outgoing("o")], letters=[letter("l")], records=[too_large]))
    left = (store.checkpoint("charging", 0).offset, store.cells("charging", 0, "charge", ["a"]))
    store.commit(turn(records=[charge("c")]))
    store.close()
    assert left == (0, {})


def test_a_busy_database_says_so_and_can_be_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pragmas = tuple(p for p in dialect._WRITER_PRAGMAS if "busy_timeout" not in p)
    monkeypatch.setattr(dialect, "_WRITER_PRAGMAS", (*pragmas, "PRAGMA busy_timeout=1"))
    log = SqlEventLog(made(tmp_path, "log"))
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransientError, match=r"store\.db: database is locked"):
        log.append([entry("1")])
    other.execute("ROLLBACK")
    other.close()
    answer = log.append([entry("1")])
    log.close()
    assert answer.accepted == 1


def test_a_failed_append_forgets_the_sources_it_had_numbered(tmp_path: Path) -> None:
    log = SqlEventLog(made(tmp_path, "log"))
    with pytest.raises(InvalidInput):
        log.append([entry("1", source="new", rows=1 << 80)])
    log.append([entry("1", source="other")])
    log.append([entry("1", source="new")])
    found = [r.source for r in log.read("charging", 0, 0, 10, 1 << 20)]
    log.close()
    assert found == ["other", "new"]


def test_pruning_forgets_old_positions_of_trimmed_entries_only(tmp_path: Path) -> None:
    log = SqlEventLog(made(tmp_path, "log"))
    log.append([entry(str(n)) for n in range(10)])
    log.trim("charging", 0, 6)
    gone = [log.prune("charging", 0, keep=8), log.prune("charging", 0, keep=1), log.prune("charging", 0, keep=1)]
    again = log.append([entry(str(n)) for n in range(10)])
    log.close()
    assert gone == [2, 4, 0]
    assert (again.accepted, again.duplicates) == (6, 4)


def test_a_pruned_source_is_forgotten_and_its_number_misleads_no_open_log(tmp_path: Path) -> None:
    at = made(tmp_path, "log")
    pruning, other = SqlEventLog(at), SqlEventLog(at)
    for number in range(3):
        other.append([entry("0", source=f"file-{number}")])
    pruning.trim("charging", 0, 3)
    pruning.prune("charging", 0, keep=1)
    pruning.append([entry("0", source="new")])
    other.append([entry("1", source="file-0"), entry("1", source="file-2")])
    read = [(record.source, record.position) for record in pruning.read("charging", 0, 0, 10, 1 << 20)]
    for log in (pruning, other):
        log.close()
    connection = sqlite3.connect(tmp_path / "store.db")
    names = sorted(name for (name,) in connection.execute("SELECT name FROM log_source"))
    connection.close()
    assert read == [("new", "0"), ("file-0", "1"), ("file-2", "1")]
    assert names == ["file-0", "file-2", "new"]
