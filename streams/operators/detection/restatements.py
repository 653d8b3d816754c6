"""Rows of a series and a time that were told before: the first stays judged, whatever comes after it.

| what comes | what becomes of it |
| --- | --- |
| the same value again | a repeat: counted (`repeated_rows`), and nothing else |
| another value | a revision: counted (`revised_rows`), stored in the place of the first; neither scored nor learned |
| a row older than the three newest of its series | late: counted (`late`), stored, neither scored nor learned |
"""

from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

import numpy as np

from models.detection.counters import GAUGE
from models.detection.layout import Records
from models.detection.recent import BEHIND, KEPT, RECENT, REPEATED, REVISED, fresh_recent, recall
from streams.cells import CellCodec
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.narrow_numbers import GridTimes, on_grid
from streams.operators.detection.part import LAST, Packed, Part, Passage
from telassure.kernel.events.outcome import RowsRestated


@dataclass(slots=True)
class RecentBytes:
    """What a cell keeps of the newest rows of its series; `rows` is how the release before kept them, as they lie in
    memory."""

    rows: bytes = b""
    at: GridTimes = field(default_factory=GridTimes)
    value: bytes = b""


RECENT_BYTES: Final = CellCodec(RecentBytes)


@dataclass(slots=True, eq=False)
class Restatements(Part):
    """The newest rows of each series, as the feed said them; the first `ready` are in use."""

    name: ClassVar[str] = "recent"
    rows: Records = field(default_factory=lambda: fresh_recent(0))
    ready: int = 0

    def take(self, passage: Passage) -> None:
        """Take what was told before out of what the other parts judge."""
        self._grow(len(passage.series.pairs))
        columns = passage.columns
        found = np.zeros(len(columns.slot), np.uint8)
        if not recall(self.rows, columns.slot, columns.time, columns.value, columns.suspect, found):
            return
        repeated, revised, behind = (found == kind for kind in (REPEATED, REVISED, BEHIND))
        counted = passage.rules["kind"][columns.rule] != GAUGE  # the rate of a restated count is not known any more
        passage.set_aside(found != 0, repeated | (counted & (revised | behind)))
        numbers = [int(np.count_nonzero(each)) for each in (repeated, revised, behind)]
        passage.tell(LAST, RowsRestated(passage.domain, *numbers))

    def _grow(self, count: int) -> None:
        if len(self.rows) < count:
            wider = np.zeros(max(count, 2 * len(self.rows), 16), RECENT)
            wider[: self.ready] = self.rows[: self.ready]
            self.rows = wider
        if self.ready < count:
            self.rows[self.ready : count] = fresh_recent(count - self.ready)
            self.ready = count

    def forget(self, slot: int) -> None:
        """Another series has said nothing."""
        self.rows[slot : slot + 1] = fresh_recent(len(self.rows[slot : slot + 1]))

    def packed(self, series: DomainSeries) -> Packed:
        """The rows' times by the grid on which they lie, and their values."""
        self._grow(len(series.pairs))
        rows = self.rows[: len(series.pairs)]
        return RECENT_BYTES.plain(RecentBytes(at=on_grid(rows["at"].ravel()), value=rows["value"].tobytes()))

    @classmethod
    def of(cls, packed: Packed, series: DomainSeries) -> Self:
        """The inverse of `packed`; what an earlier release has seen, or kept in another size, is not remembered."""
        kept, count = RECENT_BYTES.of(packed), len(series.pairs)
        if len(kept.rows) == count * RECENT.itemsize:
            return cls(np.frombuffer(kept.rows, RECENT).copy(), count)
        times = kept.at.times()
        if len(times) != count * KEPT:
            return cls()
        rows = np.empty(count, RECENT)
        rows["at"] = times.reshape(count, KEPT)
        rows["value"] = np.frombuffer(kept.value).reshape(count, KEPT)
        return cls(rows, count)
