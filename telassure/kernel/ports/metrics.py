"""The store of scored points."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from telassure.kernel.events import Measurements, ScoredPoints
from telassure.kernel.instant import Instant

if TYPE_CHECKING:
    import pandas as pd


class MetricStore(Protocol):
    """Scored points by series = (measured object, measurement). One process writes, others read."""

    def write(self, points: ScoredPoints, writer: str, offset: int) -> Measurements | None:
        """Take points; a (writer, offset) at or below `applied(writer)` is ignored. A later write of the same series
        and time replaces the earlier. Visible to readers after `flush` at the latest. Gives back the rows that were not
        taken because there is no room for their series, None where all were."""
        ...

    def flush(self) -> None:
        """Durable when it returns."""
        ...

    def applied(self, writer: str) -> int:
        """The highest offset of this writer that is durable; 0 where none is."""
        ...

    def read(self, managed_object: str, measurement: str, start: Instant, end: Instant) -> "pd.DataFrame":
        """Columns time (int64 microseconds, ascending), value, expected, lower, upper, score (float64) and shares
        (uint8: how the score divides, see `events.shares`) of [start, end)."""
        ...

    def series(self, containing: str = "", limit: int | None = None) -> Sequence[tuple[str, str]]:
        """The series whose managed object or measurement contains a text (ASCII case aside), sorted: all, or the first
        `limit`."""
        ...

    def newest(self) -> Instant | None:
        """The newest time of any point: the age of the data."""
        ...

    def compact(self) -> None: ...

    def retain(self, since: Instant) -> None:
        """Drop what is older; frees the space."""
        ...

    def digest(self) -> str:
        """A hash of every stored point, independent of the order and the parts in which they were written."""
        ...

    def close(self) -> None: ...
