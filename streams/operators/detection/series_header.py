"""What a cell's header says of its series: their names, their feeds, and the granularities that these state."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from models.detection.layout import Records
from streams.operators.detection.domain_series import DomainSeries
from telassure.kernel.events.kpi import Flags, Times
from telassure.kernel.instant import SECOND

SMALL: Final = 256  # granularities of a domain that a byte tells apart


class StatedPeriods(NamedTuple):
    """The granularity of each series, which of them have labels, and whether any has."""

    granularity: Times
    labelled: Flags
    split: bool


def packed_series(series: DomainSeries) -> list[Any]:
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
    labelled = np.packbits(series.labelled[:count]).tobytes()
    return [list(objects), list(names), codes.tobytes(), list(series.feeds), periods.tolist(), coded, labelled]


def series_of(packed: Sequence[Any], state: Records) -> DomainSeries:
    """The inverse of `packed_series`, with the rows; an earlier release did not say the granularities."""
    objects, names, coded, feeds, *stated = packed
    codes = np.frombuffer(coded, "<i4").reshape(2, -1).tolist()
    pairs = [(objects[o], names[n]) for o, n in zip(*codes, strict=True)]
    return DomainSeries(
        state=state,
        slots={pair: slot for slot, pair in enumerate(pairs)},
        pairs=pairs,
        ready=len(pairs),
        feeds={feed: code for code, feed in enumerate(feeds)},
        **stated_of(stated, state)._asdict(),
    )


def stated_of(packed: Sequence[Any], state: Records) -> StatedPeriods:
    """What a cell says of the granularities of its series; one of an earlier release, as last announced."""
    if not packed:
        return StatedPeriods(
            (state["granularity"].astype(np.float64) * SECOND).astype(np.int64), np.zeros(len(state), np.bool_), False
        )
    periods, coded, labelled = packed
    period = np.frombuffer(coded, "u1" if len(periods) <= SMALL else "<u4")
    flags = np.unpackbits(np.frombuffer(labelled, np.uint8), count=len(state)).astype(np.bool_)
    return StatedPeriods(np.array(periods, np.int64)[period], flags, bool(flags.any()))
