"""Files become smaller when what they held is gone, while they are used; one of a release before is rewritten once."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from telassure.kernel.errors import TransientError
from telassure.store.sql import SqlEventLog
from telassure.store.sql.engine import Database
from telassure.store.sql.shrink import gives_back, rewrite, shrink
from tests.stores.adapters import entry, made

_ROWS = 400


def filled(directory: Path) -> tuple[SqlEventLog, Path]:
    log = SqlEventLog(made(directory, "log"))
    for start in range(0, _ROWS, 100):
        log.append([entry(str(n), bytes([n % 251]) * 50_000) for n in range(start, start + 100)])
    return log, directory / "store.db"


def raw(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=0, isolation_level=None)


def pages(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("PRAGMA page_count").fetchone()[0])


def test_a_log_that_was_trimmed_gives_its_space_back_and_loses_nothing(tmp_path: Path) -> None:
    log, file = filled(tmp_path)
    with closing(log):
        before = pages(file)
        log.trim("charging", 0, _ROWS - 10)
        assert log.shrink() > 10_000_000
        assert pages(file) < 0.65 * before
        left = [each.position for each in log.read("charging", 0, 0, 99, 1 << 30)]
        assert left == [str(n) for n in range(_ROWS - 10, _ROWS)]
        assert log.shrink() == 0


def test_between_two_pieces_any_writer_gets_in_and_a_reader_keeps_what_it_sees(tmp_path: Path) -> None:
    log, file = filled(tmp_path)
    seen: list[int] = []
    with closing(log), closing(raw(file)) as other, closing(raw(file)) as reader:
        log.trim("charging", 0, _ROWS - 10)
        reader.execute("BEGIN")
        count = reader.execute("SELECT count(*) FROM log_event").fetchone()

        def written(_: float) -> None:
            other.execute("UPDATE alembic_version SET version_num = version_num")
            seen.append(reader.execute("SELECT count(*) FROM log_event").fetchone()[0])

        with closing(Database(f"sqlite:///{file}")) as database:
            assert shrink(database, written) > 10_000_000
    assert len(seen) > 10
    assert set(seen) == set(count)


def test_a_few_free_pages_stay_to_grow_into(tmp_path: Path) -> None:
    log, _ = filled(tmp_path)
    with closing(log):
        log.trim("charging", 0, 10)
        assert log.shrink() == 0


def test_a_file_of_a_release_before_is_rewritten_once_and_gives_back_from_then_on(tmp_path: Path) -> None:
    log, file = filled(tmp_path)
    log.close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA auto_vacuum=NONE")
        connection.execute("VACUUM")
    with closing(SqlEventLog(f"sqlite:///{file}")) as log:
        log.trim("charging", 0, _ROWS - 10)
        assert (log.shrink(), gives_back(file)) == (0, False)
    assert rewrite(file) > 10_000_000
    assert gives_back(file)
    with closing(SqlEventLog(f"sqlite:///{file}")) as log:
        assert len(log.read("charging", 0, 0, 99, 1 << 30)) == 10


def test_a_file_that_is_in_use_is_not_rewritten(tmp_path: Path) -> None:
    log, file = filled(tmp_path)
    with closing(log), closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TransientError, match="end what uses it"):
            rewrite(file)
