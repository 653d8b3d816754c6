"""The blocks of the embedded metric store in their SQLite file: who wrote which points, where, and in what order.

A block lies either in the hot level (as flushed: any series, any time) or in a tile: `GROUP` neighbouring series × one
day. Of two blocks that hold the same (series, time) the one of the higher run is newer, wherever they lie: its point
stands. The rows of `blocks` are small; the columns themselves lie in `bodies`, so that changing a row copies no
points.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from telassure.kernel.instant import DAY, Instant
from telassure.store.metrics_embedded.codec import decode, encode
from telassure.store.points import Points

GROUP: Final = 128
HOT: Final = -1
LARGEST_BLOCK: Final = 32_768  # points
SCHEMA_VERSION: Final = 1
_CACHE_KIB: Final = 16_384
_WAL_PAGES: Final = 2_048  # 32 MiB: what one checkpoint copies at most, about 0.1 s
_PAGE: Final = 16_384
_SCHEMA: Final = (
    "CREATE TABLE series (series INTEGER PRIMARY KEY, managed_object TEXT NOT NULL, measurement TEXT NOT NULL,"
    " UNIQUE (managed_object, measurement))",
    "CREATE TABLE writers (writer TEXT PRIMARY KEY, applied INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE blocks (block INTEGER PRIMARY KEY, tile INTEGER NOT NULL, day INTEGER NOT NULL, run INTEGER NOT NULL,"
    " points INTEGER NOT NULL, first_series INTEGER NOT NULL, last_series INTEGER NOT NULL,"
    " first_time INTEGER NOT NULL, last_time INTEGER NOT NULL, since INTEGER)",
    "CREATE TABLE bodies (block INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    "CREATE INDEX blocks_by_place ON blocks (tile, day, run, points)",
    "CREATE INDEX blocks_by_time ON blocks (last_time)",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)

Tile: TypeAlias = tuple[int, int]  # (group of series, day), or HOT_TILE
HOT_TILE: Final[Tile] = (HOT, 0)


@dataclass(frozen=True, slots=True)
class Run:
    """The blocks one flush or one merge left in a place."""

    number: int
    points: int


def connect(path: Path, read_only: bool) -> sqlite3.Connection:
    """An autocommitting connection; a writer's makes the file where there is none."""
    mode = "ro" if read_only else "rwc"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=10, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        if not read_only:
            _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    if not has_schema(connection):
        connection.execute(f"PRAGMA page_size = {_PAGE}")
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        with transaction(connection):
            for statement in _SCHEMA:
                connection.execute(statement)
    connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {2 * _WAL_PAGES * _PAGE}")


def has_schema(connection: sqlite3.Connection) -> bool:
    """Whether the file is a metric store of this release."""
    return bool(connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION)


@contextmanager
def transaction(connection: sqlite3.Connection, durable: bool = False) -> Iterator[None]:
    """All or nothing; `durable` waits for the disk (a merge need not: losing it loses no point)."""
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


