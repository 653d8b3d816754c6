"""Gives the disk back what a SQLite file no longer needs: a little at a time while it is used, or all while it is not.

A file gives space back while it is used where it was made so (`auto_vacuum`), which releases up to 0.9 did not do; one
of theirs fills its free pages again and keeps its size until it is rewritten once (`rewrite`). PostgreSQL has its own.
"""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import sleep
from typing import Final

from sqlalchemy import Connection

from telassure.kernel.errors import TransientError
from telassure.store.sql.engine import WritableDatabase

_PIECE: Final = 64  # pages that one transaction moves: some milliseconds of other writers' time
_PIECES: Final = 2_048
_PAUSE: Final = 0.01  # seconds in which another process's writer, who looks again now and then, gets in
_SPARE: Final = 1_024  # free pages that a file may keep to grow into
_SHARE: Final = 8  # and so may one page in so many
_INCREMENTAL: Final = 2


def shrink(database: WritableDatabase, pause: Callable[[float], None] = sleep) -> int:
    """Cut free pages off the end of a SQLite file until few are left, or half a gigabyte has gone; how many bytes.
    Writers wait for a piece at most, since none is under way while this pauses. A reader keeps what it sees: the file
    itself is cut once nobody reads its old pages."""
    gone = 0
    for _ in range(_PIECES if database.dialect.name == "sqlite" else 0):
        with database.writing() as connection:
            more = _cut(connection)
        gone += more
        if not more:
            break
        pause(_PAUSE)
    return gone


def _cut(connection: Connection) -> int:
    def ask(name: str) -> int:
        return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())

    pages = ask("page_count")
    if ask("auto_vacuum") != _INCREMENTAL or ask("freelist_count") <= max(_SPARE, pages // _SHARE):
        return 0
    for _ in range(_PIECE):  # the driver takes one step of this statement, which is one page, whatever it is told
        connection.exec_driver_sql("PRAGMA incremental_vacuum(1)")
    return (pages - ask("page_count")) * ask("page_size")


def gives_back(file: Path) -> bool:
    """Whether a file gives space back while it is used."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return bool(connection.execute("PRAGMA auto_vacuum").fetchone()[0] == _INCREMENTAL)


def rewrite(file: Path) -> int:
    """Write a SQLite file anew without its free pages, so that it gives space back from here on; how many bytes it is
    smaller. It takes as much free disk as the file is long. TransientError where that is not there, or it is in use."""
    size, free = file.stat().st_size, shutil.disk_usage(file.parent).free
    if free < 2 * size:  # the new file, and the write-ahead log through which it comes
        raise TransientError(f"{file} needs {2 * size:,} bytes of free disk to be rewritten; there are {free:,}")
    try:
        with closing(sqlite3.connect(file, timeout=1)) as connection:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError as refused:
        raise TransientError(f"{file} cannot be rewritten now: {refused}; end what uses it") from refused
    return size - file.stat().st_size
