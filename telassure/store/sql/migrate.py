"""Brings a database to the schema of this release. When it is there already, that costs one query and no Alembic."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, inspect, make_url, text

from telassure.errors import ConfigurationError
from telassure.store.sql import dialect
from telassure.store.sql.engine import translated

HEADS: Final[Mapping[str, str]] = {"log": "log_0001", "state": "state_0001"}
"""The newest revision of each kind of database, one folder of migrations each."""

_SCRIPTS: Final = Path(__file__).with_name("migrations")


def upgrade(url: str, kind: str) -> None:
    """Make or migrate a database of `kind` "log" or "state". Any number of processes may do so at once.

    ConfigurationError where the database was made by a later release, or is of the other kind.
    """
    address = make_url(url)
    if address.database and address.get_backend_name() == "sqlite":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    with translated(str(address)):
        if dialect.exists(address) and _revision(address) == HEADS[kind]:
            return
        engine = dialect.writer(address)
        try:
            with engine.begin() as connection:  # one caller migrates; the next finds it done
                _migrate(connection, kind, str(address))
        finally:
            engine.dispose()


def _revision(address: URL) -> str | None:
    """The revision of the schema, None where there is none."""
    engine = dialect.reader(address)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    finally:
        engine.dispose()


def _migrate(connection: Connection, kind: str, name: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", _quoted(_SCRIPTS))
    config.set_main_option("version_locations", _quoted(_SCRIPTS / kind))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ConfigurationError(
            f"{name}: {error}; it is no {kind} database of this release: point the setting elsewhere, or upgrade"
        ) from error


def _quoted(path: Path) -> str:
    return str(path).replace("%", "%%")