class BlockTable:
    """Adds, finds and drops blocks on one connection; transactions are the caller's."""

    def __init__(self, connection: sqlite3.Connection, largest: int = LARGEST_BLOCK) -> None:
        self._connection = connection
        self._largest = largest

    def next_run(self) -> int:
        """A run newer than every run there is."""
        (newest,) = self._connection.execute(
            "SELECT coalesce(max(value), 0) FROM counters WHERE name = 'run'"
        ).fetchone()
        self._connection.execute("INSERT OR REPLACE INTO counters VALUES ('run', ?)", (newest + 1,))
        return int(newest) + 1

    def add(self, tile: Tile, run: int, points: Points) -> None:
        """Store sorted, distinct points as one run, in blocks that a reader can take whole."""
        size = max(len(points), 1) if tile == HOT_TILE else self._largest
        for begin in range(0, len(points), size):
            self._add_block(tile, run, points.take(slice(begin, begin + size)) if size < len(points) else points)

    def _add_block(self, tile: Tile, run: int, points: Points) -> None:
        cursor = self._connection.execute(
            "INSERT INTO blocks VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (
                *tile,
                run,
                len(points),
                int(points.series[0]),
                int(points.series[-1]),
                int(points.time.min()),
                int(points.time.max()),
            ),
        )
        self._connection.execute("INSERT INTO bodies VALUES (?, ?)", (cursor.lastrowid, encode(points)))

    def runs(self, tile: Tile) -> list[Run]:
        """The runs of a place, oldest first."""
        found = self._connection.execute(
            "SELECT run, sum(points) FROM blocks WHERE tile = ? AND day = ? GROUP BY run ORDER BY run", tile
        )
        return [Run(*row) for row in found]

    def load(self, tile: Tile, runs: Sequence[Run]) -> list[Points]:
        """The points of neighbouring runs of a place, oldest first."""
        found = self._connection.execute(
            "SELECT body, since FROM blocks JOIN bodies USING (block)"
            " WHERE tile = ? AND day = ? AND run BETWEEN ? AND ? ORDER BY run, block",
            (*tile, runs[0].number, runs[-1].number),
        )
        return [retained(decode(body), since) for body, since in found]

    def drop(self, tile: Tile, runs: Sequence[Run]) -> None:
        """Delete neighbouring runs of a place."""
        place = (*tile, runs[0].number, runs[-1].number)
        where = "tile = ? AND day = ? AND run BETWEEN ? AND ?"
        self._connection.execute(f"DELETE FROM bodies WHERE block IN (SELECT block FROM blocks WHERE {where})", place)  # noqa: S608 - a constant
        self._connection.execute(f"DELETE FROM blocks WHERE {where}", place)  # noqa: S608 - a constant

    def tiles(self, at_least: int, before_day: int | None = None) -> list[Tile]:
        """The tiles with at least so many runs, and if asked, of days before one."""
        found = self._connection.execute(
            "SELECT tile, day FROM blocks WHERE tile >= 0 AND day < ?"
            " GROUP BY tile, day HAVING count(DISTINCT run) >= ?",
            (1 << 62 if before_day is None else before_day, at_least),
        )
        return [(tile, day) for tile, day in found]

    def drop_before(self, since: Instant, blocks: int) -> int:
        """Delete up to so many blocks that end before `since`; how many there were."""
        found = self._connection.execute(
            "SELECT block FROM blocks WHERE last_time < ? LIMIT ?", (since, blocks)
        ).fetchall()
        self._connection.executemany("DELETE FROM bodies WHERE block = ?", found)
        self._connection.executemany("DELETE FROM blocks WHERE block = ?", found)
        return len(found)

    def hide_before(self, since: Instant) -> None:
        """Let what is older be read no more; the bytes go with the next merge of the block, or with its day."""
        self._connection.execute(
            "UPDATE blocks SET since = ? WHERE first_time < ? AND coalesce(since, first_time) < ?",
            (since, since, since),
        )

    def newest(self) -> Instant | None:
        """The newest time of any point."""
        (found,) = self._connection.execute("SELECT max(last_time) FROM blocks").fetchone()
        return None if found is None else int(found)


def retained(points: Points, since: Instant | None) -> Points:
    """The points that retention has left in a block."""
    return points if since is None else points.take(np.flatnonzero(points.time >= since))


@dataclass(frozen=True, slots=True, eq=False)
class Tiled:
    """Points in the order of their tiles; tile i holds the points from begins[i] to begins[i + 1]."""

    points: Points
    tiles: Sequence[Tile]
    begins: Sequence[int]

    def parts(self, most: int | None = None) -> Iterator[tuple[Tile, Points]]:
        """The tiles, at most so many, with their points, sorted by (series, time)."""
        for i, tile in enumerate(self.tiles[:most]):
            yield tile, self.points.take(slice(self.begins[i], self.begins[i + 1]))

    def rest(self, after: int) -> Points:
        """The points beyond so many tiles."""
        return self.points.take(slice(self.begins[min(after, len(self.tiles))], None))


def tiled(points: Points) -> Tiled:
    """Sorted points by tile."""
    group, day = points.series // GROUP, points.time // DAY
    first, last = (int(day.min()), int(day.max())) if len(points) else (0, 0)
    place = group.astype(np.int64) * (last - first + 1) + (day - first)
    order = np.argsort(place, kind="stable")
    group, day, place = group[order], day[order], place[order]
    begins = np.flatnonzero(np.diff(place, prepend=-1))
    tiles = list(zip(group[begins].tolist(), day[begins].tolist(), strict=True))
    return Tiled(points.take(order), tiles, [*begins.tolist(), len(points)])
