"""The metric store in memory: for tests and for the test driver."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from telassure.kernel.events import ScoredPoints
from telassure.kernel.instant import Instant

if TYPE_CHECKING:
    import pandas as pd

Row = tuple[float, float, float, float, float, int]
COLUMNS = ("value", "expected", "lower", "upper", "score")


class MemoryMetricStore:
    """A MetricStore whose `flush` makes what was written visible and durable; `lose` is the crash before it."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, Instant], Row] = {}
        self._applied: dict[str, int] = {}
        self._pending: list[tuple[ScoredPoints, str, int]] = []

    def write(self, points: ScoredPoints, writer: str, offset: int) -> None:
        """See the port; there is room for every series."""
        if offset > self.applied(writer):
            self._pending.append((points, writer, offset))

    def flush(self) -> None:
        for points, writer, offset in self._pending:
            self._keep(points)
            self._applied[writer] = max(offset, self.applied(writer))
        self._pending.clear()

    def lose(self) -> None:
        """What a crash does: what was not flushed is gone."""
        self._pending.clear()

    def _keep(self, scored: ScoredPoints) -> None:
        points = scored.points
        columns = (points.value, scored.expected, scored.lower, scored.upper, scored.score, scored.shares)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        places = zip(points.measured_object.tolist(), points.measurement.tolist(), points.time.tolist(), strict=True)
        for (measured, name, time), row in zip(places, rows, strict=True):
            self.rows[(points.objects[measured], points.names[name], time)] = row

    def applied(self, writer: str) -> int:
        return self._applied.get(writer, 0)

    def read(self, managed_object: str, measurement: str, start: Instant, end: Instant) -> "pd.DataFrame":
        import pandas as pd

        series = (managed_object, measurement)
        times = sorted(place[2] for place in self.rows if place[:2] == series and start <= place[2] < end)
        rows = [self.rows[(*series, time)] for time in times]
        table = np.array([row[: len(COLUMNS)] for row in rows], np.float64).reshape(len(times), len(COLUMNS))
        frame = {"time": np.array(times, np.int64)} | {name: table[:, i] for i, name in enumerate(COLUMNS)}
        return pd.DataFrame({**frame, "shares": np.array([row[-1] for row in rows], np.uint8)})

    def series(self, containing: str = "", limit: int | None = None) -> Sequence[tuple[str, str]]:
        found = sorted({place[:2] for place in self.rows})
        return [one for one in found if containing in one[0] or containing in one[1]][:limit]

    def newest(self) -> Instant | None:
        return max((place[2] for place in self.rows), default=None)

    def compact(self) -> None:
        """Nothing to gain in memory."""

    def retain(self, since: Instant) -> None:
        self.rows = {place: row for place, row in self.rows.items() if place[2] >= since}

    def digest(self) -> str:
        content = blake2b(digest_size=16)
        for place in sorted(self.rows):
            content.update(repr((place, self.rows[place])).encode())
        return content.hexdigest()

    def close(self) -> None:
        """Nothing is held open."""
