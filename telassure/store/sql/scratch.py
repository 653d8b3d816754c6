"""A database of one measurement's own beside the one in the settings: made, used and dropped."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, make_url

from telassure.store.sql.engine import translated
from telassure.store.sql.server import name_of, schema_url


@contextmanager
def scratch_database(url: str, password: str) -> Iterator[str]:
    """The address of an empty database on the same server, as a setting has it. Its user must be allowed to make one;
    TransientError where the server is not to be had or refuses."""
    here = make_url(schema_url(url, "public", password))
    name = f"telassure_bench_{secrets.token_hex(4)}"
    engine = create_engine(here, isolation_level="AUTOCOMMIT", pool_size=1)
    try:
        with translated(name_of(here)), engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        try:
            yield make_url(url).set(database=name).render_as_string(hide_password=False)
        finally:
            with translated(name_of(here)), engine.connect() as connection:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        engine.dispose()
