"""All that differs between the databases: how to open them, how a write begins, and parameter marks."""

import sqlite3
import time
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, func
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ColumnElement

from telassure.kernel.instant import Instant
from telassure.store.sql.server import with_options

BUSY_SECONDS: Final = 30
CACHE_MIB: Final = 32
CONNECTIONS: Final = 4  # to a PostgreSQL server, of each kind (writing, reading) that a store opens
MARKS: Final = 500  # parameters of one IN list; the same text each time, so that the statement stays prepared

_WRITER_PRAGMAS: Final = (
    "PRAGMA auto_vacuum=INCREMENTAL",  # of a file that this connection makes; see telassure.store.sql.shrink
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

# A session whose client is gone or halted gives its locks back, and nobody waits for a lock for ever.
_SESSION: Final = (f"lock_timeout={BUSY_SECONDS}s", f"idle_in_transaction_session_timeout={2 * BUSY_SECONDS}s")
_SNAPSHOTS: Final = ("default_transaction_read_only=on", r"default_transaction_isolation=repeatable\ read")
_LINK: Final = {  # libpq's, in seconds, but for the last in milliseconds: a dead network is noticed
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "application_name": "telassure",
}


def writer(url: URL, connections: int = CONNECTIONS) -> Engine:
    """An engine for writing. SQLite has one connection: its pool makes the threads of this process queue, the database
    the processes. PostgreSQL has up to `connections`."""
    if url.get_backend_name() != "sqlite":
        return _server(with_options(url, *_SESSION), connections)
    opened = _file(url, "rw")  # a file that was removed is missed, not made anew
    engine = create_engine(
        opened, pool_size=1, max_overflow=0, pool_timeout=BUSY_SECONDS, pool_reset_on_return="rollback"
    )
    _prepare(engine, _WRITER_PRAGMAS, "BEGIN IMMEDIATE", journal=True)
    return engine


def reader(url: URL, connections: int = CONNECTIONS) -> Engine:
    """An engine whose connections cannot write and never block a writer; a transaction of it sees one snapshot."""
    if url.get_backend_name() != "sqlite":
        return _server(with_options(url, *_SESSION, *_SNAPSHOTS), connections)
    engine = create_engine(_file(url, "ro"), pool_size=4, max_overflow=8, pool_timeout=BUSY_SECONDS)
    _prepare(engine, _READER_PRAGMAS, "BEGIN", journal=False)
    return engine


def _file(url: URL, mode: str) -> URL:
    """A SQLite file that is there, opened in a mode of SQLite's."""
    return url.set(database=f"file:{quote(url.database or '')}", query={"mode": mode, "uri": "true"})


def _server(url: URL, connections: int) -> Engine:
    """Connections that are tried before each use, so that a server that was restarted is found again."""
    link = {name: value for name, value in _LINK.items() if name not in url.query}
    return create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=BUSY_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=link,
    )


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
def marked(dialect: Dialect, text: str) -> str:
    """SQL written with `?` marks, in the marks of the driver."""
    return text if dialect.name == "sqlite" else text.replace("%", "%%").replace("?", "%s")


def held(dialect: Dialect) -> str:
    """What a SELECT ends with whose rows nobody may delete before this transaction ends; a SQLite writer is alone."""
    return "" if dialect.name == "sqlite" else " FOR KEY SHARE"


def exists(url: URL) -> bool:
    """Whether there is a database to read: a SQLite file may not have been made yet."""
    if url.get_backend_name() != "sqlite":
        return True
    return Path(url.database or "").is_file()


def absent(error: DBAPIError) -> bool:
    """Whether a reading failed because the database or its tables have not been made yet."""
    if sqlstate(error):
        return sqlstate(error) == "42P01"
    text = str(error.orig)
    return "no such table" in text or "unable to open database file" in text


def sqlstate(error: DBAPIError) -> str:
    """PostgreSQL's five characters for what went wrong, "" where there are none (SQLite, a lost connection)."""
    return getattr(error.orig, "sqlstate", None) or ""


def now(connection: Connection) -> Instant:
    """The database's wall clock, which is the same for every machine."""
    text = "SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"
    if connection.dialect.name == "postgresql":
        text = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
    return int(connection.exec_driver_sql(text).scalar_one())


def second_part(dialect: Dialect, column: ColumnElement[str]) -> ColumnElement[str]:
    """What stands between the first two slashes of a text."""
    if dialect.name == "postgresql":
        return func.split_part(column, "/", 2)
    rest = func.substr(column, func.instr(column, "/") + 1)
    return func.substr(rest, 1, func.instr(rest, "/") - 1)
