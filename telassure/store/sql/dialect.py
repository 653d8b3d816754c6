"""All that differs between the databases: how to open them, how a write begins, upserts and parameter marks."""

import re
import sqlite3
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Dialect, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ColumnElement

BUSY_SECONDS: Final = 30
CACHE_MIB: Final = 32
MARKS: Final = 500  # parameters of one IN list; the same text each time, so that the statement stays prepared

_WRITER_PRAGMAS: Final = (
    f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}",
    "PRAGMA synchronous=FULL",
    f"PRAGMA cache_size=-{CACHE_MIB * 1024}",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA mmap_size=268435456",
    "PRAGMA wal_autocheckpoint=4000",
    "PRAGMA journal_size_limit=33554432",
)
_READER_PRAGMAS: Final = (
    f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}",
    "PRAGMA query_only=ON",
    "PRAGMA cache_size=-8192",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA mmap_size=268435456",
)

Combine = Callable[[Table, Any], Mapping[str, ColumnElement[Any]]]
"""What an upsert sets where the row exists: (table, the row that came) -> column name to expression."""


def writer(url: URL) -> Engine:
    """An engine of one connection: its pool makes the threads of this process queue, the database the processes."""
    engine = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=BUSY_SECONDS, pool_reset_on_return="rollback")
    if url.get_backend_name() == "sqlite":
        _prepare(engine, _WRITER_PRAGMAS, "BEGIN IMMEDIATE", journal=True)
    return engine


def reader(url: URL) -> Engine:
    """An engine whose connections cannot write and never block a writer."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, execution_options={"postgresql_readonly": True})
    path = quote(url.database or "")
    opened = url.set(database=f"file:{path}", query={"mode": "ro", "uri": "true"})
    engine = create_engine(opened, pool_size=4, max_overflow=8, pool_timeout=BUSY_SECONDS)
    _prepare(engine, _READER_PRAGMAS, "BEGIN", journal=False)
    return engine


def _prepare(engine: Engine, pragmas: tuple[str, ...], begin: str, journal: bool) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself; `begin` below does
        for pragma in pragmas:
            connection.execute(pragma).close()
        if journal:
            _write_ahead(connection)

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turn the write-ahead log on. The first start may race another's, and SQLite does not wait here by itself."""
    deadline = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


@lru_cache(maxsize=512)
def upsert(dialect: Dialect, table: Table, combine: Combine | None = None) -> str:
    """INSERT of whole rows by primary key, in the table's column order; what is there is replaced or combined."""
    statement = (postgresql if dialect.name == "postgresql" else sqlite).insert(table)
    keys = [column.name for column in table.primary_key]
    if combine is not None:
        changes = combine(table, statement.excluded)
    else:
        changes = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return str(statement.on_conflict_do_update(index_elements=keys, set_=changes).compile(dialect=dialect))


@lru_cache(maxsize=512)
def insert(dialect: Dialect, table: Table, ignore: bool = False, leaving: str = "") -> str:
    """INSERT of rows in the table's column order without the column `leaving`; `ignore` keeps what is there."""
    statement = (postgresql if dialect.name == "postgresql" else sqlite).insert(table)
    columns = [c.name for c in table.columns if c.name != leaving]
    chosen = statement.on_conflict_do_nothing() if ignore else statement
    return str(chosen.compile(dialect=dialect, column_keys=columns))


@lru_cache(maxsize=512)
def marked(dialect: Dialect, text: str) -> str:
    """SQL written with `?` marks, in the marks of the driver."""
    return text if dialect.name == "sqlite" else re.sub(r"\?", "%s", text)


def exists(url: URL) -> bool:
    """Whether there is a database to read: a SQLite file may not have been made yet."""
    if url.get_backend_name() != "sqlite":
        return True
    return Path(url.database or "").is_file()


def absent(error: DBAPIError) -> bool:
    """Whether a reading failed because the database or its tables have not been made yet."""
    text = str(error.orig)
    return "no such table" in text or "unable to open database file" in text or "UndefinedTable" in type(error).__name__
