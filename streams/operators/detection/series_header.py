"""What a cell's header says of its series: their names, their feeds, and the granularities that these state."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from models.detection.layout import Records
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.labels import Pair
from streams.operators.detection.narrow_numbers import codes_from, width_of
from telassure.kernel.events.kpi import Flags, Times
from telassure.kernel.instant import SECOND, Duration

SMALL: Final = 256  # granularities of a domain that a byte tells apart
CODES: Final = 8  # bytes of the two numbers of a series, as earlier releases kept them


class StatedPeriods(NamedTuple):
    """The granularity of each series, which of them have labels, and whether any has."""

    granularity: Times
    labelled: Flags
    split: bool


@dataclass(slots=True)
class SeriesHeader:
    """`of_object` and `of_name` number the object and the measurement of each series in `objects` and `names`, in as
    few bytes as that takes; in earlier releases `codes` did both in eight. `feeds` are in the order of their numbers;
    `period` numbers the granularity of each series in `periods` (none: the release did not say them; one: it is that of
    all), and `labelled` has a bit for each where any has a label."""

    objects: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    codes: bytes = b""
    feeds: tuple[str, ...] = ()
    periods: tuple[Duration, ...] = ()
    period: bytes = b""
    labelled: bytes = b""
    of_object: bytes = b""
    of_name: bytes = b""

    @property
    def count(self) -> int:
        """How many series there are."""
        return len(self.codes) // CODES or len(self.of_object) // width_of(len(self.objects))

    def pairs(self) -> list[Pair]:
        """The object and the measurement of each series."""
        if self.codes:
            codes = np.frombuffer(self.codes, "<i4").reshape(2, -1).tolist()
        else:
            numbered = (self.of_object, len(self.objects)), (self.of_name, len(self.names))
            codes = [codes_from(*each).tolist() for each in numbered]
        return [(self.objects[o], self.names[n]) for o, n in zip(*codes, strict=True)]


def header_of(series: DomainSeries) -> SeriesHeader:
    """Names and codes; the rows go beside them, as they lie in memory."""
    objects: dict[str, int] = {}
    names: dict[str, int] = {}
    count = len(series.pairs)
    codes = np.empty((2, count), "<i4")
    for slot, (measured_object, measurement) in enumerate(series.pairs):
        codes[0, slot] = objects.setdefault(measured_object, len(objects))
        codes[1, slot] = names.setdefault(measurement, len(names))
    periods, period = np.unique(series.granularity[:count], return_inverse=True)
    coded = period.astype("u1" if len(periods) <= SMALL else "<u4").tobytes()
    return SeriesHeader(
        objects=tuple(objects),
        names=tuple(names),
        feeds=tuple(series.feeds),
        periods=tuple(periods.tolist()),
        period=coded if len(periods) > 1 else b"",
        labelled=np.packbits(series.labelled[:count]).tobytes() if series.labelled[:count].any() else b"",
        of_object=codes[0].astype(f"<u{width_of(len(objects))}").tobytes(),
        of_name=codes[1].astype(f"<u{width_of(len(names))}").tobytes(),
    )


def series_of(header: SeriesHeader, state: Records) -> DomainSeries:
    """The inverse of `header_of`, with the rows."""
    pairs = header.pairs()
    return DomainSeries(
        state=state,
        slots={pair: slot for slot, pair in enumerate(pairs)},
        pairs=pairs,
        ready=len(pairs),
        feeds={feed: code for code, feed in enumerate(header.feeds)},
        **stated_of(header, state)._asdict(),
    )


def stated_of(header: SeriesHeader, state: Records) -> StatedPeriods:
    """What a cell says of the granularities of its series; one of an earlier release, as last announced."""
    flags = np.zeros(len(state), np.bool_)
    if header.labelled:  # of no bytes, numpy would unpack whatever lies in memory
        flags[:] = np.unpackbits(np.frombuffer(header.labelled, np.uint8), count=len(state))
    return StatedPeriods(granularities_of(header, state), flags, bool(flags.any()))


def granularities_of(header: SeriesHeader, state: Records) -> Times:
    """Of each series."""
    if not header.periods:
        return np.asarray((state["granularity"].astype(np.float64) * SECOND).astype(np.int64))
    if not header.period:
        return np.full(len(state), header.periods[0], np.int64)
    period = np.frombuffer(header.period, "u1" if len(header.periods) <= SMALL else "<u4")
    return np.asarray(np.array(header.periods, np.int64)[period])
