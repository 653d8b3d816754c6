"""The embedded metric store: scored points in one SQLite file, written by one process while others read."""

import fcntl
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from time import monotonic
from typing import IO, TYPE_CHECKING, Final

import numpy as np

from telassure.kernel.errors import PermanentError, TransientError
from telassure.kernel.events import Measurements, ScoredPoints
from telassure.kernel.instant import DAY, Instant
from telassure.store.metrics_embedded.blocks import HOT_TILE, BlockTable, connect, has_schema, transaction
from telassure.store.metrics_embedded.compaction import CompactionPolicy, Compactor
from telassure.store.metrics_embedded.reading import MetricReader
from telassure.store.metrics_embedded.series import SeriesDictionary
from telassure.store.points import Points, latest

if TYPE_CHECKING:
    import pandas as pd

FILE: Final = "points.db"
FLUSH_SECONDS: Final = 0.5
_BUFFERED_POINTS: Final = 200_000
_SLICE: Final = 300_000  # points moved by one call of compact: about half a second
_DROPPED_A_PIECE: Final = 500
_VACUUM_PAGES: Final = 4_096


@dataclass(frozen=True, slots=True)
class StoreStats:
    """What a store holds. `points` counts a replaced point until its blocks are merged; `bytes` is the size on disk."""

    files: int
    bytes: int
    points: int
    hot_points: int
    blocks: int
    series: int
    refused_series: int


