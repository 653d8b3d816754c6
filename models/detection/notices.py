"""When a score is worth a notice: rest after a peak belongs to what is told, not to how odd a row is."""

from typing import Final

import numpy as np

from models.detection.compiled import compiled
from models.detection.layout import Numbers

REST_ROWS: Final = 64  # the greatest score of these rows, and of the 64 before them, must be exceeded
MARGIN: Final = 0.06  # by so much


@compiled
def noticed(score: Numbers) -> Numbers:
    """Each score of a series, in its order, or 0 where one that was as high came shortly before. NaN stays NaN."""
    told, latest, before = np.zeros(len(score)), 0.0, 0.0
    for row in range(len(score)):
        if row % REST_ROWS == 0:
            latest, before = 0.0, latest
        if not score[row] <= max(latest, before) + MARGIN:
            told[row] = score[row]
        latest = max(latest, score[row])
    return told
