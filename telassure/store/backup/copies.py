"""Copies of files while others write to them: databases by SQLite's own online backup, the rest as they are."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from telassure.kernel.errors import PermanentError, TransientError


def copy_database(source: Path, to: Path) -> None:
    """One snapshot of a database, without its write-ahead log; writers go on. TransientError where it is busy for long,
    PermanentError where it is damaged."""
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=60)) as here,
            closing(sqlite3.connect(to)) as there,
        ):
            here.backup(there, pages=-1)
            there.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as busy:
        raise TransientError(f"{source} cannot be copied now: {busy}") from busy
    except sqlite3.DatabaseError as damaged:
        raise PermanentError(f"{source} is damaged: {damaged}") from damaged
    to.chmod(0o600)


def settle(database: Path) -> None:
    """A database that nobody writes any more is one file, without its write-ahead log."""
    with closing(sqlite3.connect(database)) as here:
        here.execute("PRAGMA journal_mode=DELETE")
    database.chmod(0o600)


def copy_file(source: Path, to: Path) -> bool:
    """A plain file; False where it has gone meanwhile."""
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, to, follow_symlinks=False)
    except FileNotFoundError:
        return False
    to.chmod(0o600)
    return True


def fault_of(database: Path) -> str:
    """What SQLite finds wrong with a database, "" where nothing is."""
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as found:
            said = found.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as damaged:
        return str(damaged)
    return "" if said == "ok" else str(said)
