"""One process at a time among many machines: an advisory lock of the PostgreSQL server, gone with its session."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

from sqlalchemy import Connection, text

from telassure.kernel.errors import TransientError
from telassure.store.sql.engine import Database

_LOCK_SPACE: Final = 7_355  # first key; migrations have 7,354
_SECONDS: Final = 2.0


@contextmanager
def sole_holder(url: str, name: str, stop: Event, lost: Callable[[str], None]) -> Iterator[bool]:
    """Waits until this process alone holds the name, or `stop` is set: True where it holds. `lost` is told once the
    server no longer answers on the session that has the lock, since another process may have it then."""
    database = Database(url, 1)
    try:
        with database.reading() as connection:
            if not _taken(connection, name, stop):
                yield False
                return
            over = Event()
            watch = Thread(target=_watch, args=(connection, over, lost), name="sole holder", daemon=True)
            watch.start()
            try:
                yield True
            finally:
                over.set()
                watch.join()
    finally:
        database.close()


def _taken(connection: Connection, name: str, stop: Event) -> bool:
    wanted = text("SELECT pg_try_advisory_lock(:space, hashtext(:name))")
    while not stop.is_set():
        if connection.execute(wanted, {"space": _LOCK_SPACE, "name": name}).scalar_one():
            connection.commit()
            return True
        connection.commit()
        stop.wait(_SECONDS)
    return False


def _watch(connection: Connection, over: Event, lost: Callable[[str], None]) -> None:
    while not over.wait(_SECONDS):
        try:
            connection.execute(text("SELECT 1"))
            connection.commit()
        except Exception as gone:  # whatever it is, the lock can no longer be relied upon
            lost(str(TransientError(f"the session that holds the lock is gone: {type(gone).__name__}")))
            return
