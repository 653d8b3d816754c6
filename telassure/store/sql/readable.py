"""One database as readers see it: it may not be there yet, and it is never written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError

from telassure.kernel.errors import DamagedStore
from telassure.store.sql import dialect
from telassure.store.sql.engine import translated
from telassure.store.sql.server import name_of

Found = TypeVar("Found")


class ReadableDatabase:
    """Opened for reading only, when it is first asked. Every question sees one snapshot."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._engine: Engine | None = None

    def ask(self, question: Callable[[Connection], Found]) -> list[Found]:
        """The one answer, or none where the database has not been made yet."""
        if not dialect.exists(self.url):
            return []
        with translated(name_of(self.url)):
            try:
                with self._opened().connect() as connection:
                    return [question(connection)]
            except DBAPIError as error:
                if dialect.absent(error):
                    return []
                raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for as long as the block lasts, to a database that has been made."""
        with translated(name_of(self.url)), self._opened().connect() as connection:
            yield connection

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _opened(self) -> Engine:
        if self._engine is None:
            self._engine = dialect.reader(self.url)
        return self._engine


class SparedDatabase(ReadableDatabase):
    """One that is damaged reads as empty, and says so: what is in the others can be shown beside that."""

    damage = ""

    def ask(self, question: Callable[[Connection], Found]) -> list[Found]:
        try:
            found = super().ask(question)
        except DamagedStore as damaged:
            self.close()
            self.damage = str(damaged)
            return []
        self.damage = ""
        return found
