"""Where a PostgreSQL server's schemas are: the address in the settings becomes one URL per schema."""

import re
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from telassure.kernel.errors import ConfigurationError

_SCHEMA: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_SEARCHED: Final = re.compile(r"search_path=([a-z_][a-z0-9_]*)")
_DRIVER: Final = "postgresql+psycopg"


def schema_url(url: str, schema: str, password: str = "") -> str:
    """The SQLAlchemy URL of one schema of the database that a setting names; its parameters stay (sslmode, …).

    `password` counts unless the setting has one itself. ConfigurationError, without the password in it, where the
    setting is no address of a PostgreSQL database.

    >>> schema_url("postgresql://u@db:5432/net?sslmode=require", "charging", "p/w")
    'postgresql+psycopg://u:p%2Fw@db:5432/net?options=-csearch_path%3Dcharging&sslmode=require'
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError(f"database.url is no address; write {_EXAMPLE}") from None
    if address.get_backend_name() not in ("postgresql", "postgres") or not address.database:
        raise ConfigurationError(f"database.url is not that of a PostgreSQL database; write {_EXAMPLE}")
    if not _SCHEMA.fullmatch(schema):
        raise ConfigurationError(f"{schema!r} is no schema's name; write lower-case letters, digits and _")
    options = f"{_option(address)} -csearch_path={schema}".strip()
    found = address.set(drivername=_DRIVER, password=address.password or password or None)
    return found.update_query_dict({"options": options}).render_as_string(hide_password=False)


_EXAMPLE: Final = "postgresql://user@host:5432/name?sslmode=verify-full"


def schema_of(url: URL) -> str | None:
    """The schema that a URL chooses, None where it leaves that to the server."""
    found = _SEARCHED.findall(_option(url))
    return found[-1] if found else None


def name_of(url: URL) -> str:
    """A database as an error may name it: without user, password and parameters."""
    if url.get_backend_name() == "sqlite":
        return url.database or "a database in memory"
    return f"postgresql://{url.host or 'local'}:{url.port or 5432}/{url.database}/{schema_of(url) or ''}"


def with_options(url: URL, *settings: str) -> URL:
    """The URL whose sessions begin with these settings ("name=value") of the server, besides their own."""
    chosen = " ".join(f"-c{setting}" for setting in settings)
    return url.update_query_dict({"options": f"{_option(url)} {chosen}".strip()})


def _option(url: URL) -> str:
    found = url.query.get("options", "")
    return found if isinstance(found, str) else " ".join(found)
