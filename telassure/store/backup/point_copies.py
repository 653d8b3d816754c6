"""Scored points brought from one metric store into another, a series at a time, by nothing but their port."""

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from telassure.kernel.events import Measurements, ScoredPoints
from telassure.kernel.instant import EARLIEST, LATEST
from telassure.kernel.ports import MetricStore
from telassure.store.points import BAND

if TYPE_CHECKING:
    import pandas as pd

WRITER: Final = "copy"
_COLUMNS: Final = ("value", *BAND, "shares")


def copy_points(source: MetricStore, to: MetricStore) -> bool:
    """Write to a store what it does not say yet of another's points. False where it says more than that one: a store
    cannot be told to forget a point that is not old."""
    number, alike = to.applied(WRITER), True
    several = source.series()
    for series in several:
        found, there = (each.read(*series, EARLIEST, LATEST) for each in (source, to))
        place = np.searchsorted(there["time"].to_numpy(), found["time"].to_numpy())
        known = _known(found, there, place)
        alike = alike and len(there) == len(np.intersect1d(found["time"], there["time"], assume_unique=True))
        if not known.all():
            number += 1
            to.write(_scored(series, found[~known]), WRITER, number)
    to.flush()
    return alike and not set(to.series()) - set(several)


def _known(found: "pd.DataFrame", there: "pd.DataFrame", place: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which rows are there already, the same in every column."""
    if not len(there):
        return np.zeros(len(found), np.bool_)
    other = there.iloc[np.minimum(place, len(there) - 1)]
    same: NDArray[np.bool_] = found["time"].to_numpy(np.int64) == other["time"].to_numpy(np.int64)
    for name in _COLUMNS:
        same = same & (_bits(found, name) == _bits(other, name))
    return same


def _bits(rows: "pd.DataFrame", name: str) -> NDArray[np.int64]:
    """Two zeros are two values, and every NaN is one."""
    column = rows[name].to_numpy(np.float64, copy=True)
    column[np.isnan(column)] = np.nan
    return column.view(np.int64)


def _scored(series: tuple[str, str], rows: "pd.DataFrame") -> ScoredPoints:
    none = np.zeros(len(rows), np.int32)
    points = Measurements(
        domain="",
        feed="",
        granularity=0,
        objects=(series[0],),
        names=(series[1],),
        measured_object=none,
        measurement=none,
        time=rows["time"].to_numpy(np.int64),
        value=rows["value"].to_numpy(np.float64),
        suspect=np.zeros(len(rows), np.bool_),
    )
    expected, lower, upper, score = (rows[name].to_numpy(np.float64) for name in BAND)
    return ScoredPoints(points, expected, lower, upper, score, rows["shares"].to_numpy(np.uint8))
