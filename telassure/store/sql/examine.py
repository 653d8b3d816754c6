"""Looks at databases without changing them: is the schema there, may it be written, what stands in it."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final
from urllib.parse import quote

from sqlalchemy import Connection, func, inspect, make_url, select

from telassure.kernel.errors import DamagedStore
from telassure.kernel.instant import Instant
from telassure.store.sql import dialect, letters, migrate
from telassure.store.sql.cells import CHECKPOINTS
from telassure.store.sql.engine import translated
from telassure.store.sql.outbox import OUTBOX
from telassure.store.sql.records import schema_tables
from telassure.store.sql.server import name_of, schema_of

_STEPS: Final = 20_000  # of SQLite's machine between two looks at the time
_WRITES: Final = "SELECT has_table_privilege(current_user, quote_ident(%s) || '.' || quote_ident(%s), %s)"
_NEEDED: Final = "SELECT, INSERT, UPDATE, DELETE"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """One schema as found; `missing` and `unwritable` name tables, `serves` says that this release may use it as is."""

    name: str
    revision: str | None
    expected: str
    serves: bool
    missing: tuple[str, ...] = ()
    unwritable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerState:
    """A PostgreSQL server: `version` as 150004, whether it fsyncs, and its wall clock."""

    version: int
    fsync: bool
    clock: Instant


@dataclass(frozen=True, slots=True)
class DatabaseContent:
    """What a topology's database holds: offsets by partition, open letters, rows of the outbox to a target and the
    oldest of these."""

    offsets: Mapping[int, int]
    letters: int
    waiting: int
    oldest: Instant | None


def schema(url: str, kind: str) -> SchemaState | None:
    """The schema of a database of `kind` "log" or "state"; None for a SQLite file that is not there. TransientError
    where the database does not answer."""
    address = make_url(url)
    if not dialect.exists(address):
        return None
    tables = schema_tables(kind)
    with translated(name_of(address)):
        engine = dialect.reader(address, connections=1)
        try:
            with engine.connect() as connection:
                stands = migrate._standing(connection)
                there = set(inspect(connection).get_table_names())
                barred = _unwritable(connection, schema_of(address), sorted(there & set(tables)))
        finally:
            engine.dispose()
    missing = tuple(sorted(set(tables) - there))
    return SchemaState(name_of(address), stands.revision, migrate.heads()[kind], stands.serves(kind), missing, barred)


def refuse_missing(connection: Connection, name: str, kind: str) -> None:
    """DamagedStore where a SQLite database of this kind, which is migrated, lacks a table: work that needs none of it
    would go on for a while."""
    if connection.dialect.name != "sqlite":
        return
    there = {row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if missing := sorted(set(schema_tables(kind)) - there):
        raise DamagedStore(f"{name} lacks the table {missing[0]}: end all commands, then put a restored file there")


def _unwritable(connection: Connection, schema: str | None, tables: list[str]) -> tuple[str, ...]:
    if connection.dialect.name != "postgresql":
        return ()
    found = connection.exec_driver_sql
    allowed = {table: all(found(_WRITES, (schema, table, r)).scalar() for r in _NEEDED.split(", ")) for table in tables}
    return tuple(table for table, may in allowed.items() if not may)


def server(url: str) -> ServerState:
    """The PostgreSQL server behind a URL, by one short session."""
    address = make_url(url)
    with translated(name_of(address)):
        engine = dialect.reader(address, connections=1)
        try:
            with engine.connect() as connection:
                ask = connection.exec_driver_sql
                version, fsync = ask("SHOW server_version_num").scalar_one(), ask("SHOW fsync").scalar_one()
                return ServerState(int(version), fsync == "on", dialect.now(connection))
        finally:
            engine.dispose()


def standing(url: str, topology: str, target: str) -> DatabaseContent:
    """What a migrated database of a topology holds; `target` is that of the outbox rows to count."""
    address = make_url(url)
    waits = OUTBOX.c.target == target
    with translated(name_of(address)):
        engine = dialect.reader(address, connections=1)
        try:
            with engine.connect() as connection:
                here = select(CHECKPOINTS.c.partition, CHECKPOINTS.c.offset).where(CHECKPOINTS.c.topology == topology)
                offsets = {row.partition: row.offset for row in connection.execute(here)}
                counted = select(func.count(), func.min(OUTBOX.c.created_at)).where(waits)
                waiting, oldest = connection.execute(counted).one()
                return DatabaseContent(offsets, letters.how_many_open(connection, letters.LETTERS), waiting, oldest)
        finally:
            engine.dispose()


def buried(url: str) -> int:
    """The open letters of the log's migrated database."""
    address = make_url(url)
    with translated(name_of(address)):
        engine = dialect.reader(address, connections=1)
        try:
            with engine.connect() as connection:
                return letters.how_many_open(connection, letters.BURIED)
        finally:
            engine.dispose()


def damage(file: Path, seconds: float) -> str:
    """What SQLite's own check finds wrong with a file within a time, "" for nothing (so far)."""
    deadline = monotonic() + seconds
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as connection:
            connection.set_progress_handler(lambda: int(monotonic() > deadline), _STEPS)
            (first,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            return "" if first == "ok" else str(first)
    except sqlite3.OperationalError as error:
        return "" if "interrupted" in str(error) else str(error)
    except sqlite3.DatabaseError as error:
        return str(error)
