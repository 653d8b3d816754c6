"""The metric store over InfluxDB v2: batched line protocol in, Flux out."""

from collections.abc import Sequence
from threading import RLock
from typing import TYPE_CHECKING, Final

import numpy as np

from telassure.kernel.errors import PermanentError
from telassure.kernel.events import Measurements, ScoredPoints
from telassure.kernel.instant import HOUR, Duration, Instant, iso
from telassure.kernel.ports import Clock
from telassure.store.metrics_influx import flux
from telassure.store.metrics_influx.lines import NEWEST, POINTS, lines, marker_lines, newest_of, untag
from telassure.store.metrics_influx.sender import BATCH, Sender
from telassure.store.metrics_influx.server import InfluxConnection, InfluxServer
from telassure.store.points import BAND, Points, hashes, name_hash, second_hashes

if TYPE_CHECKING:
    import pandas as pd

_EVERY_SERIES: Final = 100_000_000
_WIDER: Final = 8
_LOOKED_UP: Final = 200


class InfluxMetricStore:
    """ports.MetricStore over one bucket; any number of processes read, and each writer's name has one writer at a time.

    Points lie in memory until 10,000 have come (they are then sent in the background) or until `flush`, which returns
    when the server has acknowledged them and the marker of their writers' offsets after them. A lost connection is a
    TransientError and nothing is lost: call again, or replay; the same points replace each other. Wrong settings are a
    ConfigurationError. Rows that the server refuses for good come back from the `write` that replays them.
    """

    def __init__(self, connection: InfluxConnection, clock: Clock, read_only: bool = False) -> None:
        self._server = InfluxServer(connection)
        self._bucket, self._clock, self._read_only = connection.bucket, clock, read_only
        self._sender = Sender(self._server, patience=connection.patience)
        self._lock = RLock()
        self._batch: list[bytes] = []
        self._applied: dict[str, int] = {}
        self._offsets: dict[str, int] = {}
        self._newest: dict[str, Instant] = {}
        self._closed = False

    # --- writing ---

    def write(self, points: ScoredPoints, writer: str, offset: int) -> Measurements | None:
        """Take points (see the port). Rows with names beyond 65,000 bytes, or that the server refused, come back."""
        with self._lock:
            self._writable()
            if offset <= self._known(writer) or offset < self._offsets.get(writer, 0):
                return None
            if len(self._batch) >= BATCH:
                self._hand_over()
            refused = self._take(points)
            self._offsets[writer] = offset
            newest = newest_of(points.points)
            if newest is not None:
                self._newest[writer] = max(newest, self._newest.get(writer, newest))
            return refused

    def _take(self, points: ScoredPoints) -> Measurements | None:
        built = lines(points)
        gone = [built.too_long]
        if self._sender.refused:
            void = np.array([line in self._sender.refused for line in built.text], np.bool_)
            gone.append(built.rows[void])
            self._batch += [line for line, skipped in zip(built.text, void, strict=True) if not skipped]
        else:
            self._batch += built.text
        rows = np.sort(np.concatenate(gone))
        return points.points.take(rows) if len(rows) else None

    def _hand_over(self) -> None:
        while self._batch:
            self._sender.put(self._batch[:BATCH])
            del self._batch[:BATCH]

    def flush(self) -> None:
        """Everything written so far is acknowledged by the server when this returns."""
        with self._lock:
            self._writable()
            if not self._offsets:
                return
            self._hand_over()
            self._sender.drain()
            now = self._clock.now()
            marks: list[bytes] = []
            for writer, offset in self._offsets.items():
                marks += marker_lines(writer, offset, self._newest.get(writer), now - now % HOUR)
            self._server.write(marks)
            self._applied |= self._offsets
            self._offsets.clear()
            self._newest.clear()

    def applied(self, writer: str) -> int:
        """The highest offset of this writer that is durable; 0 where none is."""
        found = 0
        for table in flux.tables(self._server.query(flux.applied_query(self._bucket, writer))):
            found = max([found, *map(int, table["_value"])])
        return found

    def _known(self, writer: str) -> int:
        if writer not in self._applied:
            self._applied[writer] = self.applied(writer)
        return self._applied[writer]

    def compact(self) -> None:
        """The server compacts by itself."""

    def retain(self, since: Instant) -> None:
        """Delete what is older than `since`. The bucket's own retention does the same, cheaper: set both alike."""
        with self._lock:
            self.flush()
            last = f"{iso(since - 1)[:19]}.{(since - 1) % 1_000_000:06d}999Z"
            for name in (POINTS, NEWEST):
                self._server.delete(f'_measurement="{name}"', last)

    # --- reading ---

    def read(self, managed_object: str, measurement: str, start: Instant, end: Instant) -> "pd.DataFrame":
        """The columns of `ports.MetricStore.read`, of [start, end)."""
        from telassure.store.frames import frame

        if start < end:
            query = flux.range_query(self._bucket, (managed_object, measurement), start, end)
            for table in flux.tables(self._server.query(query)):
                return flux.points(table)
        return frame(None)

    def read_window(
        self, series: tuple[str, str], start: Instant, end: Instant, every: Duration, aggregate: flux.Aggregate
    ) -> "pd.DataFrame":
        """Columns time (the beginning of each window of `every` microseconds that holds a value) and value."""
        import pandas as pd

        query = flux.window_query(self._bucket, series, start, end, every, aggregate)
        for table in flux.tables(self._server.query(query)) if start < end else ():
            return pd.DataFrame({"time": flux.times(table["_time"]), "value": flux.numbers(table, "value")})
        return pd.DataFrame({"time": np.empty(0, np.int64), "value": np.empty(0)})

    def series(self, containing: str = "", limit: int | None = None) -> Sequence[tuple[str, str]]:
        """The series whose managed object or measurement contains a text (ASCII case aside), sorted."""
        wanted, asked = containing.lower(), limit or _EVERY_SERIES
        while True:
            names = self._series(containing, asked)
            found = [one for one in names if wanted in one[0].lower() or wanted in one[1].lower()]
            if len(found) >= (limit or _EVERY_SERIES) or len(names) < asked:
                return sorted(found)[:limit]
            asked *= _WIDER  # what looked alike as a tag was not: see metrics_influx_lines.tag

    def _series(self, part: str, limit: int) -> list[tuple[str, str]]:
        among: Sequence[str] = ()
        if limit <= _LOOKED_UP:  # the index gives the first few objects in no time; every series is a matter of seconds
            found = flux.tables(self._server.query(flux.objects_query(self._bucket, part, limit)))
            among = [name for table in found for name in table["_value"]]
            if not among:
                return []
        for table in flux.tables(self._server.query(flux.series_query(self._bucket, part, limit, among))):
            pairs = zip(table["managed_object"], table["measurement"], strict=True)
            return [(untag(managed_object), untag(measurement)) for managed_object, measurement in pairs]
        return []

    def newest(self) -> Instant | None:
        """The newest time of any point."""
        for table in flux.tables(self._server.query(flux.newest_query(self._bucket))):
            return int(flux.times(table["_time"])[0])
        return None

    def digest(self) -> str:
        """A hash of every stored point, that of the embedded store for the same points."""
        low = high = count = 0
        for managed_object in sorted({name for name, _ in self._series("", _EVERY_SERIES)}):
            for table in flux.tables(self._server.query(flux.object_query(self._bucket, managed_object))):
                for measurement, rows in table.groupby("measurement"):
                    name = name_hash(managed_object, untag(str(measurement)))
                    first = hashes(_columns(flux.points(rows)), np.array([name], np.uint64))
                    low += int(first.sum(dtype=np.uint64))
                    high += int(second_hashes(first).sum(dtype=np.uint64))
                    count += len(rows)
        return f"{high % (1 << 64):016x}{low % (1 << 64):016x}-{count}"

    def close(self) -> None:
        """Flush what waits and let go; safe to repeat."""
        with self._lock:
            if self._closed:
                return
            try:
                if not self._read_only:
                    self.flush()
            finally:
                self._closed = True
                self._sender.close()
                self._server.close()

    def _writable(self) -> None:
        if self._read_only:
            raise PermanentError(f"bucket {self._bucket}: this metric store is open for reading only")
        if self._closed:
            raise PermanentError(f"bucket {self._bucket}: this metric store is closed")


def _columns(points: "pd.DataFrame") -> Points:
    band = np.array([points[name] for name in BAND], np.float32)
    numbers = np.zeros(len(points), np.int32), points["time"].to_numpy(np.int64), points["value"].to_numpy()
    return Points(*numbers, band, points["shares"].to_numpy())
