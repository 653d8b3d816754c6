"""The shapes that a domain's series have in common, as of the last midnight, for those that are born until the next."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from models.detection.layout import Records
from models.detection.peers import LOOKED_AT, SHAPE, common_shape, lend, spaced
from telassure.kernel.events import Measurements
from telassure.kernel.instant import DAY

Pairs: TypeAlias = Sequence[tuple[str, str]]  # measured object and measurement of each series
Borrows: TypeAlias = Callable[[str], bool]  # whether a measurement's series are lent a shape


@dataclass(slots=True, eq=False)
class PeerShapes:
    """One row of SHAPE per measurement whose series are alike, and the last day (since the epoch, UTC) that a row was
    of. They change only between the rows of two days, so that a birth does not depend on where envelopes are cut."""

    day: int = -1
    shapes: dict[str, Records] = field(default_factory=dict)

    def turn(self, day: int, state: Records, pairs: Pairs) -> None:
        """Take the shapes anew: a day has begun."""
        self.day = day
        by_measurement: dict[str, list[int]] = {}
        for slot, (_, measurement) in enumerate(pairs):
            by_measurement.setdefault(measurement, []).append(slot)
        self.shapes = {}
        for measurement, slots in by_measurement.items():
            shape = common_shape(state[np.array(slots)[spaced(len(slots), LOOKED_AT)]])
            if shape is not None:
                self.shapes[measurement] = shape

    def lend(self, state: Records, pairs: Pairs, born: Sequence[int], borrows: Borrows) -> None:
        """Have new series begin with the shape of their measurement, where there is one."""
        by_measurement: dict[str, list[int]] = {}
        for slot in born if self.shapes else ():
            by_measurement.setdefault(pairs[slot][1], []).append(slot)
        for measurement, slots in by_measurement.items():
            if measurement in self.shapes and borrows(measurement):
                lend(state, np.array(slots), self.shapes[measurement])

    def packed(self) -> list[Any]:
        """What a cell's header keeps."""
        return [self.day, {measurement: shape.tobytes() for measurement, shape in self.shapes.items()}]

    @classmethod
    def of(cls, packed: Sequence[Any]) -> "PeerShapes":
        """The inverse of `packed`; a cell from before peers has none."""
        if not packed:
            return cls()
        day, shapes = packed
        return cls(day, {name: np.frombuffer(shape, SHAPE).copy() for name, shape in shapes.items()})


def by_days(envelope: Measurements, day: int) -> Iterator[tuple[int, int, Measurements]]:
    """The envelope cut before each row that is of a later day than `day` and all rows before it: of each part the day,
    its first row, and the part."""
    if not len(envelope) or int(envelope.time.max()) // DAY <= day:
        yield day, 0, envelope
        return
    latest = np.maximum.accumulate(np.maximum(envelope.time // DAY, day))
    cuts = [0, *(np.flatnonzero(np.diff(latest)) + 1).tolist(), len(envelope)]
    for first, end in pairwise(cuts):
        yield int(latest[first]), first, envelope if len(cuts) == 2 else envelope.take(np.arange(first, end))
