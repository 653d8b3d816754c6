"""Settings of installations over databases of one test, each used by nobody before."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from telassure.wiring.settings import Settings, isolated
from tests.postgres.server import PASSWORD, PostgresServer


class Servers:
    """Databases of one test, each a setting's own."""

    def __init__(self, server: PostgresServer) -> None:
        self.server, self.names = server, list[str]()

    def settings(self, home: Path, **more: object) -> Settings:
        """Those of an installation over a database that nobody has used."""
        self.names.append(self.server.fresh("kept"))
        with self.server.connect() as connection:
            connection.execute(f"CREATE DATABASE {self.names[-1]}")
        base = isolated(home)
        database = {"url": self.server.address.rpartition("/")[0] + f"/{self.names[-1]}", "password": PASSWORD}
        stated = {"kafka": {"brokers": "127.0.0.1:1"}, "database": database, "pseudonym_key": "0" * 64, **more}
        return type(base)(**{**dict(base), **stated})

    def drop(self) -> None:
        with self.server.connect() as connection:
            for name in self.names:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def servers(postgres: PostgresServer) -> Iterator[Servers]:
    made = Servers(postgres)
    yield made
    made.drop()
