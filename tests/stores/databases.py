"""Empty databases for one test, on SQLite or on PostgreSQL, from the same call."""

from functools import cache
from pathlib import Path

from sqlalchemy import create_engine, text

from telassure.store.sql import migrate
from telassure.store.sql.records import schema_tables
from tests.postgres.server import PostgresServer
from tests.stores.adapters import made, url


class Databases:
    """`url("state", "charging")` is an empty, migrated database of that kind; `unmade` one that nobody has made."""

    def __init__(self, directory: Path, server: PostgresServer | None = None) -> None:
        self.directory, self.server = directory, server

    def url(self, kind: str, name: str) -> str:
        if self.server is None:
            self.directory.mkdir(exist_ok=True)
            return made(self.directory, kind, name)
        return emptied(self.server, kind, f"{kind}_of_{name}")

    def unmade(self, name: str) -> str:
        return self.server.url(f"unmade_{name}") if self.server else f"sqlite:///{self.directory}/{name}.db"


def emptied(server: PostgresServer, kind: str, schema: str) -> str:
    """A migrated schema without a row in it: made once for the session, since migrating hundreds takes a while."""
    found = _migrated(server, kind, schema)
    tables = ", ".join(f'{schema}."{table.name}"' for table in schema_tables(kind).values())
    with server.connect() as connection:
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")
    return found


@cache
def _migrated(server: PostgresServer, kind: str, schema: str) -> str:
    migrate.upgrade(server.url(schema), kind)
    return server.url(schema)


def asked(url: str, question: str) -> list[tuple[object, ...]]:
    """The rows that a question to a database brings."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(question))]
    finally:
        engine.dispose()


def made_by_migrations(directory: Path, kind: str) -> set[str]:
    """The CREATE statements of a SQLite database that the migrations made, white space and quotes aside."""
    directory.mkdir()
    migrate.upgrade(url(directory), kind)
    return _statements(url(directory))


def created(directory: Path, kind: str) -> set[str]:
    """Those of one made from what the tables say."""
    directory.mkdir()
    engine = create_engine(url(directory))
    with engine.begin() as connection:
        for table in schema_tables(kind).values():
            table.create(connection)
    engine.dispose()
    return _statements(url(directory))


def _statements(address: str) -> set[str]:
    ours = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT IN ('alembic_version', 'compatibility')"
    return {"".join(str(sql).split()).replace('"', "") for (sql,) in asked(address, ours)}
