"""Brings a database to the schema of this release. When it is there already, that costs a query or two and no Alembic.

A release also works with a database that a later release has expanded: what that one added has defaults. It refuses one
that a later release has contracted, which the mark `compatible_since` in the database says.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final
from zlib import crc32

from sqlalchemy import URL, Connection, create_engine, inspect, make_url, text

from telassure.kernel.declared import derived
from telassure.kernel.errors import ConfigurationError
from telassure.store.sql import dialect
from telassure.store.sql.engine import translated
from telassure.store.sql.server import name_of, schema_of

KINDS: Final = ("log", "state", "access")
"""The kinds of database, one folder of migrations each."""

_SCRIPTS: Final = Path(__file__).with_name("migrations")
_PACKAGE: Final = "telassure.store.sql.migrations"
_SAME_EACH_TIME: Final = ("state", "access")
"""A home has several of them, and an empty one is the same each time; a log has an identity of its own."""
_LOCK_SPACE: Final = 7_354  # first key of the advisory locks under which a schema is made


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a database says of itself: its revision, and the oldest one whose release may use it; None before any."""

    revision: str | None
    compatible_since: str | None

    def serves(self, kind: str) -> bool:
        """Whether this release may use it as it is: it is ours, or a later one's that only added to ours."""
        if self.revision == heads()[kind]:
            return True
        later = _number(kind, self.revision) > _number(kind, heads()[kind])
        oldest = _number(kind, self.compatible_since)
        return later and 0 < oldest <= _number(kind, heads()[kind])


@derived
def heads() -> Mapping[str, str]:
    """The newest revision of each kind, by the names of its files: state_0007_acts.py is state_0007."""
    return {kind: max(_revisions(kind)) for kind in KINDS}


def _revisions(kind: str) -> Iterator[str]:
    for folder in _folders(kind):
        for file in folder.glob(f"{kind}_*.py"):
            yield "_".join(file.stem.split("_")[:2])


def _folders(kind: str) -> list[Path]:
    return [Path(place) for place in import_module(f"{_PACKAGE}.{kind}").__path__]


def upgrade(url: str, kind: str) -> None:
    """Make or migrate a database of `kind` "log", "state" or "access". Any number of processes may do so at once.

    A PostgreSQL schema that is missing is made, which needs the right to; where it is there and migrated, the rights to
    read and write its tables are enough. ConfigurationError where a later release has taken away what this one needs,
    or the database is of the other kind.
    """
    address = make_url(url)
    if address.database and address.get_backend_name() == "sqlite":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        Path(address.database).touch()
    with translated(name_of(address)):
        if dialect.exists(address) and _look(address).serves(kind):
            return
        engine = dialect.writer(address, connections=1)
        try:
            with engine.begin() as connection:  # one caller migrates; the next finds it done
                _prepare(connection, schema_of(address))
                if not _standing(connection).serves(kind):
                    _migrate(connection, kind, name_of(address))
        finally:
            engine.dispose()


def _look(address: URL) -> _Standing:
    engine = dialect.reader(address, connections=1)
    try:
        with engine.connect() as connection:
            return _standing(connection)
    finally:
        engine.dispose()


def _standing(connection: Connection) -> _Standing:
    seen = inspect(connection)
    if not seen.has_table("alembic_version"):
        return _Standing(None, None)
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if not seen.has_table("compatibility"):
        return _Standing(revision, None)
    return _Standing(revision, connection.execute(text("SELECT compatible_since FROM compatibility")).scalar_one())


def _prepare(connection: Connection, schema: str | None) -> None:
    """PostgreSQL: wait for whoever migrates this schema in this moment, and make it where it is missing."""
    if connection.dialect.name != "postgresql":
        return
    lock = text("SELECT pg_advisory_xact_lock(:space, :name)")
    connection.execute(lock, {"space": _LOCK_SPACE, "name": crc32((schema or "").encode()) >> 1})
    there = text("SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = :name")
    if schema and not connection.execute(there, {"name": schema}).scalar_one():
        connection.execute(text(f'CREATE SCHEMA "{schema}"'))


def _migrate(connection: Connection, kind: str, name: str) -> None:
    found = _standing(connection)
    if found.compatible_since and _number(kind, found.compatible_since) > _number(kind, heads()[kind]):
        raise ConfigurationError(
            f"{name}: a later release has changed it to {found.revision}, and releases below"
            f" {found.compatible_since} cannot use it; this one is at {heads()[kind]}: upgrade this installation"
        )
    if kind in _SAME_EACH_TIME and _is_empty_file(connection):
        for statement in _statements(kind, heads()[kind]):
            connection.exec_driver_sql(statement)
        return
    _by_alembic(connection, kind, name)


def _is_empty_file(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite" and not inspect(connection).get_table_names()


@cache
def _statements(kind: str, head: str) -> tuple[str, ...]:
    """What makes an empty SQLite database of `kind` at its `head`: the migrations are run once, in memory."""
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            _by_alembic(connection, kind, f"a {kind} database at {head}")
        with closing(engine.raw_connection()) as raw:
            return tuple(raw.driver_connection.iterdump())[1:-1]  # type: ignore[union-attr]  # without BEGIN and COMMIT
    finally:
        engine.dispose()


def _by_alembic(connection: Connection, kind: str, name: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", _quoted(_SCRIPTS))
    config.set_main_option("version_locations", "\n".join(map(_quoted, _folders(kind))))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ConfigurationError(
            f"{name}: {error}; it is no {kind} database of this release: point the setting elsewhere, or upgrade"
        ) from error


def _number(kind: str, revision: str | None) -> int:
    """The place of a revision in its kind's row; 0 for none, and for another kind's."""
    before, _, number = (revision or "").rpartition("_")
    return int(number) if before == kind and number.isdigit() else 0


def _quoted(path: Path) -> str:
    return str(path).replace("%", "%%")
