"""One database as the stores use it: one writing transaction at a time, any number of readings, errors in our terms."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Protocol

from sqlalchemy import Connection, Dialect, make_url
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from telassure.kernel.errors import ConfigurationError, DamagedStore, InvalidInput, TelassureError, TransientError
from telassure.store.sql import dialect
from telassure.store.sql.bulk import Bulk, Row, refuse_nul
from telassure.store.sql.server import name_of

__all__ = ["Database", "Row", "run", "translated"]

_MISPLACED: Final = ("28", "3D", "42501")  # classes of SQLSTATE: who we are, which database, what we may do in it

_BROKEN: Final = ("no such table", "no such column", "malformed database schema", "disk I/O error")


class WritableDatabase(Protocol):
    """Any of our databases, as far as it is written to."""

    @property
    def dialect(self) -> Dialect: ...

    def writing(self) -> AbstractContextManager[Connection]: ...


class Database:
    """Connections to one URL, for any thread. SQLite: write-ahead log, synchronous FULL; writers queue.

    PostgreSQL: up to `connections` for writing and as many for reading, each tried before it is used.
    """

    def __init__(self, url: str, connections: int = dialect.CONNECTIONS) -> None:
        self.url = make_url(url)
        self.name = name_of(self.url)
        self._writer = dialect.writer(self.url, connections)
        self._reader = dialect.reader(self.url, connections)
        self.dialect = self._writer.dialect

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, durable when the block ends, gone where it raises. TransientError: try again later."""
        with translated(self.name), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot."""
        with translated(self.name), self._reader.connect() as connection:
            yield connection

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()


@contextmanager
def translated(name: str) -> Iterator[None]:
    """The driver's errors in our terms: a store that may yet answer, a wrong setting, a value that no store can hold.

    No text of ours names a password, a parameter or a row.
    """
    try:
        yield
    except IntegrityError:
        raise
    except (DatabaseError, OperationalError, InterfaceError, InternalError, ProgrammingError, DataError) as error:
        raise _ours(name, error) from error
    except PoolTimeout as error:
        raise TransientError(f"{name}: other threads hold every connection for {dialect.BUSY_SECONDS} s") from error
    except (OverflowError, UnicodeEncodeError) as error:
        raise InvalidInput(f"a value does not fit a database column: {error}", name) from error


def _ours(name: str, error: DBAPIError) -> TelassureError | DBAPIError:
    state, said = dialect.sqlstate(error), str(error.orig).partition("\n")[0]
    if isinstance(error, DataError):
        return InvalidInput(f"a value does not fit a database column: {said}", name)
    if state.startswith(_MISPLACED) or (isinstance(error, ProgrammingError) and not state and not _sqlite(error)):
        return ConfigurationError(f"{name}: {said}; mend database.url, the password, or what the user is granted")
    if _sqlite(error) and (type(error) is DatabaseError or said.startswith(_BROKEN)):
        return DamagedStore(f"{name} is damaged ({said}): end all commands, then put a restored file there")
    if isinstance(error, ProgrammingError):
        return error  # a statement of ours that is wrong: nothing to be tried again
    return TransientError(f"{name}: {said}; the same call may succeed later")


def _sqlite(error: DBAPIError) -> bool:
    return type(error.orig).__module__ == "sqlite3"


def run(connection: Connection, statement: Bulk | str, rows: Sequence[Row]) -> int:
    """Execute a statement for every row in the driver itself; the number of rows it touched."""
    if isinstance(statement, Bulk):
        return statement.run(connection, rows)
    if not rows:
        return 0
    refuse_nul(rows)
    return int(connection.exec_driver_sql(statement, list(rows)).rowcount)
