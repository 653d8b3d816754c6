"""Reading the embedded metric store: one series over a time, the list of series, the digest of everything."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import numpy as np

from telassure.kernel.instant import DAY, Instant
from telassure.store.metrics_embedded.blocks import GROUP, HOT, HOT_TILE, BlockTable, Tile, retained, tiled
from telassure.store.metrics_embedded.codec import decode, decode_series
from telassure.store.metrics_embedded.series import name_hashes
from telassure.store.points import Hashes, Points, hashes, joined, latest, second_hashes

_HOLDS: Final = "first_series <= :series AND last_series >= :series AND first_time < :end AND last_time >= :start"
_ONE_SERIES: Final = (
    "SELECT body, since FROM ("  # noqa: S608 - constants only
    "SELECT block, run, since FROM blocks WHERE tile = :tile AND day BETWEEN :first_day AND :last_day"
    f" AND {_HOLDS}"
    f" UNION ALL SELECT block, run, since FROM blocks WHERE tile = {HOT} AND {_HOLDS}"
    ") JOIN bodies USING (block) ORDER BY run"
)
_DIGEST_POINTS: Final = 1_000_000


class MetricReader:
    """Reads on one connection. Each call sees the store as of one commit, whatever the writer does meanwhile."""

    EMPTY_DIGEST: Final = f"{0:032x}-0"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def applied(self, writer: str) -> int:
        """The highest durable offset of a writer."""
        found = self._connection.execute("SELECT applied FROM writers WHERE writer = ?", (writer,)).fetchone()
        return int(found[0]) if found else 0

    def newest(self) -> Instant | None:
        """The newest time of any point."""
        return BlockTable(self._connection).newest()

    def series(self, containing: str, limit: int | None) -> Sequence[tuple[str, str]]:
        """The first series, sorted, that contain a text; all where there is no limit."""
        found = self._connection.execute(
            "SELECT managed_object, measurement FROM series WHERE instr(lower(managed_object), lower(:text)) > 0"
            " OR instr(lower(measurement), lower(:text)) > 0 ORDER BY managed_object, measurement LIMIT :limit",
            {"text": containing, "limit": -1 if limit is None else limit},
        )
        return [(managed_object, measurement) for managed_object, measurement in found]

    def points(self, managed_object: str, measurement: str, start: Instant, end: Instant) -> Points:
        """The points of one series in [start, end), by time."""
        number = self._connection.execute(
            "SELECT series FROM series WHERE managed_object = ? AND measurement = ?", (managed_object, measurement)
        ).fetchone()
        if number is None or start >= end:
            return latest([])
        (series,) = number
        days = {"first_day": start // DAY, "last_day": (end - 1) // DAY}
        found = self._connection.execute(
            _ONE_SERIES, {"series": series, "tile": series // GROUP, "start": start, "end": end, **days}
        )
        whole = latest([retained(decode_series(body, series), since) for body, since in found])
        return whole.take(slice(*np.searchsorted(whole.time, (start, end))))

    def counts(self) -> tuple[int, int, int, int, int]:
        """Points, hot points, blocks, series, refused rows."""
        points, hot, blocks = self._connection.execute(
            "SELECT coalesce(sum(points), 0), coalesce(sum(points) FILTER (WHERE tile = ?), 0), count(*) FROM blocks",
            (HOT,),
        ).fetchone()
        (series,) = self._connection.execute("SELECT count(*) FROM series").fetchone()
        (refused,) = self._connection.execute(
            "SELECT coalesce(max(value), 0) FROM counters WHERE name = 'refused'"
        ).fetchone()
        return points, hot, blocks, series, refused

    def digest(self) -> str:
        """128 bits of the sum of the points' hashes, and their number."""
        low = high = count = 0
        with self._snapshot():
            names = name_hashes(self._connection)
            for points in self._everything():
                first, second = _sums(points, names)
                low, high, count = low + first, high + second, count + len(points)
        return f"{high % (1 << 64):016x}{low % (1 << 64):016x}-{count}"

    def _everything(self) -> Iterator[Points]:
        """Every point that stands, once, about `_DIGEST_POINTS` at a time."""
        blocks = BlockTable(self._connection)
        runs = blocks.runs(HOT_TILE)
        hot = dict(tiled(latest(blocks.load(HOT_TILE, runs))).parts()) if runs else {}
        gathered: list[Points] = []
        for tile in sorted({*hot, *blocks.tiles(1)}):
            for points in self._tile(tile, hot.get(tile)):
                gathered.append(points)
                if sum(map(len, gathered)) >= _DIGEST_POINTS:
                    yield joined(gathered)
                    gathered = []
        if gathered:
            yield joined(gathered)

    def _tile(self, tile: Tile, hot: Points | None) -> Iterator[Points]:
        """A tile's points, a few series at a time where the tile is large."""
        (held,) = self._connection.execute(
            "SELECT coalesce(sum(points), 0) FROM blocks WHERE tile = ? AND day = ?", tile
        ).fetchone()
        step = max(GROUP * _DIGEST_POINTS // max(held, _DIGEST_POINTS), 1)
        for first in range(tile[0] * GROUP, (tile[0] + 1) * GROUP, step):
            found = self._connection.execute(
                "SELECT body, since FROM blocks JOIN bodies USING (block)"
                " WHERE tile = ? AND day = ? AND first_series < ? AND last_series >= ? ORDER BY run",
                (*tile, first + step, first),
            )
            parts = [retained(decode(body), since) for body, since in found]
            parts = [_of_series(part, first, first + step) for part in ([*parts, hot] if hot is not None else parts)]
            yield latest(parts)

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")


def _of_series(points: Points, first: int, end: int) -> Points:
    return points.take(slice(*np.searchsorted(points.series, (first, end))))


def _sums(points: Points, names: Hashes) -> tuple[int, int]:
    first = hashes(points, names)
    return int(first.sum(dtype=np.uint64)), int(second_hashes(first).sum(dtype=np.uint64))