class EmbeddedMetricStore:
    """ports.MetricStore over `directory`; opened `read_only` it never writes, and an absent store reads as empty.

    Points wait in memory until `flush`, until 0.5 s have passed at the next write, or until 200,000 have come; they
    commit together with the offsets of their writers and with new series. Pieces of one (writer, offset) that follow
    each other commit together unless the caller flushes between them. An idle host calls `flush`. Beyond `series_limit`
    series, rows of new series are counted (`stats`) and given back. Safe to call from several threads. TransientError
    where the file is locked or the disk is full (nothing is lost, call again); PermanentError where it is damaged.
    """

    def __init__(
        self,
        directory: Path,
        read_only: bool = False,
        series_limit: int = 500_000,
        compaction: CompactionPolicy = CompactionPolicy(),  # noqa: B008 - frozen
    ) -> None:
        self._directory, self._read_only, self._limit, self._policy = directory, read_only, series_limit, compaction
        self._lock = RLock()
        self._lock_file: IO[str] | None = None
        self._database: sqlite3.Connection | None = None
        self._buffer: list[Points] = []
        self._buffered = 0
        self._offsets: dict[str, int] = {}
        self._last: tuple[str, int] | None = None
        self._flush_at = 0.0
        self._refused = 0
        if not read_only:
            self._open_for_writing()

    def _open_for_writing(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        self._lock_file = (self._directory / "writer.lock").open("w")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock_file.close()
            raise TransientError(
                f"{self._directory}: another process writes to this metric store; end it first"
            ) from error
        try:
            self._open_database()
        except BaseException:
            self._let_go()
            raise

    def _open_database(self) -> None:
        with self._translated():
            self._database = connect(self._directory / FILE, read_only=False)
            self._blocks = BlockTable(self._database, self._policy.largest_block)
            self._compactor = Compactor(self._database, self._blocks, self._policy)
            self._dictionary = SeriesDictionary(self._database, self._limit)
            self._applied: dict[str, int] = dict(self._database.execute("SELECT writer, applied FROM writers"))

    # --- writing ---

    def write(self, points: ScoredPoints, writer: str, offset: int) -> Measurements | None:
        """Take points (see the port); TransientError where what waits could not be flushed before them."""
        with self._lock:
            self._writable()
            if offset <= self._applied.get(writer, 0) or offset < self._offsets.get(writer, 0):
                return None
            if (writer, offset) != self._last and (self._buffered >= _BUFFERED_POINTS or self._flush_due()):
                self.flush()
            if not self._offsets:
                self._flush_at = monotonic() + FLUSH_SECONDS
            refused = self._take(points)
            self._offsets[writer] = offset
            self._last = (writer, offset)
            return refused

    def _flush_due(self) -> bool:
        return bool(self._offsets) and monotonic() >= self._flush_at

    def _take(self, points: ScoredPoints) -> Measurements | None:
        """Keep the rows whose series have a number; the others are counted and given back."""
        numbers = self._dictionary.numbers(points.points)
        with np.errstate(over="ignore"):
            band = np.array([points.expected, points.lower, points.upper, points.score], np.float32)
        taken = Points(numbers, points.points.time, points.points.value, band, points.shares)
        refused = None
        if len(numbers) and int(numbers.min()) < 0:
            refused = points.points.take(np.flatnonzero(numbers < 0))
            self._refused += len(refused)
            taken = taken.take(numbers >= 0)
        if len(taken):
            self._buffer.append(taken)
            self._buffered += len(taken)
        return refused

    def flush(self) -> None:
        """Make durable and visible what was written, then do compaction in proportion to it."""
        with self._lock, self._translated():
            self._writable()
            written = self._buffered
            if self._commit():
                self._compactor.advance(max(100_000, 3 * written))

    def _commit(self) -> bool:
        database = self._writable()
        if not self._offsets:
            return False
        with transaction(database, durable=True):
            self._dictionary.save()
            if self._buffer:
                self._blocks.add(HOT_TILE, self._blocks.next_run(), latest(self._buffer))
            database.executemany("INSERT OR REPLACE INTO writers VALUES (?, ?)", self._offsets.items())
            database.execute(
                "INSERT INTO counters VALUES ('refused', ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
                (self._refused,),
            )
        self._dictionary.saved()
        self._applied.update(self._offsets)
        self._buffer.clear()
        self._offsets.clear()
        self._buffered, self._refused = 0, 0
        return True

    def applied(self, writer: str) -> int:
        """The highest durable offset of this writer; 0 where none is."""
        if not self._read_only:
            with self._lock:
                return self._applied.get(writer, 0)
        with self._reading() as reader:
            return reader.applied(writer) if reader else 0

    # --- keeping it small ---

    def compact(self) -> None:
        """One slice (about half a second) of what makes reading faster: days past are merged to one run a tile."""
        with self._lock, self._translated():
            self._writable()
            self._commit()
            self._compactor.advance(_SLICE)
            newest = self._blocks.newest()
            if newest is not None:
                self._compactor.settle(newest // DAY, _SLICE)
            self._return_space()

    def settle(self) -> None:
        """Compact to the end: no hot points, one run a tile (or sealed ones); as long as that takes."""
        with self._lock, self._translated():
            self._writable()
            self._commit()
            while self._compactor.spill():
                pass
            while self._compactor.settle(1 << 62, _SLICE):
                pass
            self._return_space()

    def retain(self, since: Instant) -> None:
        """Drop what is older than `since`, and the series of which nothing is left."""
        with self._lock, self._translated():
            database = self._writable()
            self._commit()
            with transaction(database, durable=True):
                self._blocks.hide_before(since)
            dropped = _DROPPED_A_PIECE
            while dropped == _DROPPED_A_PIECE:
                with transaction(database):
                    dropped = self._blocks.drop_before(since, _DROPPED_A_PIECE)
            while self._compactor.spill():
                pass
            self._dictionary.forget_empty()
            self._return_space()

    def _return_space(self) -> None:
        database = self._writable()
        (free,), (pages,) = (database.execute(f"PRAGMA {name}").fetchone() for name in ("freelist_count", "page_count"))
        if free > _VACUUM_PAGES and free * 4 > pages:
            database.execute(f"PRAGMA incremental_vacuum({_VACUUM_PAGES})").fetchall()

    # --- reading ---

    def read(self, managed_object: str, measurement: str, start: Instant, end: Instant) -> "pd.DataFrame":
        """The columns of `ports.MetricStore.read`, of [start, end)."""
        from telassure.store.frames import frame

        with self._reading() as reader:
            return frame(reader.points(managed_object, measurement, start, end) if reader else None)

    def read_many(self, pairs: Sequence[tuple[str, str]], start: Instant, end: Instant) -> "pd.DataFrame":
        """Several series one below the other, with columns managed_object and measurement before those of `read`."""
        from telassure.store.frames import long_frame

        with self._reading() as reader:
            return long_frame([(pair, reader.points(*pair, start, end)) for pair in pairs] if reader else [])

    def series(self, containing: str = "", limit: int | None = None) -> Sequence[tuple[str, str]]:
        """The series whose managed object or measurement contains a text (ASCII case aside), sorted."""
        with self._reading() as reader:
            return reader.series(containing, limit) if reader else []

    def newest(self) -> Instant | None:
        """The newest time of any point."""
        with self._reading() as reader:
            return reader.newest() if reader else None

    def digest(self) -> str:
        """A hash of every stored point, independent of the order and the parts in which they were written."""
        with self._reading() as reader:
            return reader.digest() if reader else MetricReader.EMPTY_DIGEST

    def stats(self) -> StoreStats:
        """Files, bytes, points and series as of now."""
        with self._reading() as reader:
            counts = reader.counts() if reader else (0, 0, 0, 0, 0)
        found = [path.stat().st_size for path in self._directory.glob("*")] if self._directory.is_dir() else []
        return StoreStats(len(found), sum(found), *counts)

    def close(self) -> None:
        """Flush what waits and let go of the files; safe to repeat."""
        with self._lock, self._translated():
            if self._database is not None and not self._read_only:
                self._commit()
            self._let_go()

    # --- inner ---

    def _let_go(self) -> None:
        if self._database is not None:
            self._database.close()
        if self._lock_file is not None:
            self._lock_file.close()
        self._database = self._lock_file = None

    def _writable(self) -> sqlite3.Connection:
        if self._read_only:
            raise PermanentError(f"{self._directory}: this metric store is open for reading only")
        if self._database is None:
            raise PermanentError(f"{self._directory}: this metric store is closed")
        return self._database

    @contextmanager
    def _reading(self) -> Iterator[MetricReader | None]:
        """A reader of what is written so far; None where a reader finds no store yet."""
        with self._lock, self._translated():
            if not self._read_only:
                self._commit()
            elif self._database is None and (self._directory / FILE).is_file():
                self._database = connect(self._directory / FILE, read_only=True)
            ready = self._database is not None and has_schema(self._database)
            yield MetricReader(self._database) if self._database is not None and ready else None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise TransientError(f"{self._directory / FILE}: {error}; it will be tried again") from error
        except sqlite3.DatabaseError as error:
            raise PermanentError(f"{self._directory / FILE}: {error}; move the directory away to start anew") from error
