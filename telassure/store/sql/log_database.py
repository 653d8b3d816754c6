"""The database of an embedded log, used only while it is the one that was written to."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, make_url

from telassure.kernel.errors import DamagedStore, LogMismatch
from telassure.kernel.ports import LogMark
from telassure.store.sql import dialect, examine, migrate
from telassure.store.sql.end_marks import SUFFIX, EndMarks, Stream
from telassure.store.sql.engine import Database
from telassure.store.sql.log_file import WAYS_OUT, LogFile
from telassure.store.sql.log_reading import difference, intruder
from telassure.store.sql.log_streams import LogStream, stream_of

_log = logging.getLogger(__name__)
Witnesses = Callable[[], Iterable[tuple[Stream, LogMark]]]
"""What the checkpoints say of the log: a second place, which outlives the file of its ends."""


def nobody() -> Iterable[tuple[Stream, LogMark]]:
    """No checkpoint is asked."""
    return ()


class LogDatabase:
    """As engine.Database, for a log in a SQLite file. LogMismatch as long as the file is gone, was replaced while it
    was open, ends before what was acknowledged, or is another log than the checkpoints know: it is looked at anew at
    each call, so that work goes on once it is mended. What is wrong is said once in the log lines.
    """

    def __init__(self, url: str, connections: int = dialect.CONNECTIONS, witnesses: Witnesses = nobody) -> None:
        self.url, self._witnesses = url, witnesses
        self.place = Path(make_url(url).database or "")
        self.marks = EndMarks(self.place.with_suffix(SUFFIX))
        self._database = Database(url, connections)
        self.name, self.dialect = self._database.name, self._database.dialect
        self._file = LogFile(self.place)
        self._written: Mapping[Stream, LogMark] = {}
        self._gate, self._open, self._said = Lock(), False, ""
        with suppress(DamagedStore):  # every call says so
            self._opened()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One durable transaction, in the file that is at its path when it has ended."""
        with self._guarded() as file:
            file.check(written=False)
            with self._database.writing() as connection:
                yield connection
            file.check(written=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot of the file that is at its path."""
        with self._guarded() as file:
            file.check(written=False)
            with self._database.reading() as connection:
                yield connection

    def recognise_end(self, connection: Connection, stream: LogStream) -> None:
        """Before something is added to a stream: it ends where it was written to last, by whatever process, or later.
        LogMismatch where it does not."""
        place = stream.topology, stream.partition
        mark = self.marks.read().get(place) or self._written.get(place)
        if mark is not None:
            self._compare(connection, place, stream, mark)
        if why := intruder(connection, stream):
            raise LogMismatch(f"{self.name}: {why}: {WAYS_OUT}")

    def keep_ends(self, ends: Mapping[Stream, LogMark]) -> None:
        """Remember, once they are durable, where these streams end now."""
        self._written = {**self._written, **ends}
        self.marks.advance(ends)

    def close(self) -> None:
        self._database.close()

    @contextmanager
    def _guarded(self) -> Iterator[LogFile]:
        try:
            self._opened()
            yield self._file
        except LogMismatch as found:
            self._shut(str(found))
            raise

    def _opened(self) -> None:
        with self._gate:
            if self._open:
                return
            kept = self.marks.read()
            if self._written and not self.place.is_file():
                raise _gone(self.place)
            make_log(self.url)
            self._file = LogFile(self.place)
            with self._database.reading() as connection:
                self._file.check(written=False)
                examine.refuse_missing(connection, self.name, "log")
                for place, mark in (*{**self._written, **kept}.items(), *self._witnesses()):
                    self._compare(connection, place, stream_of(connection, *place), mark)
            self._open, self._said = True, ""

    def _compare(self, connection: Connection, place: Stream, stream: LogStream | None, mark: LogMark) -> None:
        why = difference(connection, stream, f"{place[0]}[{place[1]}]", mark)
        if why:
            raise LogMismatch(f"{self.name}: {why}: {WAYS_OUT}")

    def _shut(self, why: str) -> None:
        """Let go of a file that is not ours, so that the one that comes to its place is opened."""
        with self._gate:
            if self._open:
                self._database.close()
            self._open = False
            if why != self._said:
                self._said = why
                _log.error("%s", why)


def make_log(url: str) -> None:
    """Make or migrate a log; LogMismatch where there was one, which is gone."""
    place = Path(make_url(url).database or "")
    if not place.is_file() and EndMarks(place.with_suffix(SUFFIX)).read():
        raise _gone(place)
    migrate.upgrade(url, "log")


def _gone(place: Path) -> LogMismatch:
    return LogMismatch(f"{place} is gone, with what was acknowledged: {WAYS_OUT}")
