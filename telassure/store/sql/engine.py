"""One database as the stores use it: one writing transaction at a time, any number of readings, errors in our terms."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from telassure.errors import InvalidInput, TransientError
from telassure.store.sql import dialect

Row = tuple[Any, ...]  # as the driver takes it and gives it; the noun's module knows its types


class Database:
    """Connections to one URL, for any thread. SQLite: write-ahead log, synchronous FULL; writers queue."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._writer = dialect.writer(self.url)
        self._reader = dialect.reader(self.url)
        self.dialect = self._writer.dialect

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, durable when the block ends, gone where it raises. TransientError: try again later."""
        with translated(str(self.url)), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot."""
        with translated(str(self.url)), self._reader.connect() as connection:
            yield connection

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()


@contextmanager
def translated(name: str) -> Iterator[None]:
    """The driver's errors in our terms: a store that may yet answer, or a value that no store can hold."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise TransientError(f"{name}: {error.orig}; the same call may succeed later") from error
    except PoolTimeout as error:
        raise TransientError(f"{name}: another thread holds the connection for {dialect.BUSY_SECONDS} s") from error
    except (OverflowError, UnicodeEncodeError) as error:
        raise InvalidInput(f"a value does not fit a database column: {error}", name) from error


def run(connection: Connection, text: str, rows: Sequence[Row]) -> int:
    """Execute a statement for every row in the driver itself; the number of rows it touched."""
    return connection.exec_driver_sql(text, list(rows)).rowcount if rows else 0
