"""The cell of a domain: its series and the parts of detection, each under its name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np

from models.detection.earlier import SERIES_1, SERIES_2, from_version_1, from_version_2
from models.detection.layout import SERIES, Records
from streams.cells import CellCodec, unpacked
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.element_episodes import ElementEpisodes
from streams.operators.detection.episodes import Episodes
from streams.operators.detection.feedback import Feedback
from streams.operators.detection.former_cell import named
from streams.operators.detection.gaps import SeriesGaps
from streams.operators.detection.meters import Meters
from streams.operators.detection.part import Packed, Part
from streams.operators.detection.peer_shapes import PeerShapes
from streams.operators.detection.restatements import Restatements
from streams.operators.detection.scoring import Scoring
from streams.operators.detection.series_header import SeriesHeader, header_of, series_of
from telassure.kernel.errors import UnknownSchema
from telassure.kernel.instant import Instant

PARTS: Final[Sequence[type[Part]]] = (
    PeerShapes,
    Restatements,
    Meters,
    Feedback,
    SeriesGaps,
    Scoring,
    ElementEpisodes,
    Episodes,
)
"""In the order in which rows cross them: each sees what those before it have added."""

STATE_VERSION: Final = 4
LENGTH: Final = 4  # bytes that hold the header's size
KIND = TypeVar("KIND", bound=Part)


@dataclass(slots=True)
class CellHeader:
    """What stands before the series' rows: the size of one, whose they are, the timer, and under the name of each part
    what it keeps, by the names of its fields."""

    row: int
    series: SeriesHeader = field(default_factory=SeriesHeader)
    wake: Instant | None = None
    parts: dict[str, Packed] = field(default_factory=dict)


HEADER: Final = CellCodec(CellHeader)


@dataclass(slots=True, eq=False)
class DomainCell:
    """What detection keeps of one domain. `wake` is the timer that the host holds for us, `taking` are the parts that
    rows cross."""

    series: DomainSeries = field(default_factory=DomainSeries)
    parts: tuple[Part, ...] = ()
    wake: Instant | None = None
    taking: tuple[Part, ...] = field(init=False)
    peers: PeerShapes = field(init=False)

    def __post_init__(self) -> None:
        if not self.parts:
            self.parts = tuple(part.of({}, self.series) for part in PARTS)
        self.taking = tuple(part for part in self.parts if type(part).take is not Part.take)
        self.peers = self.part(PeerShapes)

    def part(self, kind: type[KIND]) -> KIND:
        """The part of a kind."""
        return next(part for part in self.parts if isinstance(part, kind))

    def dump(self) -> bytes:
        """A header by names, with what each part keeps, and the series' rows as they lie in memory."""
        kept = {part.name: part.packed(self.series) for part in self.parts}
        parts = {name: state for name, state in kept.items() if state}
        written = HEADER.pack(CellHeader(SERIES.itemsize, header_of(self.series), self.wake, parts))
        return b"".join((len(written).to_bytes(LENGTH, "little"), written, self.series.used.data))


def load_cell(blob: bytes, version: int = STATE_VERSION) -> DomainCell:
    """The inverse of `DomainCell.dump`, also of the cells of earlier releases. A part that the cell does not know
    begins anew; UnknownSchema for one that this release does not know, for any other name that it does not know, and
    for rows of another size."""
    start = LENGTH + int.from_bytes(blob[:LENGTH], "little")
    kept = unpacked(blob[LENGTH:start])
    header = HEADER.of(kept if version == STATE_VERSION else named(kept))
    unknown = sorted(set(header.parts) - {part.name for part in PARTS})
    if unknown:
        raise UnknownSchema(f"a detection cell keeps {', '.join(unknown)}, which a later release wrote; run that one")
    series = series_of(header.series, rows_of(blob, header.row, header.series.count, start))
    parts = tuple(part.of(header.parts.get(part.name, {}), series) for part in PARTS)
    return DomainCell(series, parts, header.wake)


def rows_of(blob: bytes, size: int, count: int, start: int) -> Records:
    """The series' rows, in today's layout."""
    if size == SERIES.itemsize:
        return np.frombuffer(blob, SERIES, count, start).copy()
    if size == SERIES_1.itemsize:
        return from_version_1(np.frombuffer(blob, SERIES_1, count, start))
    if size == SERIES_2.itemsize:
        return from_version_2(np.frombuffer(blob, SERIES_2, count, start))
    read = f"{SERIES.itemsize}, {SERIES_2.itemsize} and {SERIES_1.itemsize}"
    raise UnknownSchema(f"series of {size} bytes in a detection cell; this release reads {read}")
