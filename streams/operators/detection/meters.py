"""What a series' readings show: a gauge its value, a counter its rate per second. That is stored, scored and told."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

import numpy as np

from models.detection.counters import METER, fresh_meters, rates, room_for
from models.detection.layout import Records
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.part import Packed, Part, Passage
from streams.operators.detection.row_bytes import ROW_BYTES, RowBytes


@dataclass(slots=True, eq=False)
class Meters(Part):
    """The counters' readings by slot, up to the last series that is one. A suspect count is not read."""

    name: ClassVar[str] = "meters"
    rows: Records = field(default_factory=lambda: fresh_meters(0))

    def take(self, passage: Passage) -> None:
        """Put rates in the place of counts."""
        if not passage.rules["kind"].any():
            return
        columns = passage.columns
        kinds = passage.rules["kind"][columns.rule]
        self.rows = room_for(self.rows, len(passage.series.pairs))
        counts = np.where(columns.suspect & (kinds != 0), np.nan, columns.value)
        passage.show(rates(self.rows, kinds, columns.slot, columns.time, counts, passage.setting.granularity))

    def forget(self, slot: int) -> None:
        """Another series counts from its own first reading."""
        self.rows[slot : slot + 1] = fresh_meters(len(self.rows[slot : slot + 1]))

    def packed(self, series: DomainSeries) -> Packed:
        """The readings as they lie in memory."""
        return ROW_BYTES.plain(RowBytes(self.rows[: len(series.pairs)].tobytes()))

    @classmethod
    def of(cls, packed: Packed, series: DomainSeries) -> Self:
        """The inverse of `packed`."""
        return cls(np.frombuffer(ROW_BYTES.of(packed).rows, METER).copy())
