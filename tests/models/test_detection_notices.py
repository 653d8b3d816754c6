"""Rest belongs to notices: which scores are worth one."""

import numpy as np
import pytest

from models.detection.notices import MARGIN, REST_ROWS, noticed


def scores(rows: int, **at: float) -> np.ndarray:
    column = np.full(rows, 0.1)
    for row, score in at.items():
        column[int(row.removeprefix("row"))] = score
    return column


def test_a_lesser_peak_soon_after_a_greater_one_is_no_notice_and_a_greater_one_is() -> None:
    told = noticed(scores(500, row200=2.0, row220=1.5, row230=2.0 + MARGIN + 0.01))
    assert np.flatnonzero(told > 1).tolist() == [200, 230]


@pytest.mark.parametrize(("later", "told"), [(REST_ROWS, [200]), (2 * REST_ROWS + 1, [200, 201 + 2 * REST_ROWS])])
def test_a_peak_is_rested_from_for_a_while_only(later: int, told: list[int]) -> None:
    column = scores(500, row200=2.0)
    column[200 + later] = 2.0
    assert np.flatnonzero(noticed(column) > 1).tolist() == told


def test_what_was_not_scored_is_not_noticed() -> None:
    column = scores(100, row50=2.0)
    column[:40] = np.nan
    told = noticed(column)
    assert not (told[:40] > 0).any()
    assert told[50] == 2.0
