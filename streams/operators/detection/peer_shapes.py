"""The shapes that a domain's series have in common, as of the last midnight, for those that are born until the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar, Final, Self

import numpy as np

from models.detection.layout import Records
from models.detection.peers import LOOKED_AT, SHAPE, common_shape, lend, spaced
from streams.cells import CellCodec
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.part import Packed, Part
from streams.operators.detection.policy_book import DomainPolicies
from telassure.kernel.events import Measurements
from telassure.kernel.instant import DAY


@dataclass(slots=True)
class PeerShapeBytes:
    """What a cell keeps of them: the day, and the row of each measurement as it lies in memory."""

    day: int = -1
    shapes: dict[str, bytes] = field(default_factory=dict)


PEER_SHAPE_BYTES: Final = CellCodec(PeerShapeBytes)


@dataclass(slots=True, eq=False)
class PeerShapes(Part):
    """One row of SHAPE per measurement whose series are alike, and the last day (since the epoch, UTC) that a row was
    of. They change only between the rows of two days, so that a birth does not depend on where envelopes are cut."""

    name: ClassVar[str] = "peers"
    day: int = -1
    shapes: dict[str, Records] = field(default_factory=dict)

    def days(self, envelope: Measurements, series: DomainSeries) -> Iterator[tuple[int, Measurements]]:
        """The parts of an envelope by day, each with its first row; before the first row of a day that begins, the
        shapes are taken anew."""
        for day, first, part in by_days(envelope, self.day):
            if day > self.day:
                self.turn(day, series)
            yield first, part

    def turn(self, day: int, series: DomainSeries) -> None:
        """Take the shapes anew: a day has begun."""
        self.day = day
        by_measurement: dict[str, list[int]] = {}
        for slot, (_, measurement) in enumerate(series.pairs):
            by_measurement.setdefault(measurement, []).append(slot)
        self.shapes = {}
        for measurement, slots in by_measurement.items():
            shape = common_shape(series.state[np.array(slots)[spaced(len(slots), LOOKED_AT)]])
            if shape is not None:
                self.shapes[measurement] = shape

    def born(self, slots: Sequence[int], series: DomainSeries, policies: DomainPolicies) -> None:
        """New series begin with the shape of their measurement, where there is one."""
        by_measurement: dict[str, list[int]] = {}
        for slot in slots if self.shapes else ():
            by_measurement.setdefault(series.pairs[slot][1], []).append(slot)
        for measurement, alike in by_measurement.items():
            if measurement in self.shapes and policies.borrows(measurement):
                lend(series.state, np.array(alike), self.shapes[measurement])

    def packed(self, series: DomainSeries) -> Packed:
        """The day, and the shapes as bytes."""
        shapes = {measurement: shape.tobytes() for measurement, shape in self.shapes.items()}
        return PEER_SHAPE_BYTES.plain(PeerShapeBytes(self.day, shapes))

    @classmethod
    def of(cls, packed: Packed, series: DomainSeries) -> Self:
        """The inverse of `packed`."""
        kept = PEER_SHAPE_BYTES.of(packed)
        return cls(kept.day, {name: np.frombuffer(shape, SHAPE).copy() for name, shape in kept.shapes.items()})


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
