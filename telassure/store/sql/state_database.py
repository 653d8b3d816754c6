"""The database of a topology's state, made or migrated before it is first used."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock

from sqlalchemy import Connection

from telassure.kernel.errors import DamagedStore
from telassure.store.sql import dialect, examine, migrate
from telassure.store.sql.engine import Database


class StateDatabase:
    """As engine.Database. Where it is damaged, every call says so until another file is in its place: who has several
    goes on with the others."""

    def __init__(self, url: str, connections: int = dialect.CONNECTIONS) -> None:
        self._url = url
        self._database = Database(url, connections)
        self.dialect = self._database.dialect
        self._gate, self._open = Lock(), False
        with suppress(DamagedStore):
            self._opened()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One durable transaction."""
        with self._guarded(), self._database.writing() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot."""
        with self._guarded(), self._database.reading() as connection:
            yield connection

    def close(self) -> None:
        self._database.close()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            self._opened()
            yield
        except DamagedStore:
            with self._gate:
                self._open = False
            self._database.close()
            raise

    def _opened(self) -> None:
        with self._gate:
            if not self._open:
                migrate.upgrade(self._url, "state")
                with self._database.reading() as connection:
                    examine.refuse_missing(connection, self._database.name, "state")
                self._open = True
