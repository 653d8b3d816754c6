"""Points of a KPI as pages draw them: the unit, and which points are drawn."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Columns = dict[str, NDArray[np.float64]]
_UNITS: Final = {
    "RRU.PrbUsedDl": "PRB",
    "RRU.PrbUsedUl": "PRB",
    "RRU.PrbTotDl": "%",
    "DRB.UEThpDl": "kbit/s",
    "DRB.UEThpUl": "kbit/s",
    "RRC.ConnEstabSuccRatio": "%",
    "RRC.ConnEstabSucc": "connections",
    "IF.UtilOut": "%",
    "LINK.Util": "%",
    "CPU.UsageMean": "%",
    "PEE.AvgPower": "W",
}


def unit_of(measurement: str) -> str:
    """The unit of a measurement by its 3GPP name (TS 28.552), "" where the feed does not say and we do not know."""
    return _UNITS.get(measurement, "")


def drawn(columns: Columns, most: int) -> NDArray[np.intp]:
    """The rows to draw, about `most` at the most: each stretch gives its least and its greatest value, and the most
    anomalous of its points, so that no extreme is lost.

    >>> values = np.zeros(9_000); values[4_321] = 7.0
    >>> rows = drawn({"value": values, "score": values}, 300)
    >>> len(rows) <= 301 and 4_321 in rows
    True
    """
    value, score = columns["value"], columns["score"]
    rows = len(value)
    if rows <= most:
        return np.arange(rows)
    starts = np.arange(0, rows, -(-3 * rows // most))
    kept = {rows - 1}
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), rows], strict=True):
        part, marks = value[start:end], np.nan_to_num(score[start:end], nan=-1.0)
        kept |= {start + int(marks.argmax())}
        if np.isfinite(part).any():
            kept |= {start + int(np.nanargmin(part)), start + int(np.nanargmax(part))}
    return np.array(sorted(kept))
