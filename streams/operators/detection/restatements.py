"""Rows of a series and a time that were told before: the first stays judged, whatever comes after it.

| what comes | what becomes of it |
| --- | --- |
| the same value again | a repeat: counted (`repeated_rows`), and nothing else |
| another value | a revision: counted (`revised_rows`), stored in the place of the first; neither scored nor learned |
| a row older than the three newest of its series | late: counted (`late`), stored, neither scored nor learned |
"""

from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np

from models.detection.counters import GAUGE
from models.detection.layout import Records
from models.detection.recent import BEHIND, RECENT, REPEATED, REVISED, fresh_recent, recall
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.part import LAST, Packed, Part, Passage
from streams.operators.detection.row_bytes import ROW_BYTES, RowBytes
from telassure.kernel.events.outcome import RowsRestated


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
        """The rows as they lie in memory."""
        self._grow(len(series.pairs))
        return ROW_BYTES.plain(RowBytes(self.rows[: len(series.pairs)].tobytes()))

    @classmethod
    def of(cls, packed: Packed, series: DomainSeries) -> Self:
        """The inverse of `packed`; what an earlier release has seen, or kept in another size, is not remembered."""
        rows = ROW_BYTES.of(packed).rows
        if len(rows) != len(series.pairs) * RECENT.itemsize:
            return cls()
        return cls(np.frombuffer(rows, RECENT).copy(), len(series.pairs))
