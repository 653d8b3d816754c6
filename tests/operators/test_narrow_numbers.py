"""What a detection cell keeps of names and times is small and exact, and is read from the release before."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.detection.layout import NEVER, Records
from models.detection.recent import KEPT, fresh_recent
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.narrow_numbers import on_grid
from streams.operators.detection.restatements import Restatements
from streams.operators.detection.series_header import SeriesHeader, header_of
from telassure.kernel.instant import MINUTE, SECOND

LAST = (1 << 63) - 1
PAIRS = [("cell-1", "drops"), ("cell-1", "load"), ("cell-2", "drops")]


def series_of_names(pairs: list[tuple[str, str]]) -> DomainSeries:
    return DomainSeries(
        pairs=pairs, granularity=np.zeros(len(pairs), np.int64), labelled=np.zeros(len(pairs), np.bool_)
    )


def newest_rows(count: int) -> Records:
    rows = fresh_recent(count)
    rows["at"][:, 0] = np.arange(count) * 15 * MINUTE
    rows["value"] = np.arange(count * KEPT).reshape(count, KEPT) / 3
    return rows


@given(st.lists(st.integers(NEVER, LAST), max_size=20))
@example([NEVER, LAST, NEVER + 1])
@example([7, 7, 7])
def test_any_times_come_back_as_they_were(times: list[int]) -> None:
    assert on_grid(np.array(times, np.int64)).times().tolist() == times


@pytest.mark.parametrize(
    ("step", "rows", "width"), [(15 * MINUTE, 200, 1), (15 * MINUTE, 60_000, 2), (SECOND, 90_000, 4)]
)
def test_times_on_a_grid_take_as_many_bytes_as_there_are_steps(step: int, rows: int, width: int) -> None:
    times = np.arange(1_767_571_200 * SECOND, 1_767_571_200 * SECOND + rows * step, step)
    assert len(on_grid(times).codes) == width * rows


@pytest.mark.parametrize("count", [0, 1, 3, 300])
def test_the_newest_rows_come_back_as_they_were(count: int) -> None:
    series = series_of_names([(f"cell-{n}", "drops") for n in range(count)])
    found = Restatements.of(Restatements(newest_rows(count), count).packed(series), series)
    assert found.rows[:count].tobytes() == newest_rows(count).tobytes()


def test_the_newest_rows_of_the_release_before_are_read() -> None:
    found = Restatements.of({"rows": newest_rows(3).tobytes()}, series_of_names(PAIRS))
    assert found.rows.tobytes() == newest_rows(3).tobytes()


def test_a_cell_that_knows_no_newest_rows_begins_anew() -> None:
    assert Restatements.of({}, series_of_names(PAIRS)).ready == 0


@pytest.mark.parametrize("count", [3, 257, 65_537])
def test_names_come_back_in_their_order(count: int) -> None:
    pairs = [(f"cell-{n // 2}", f"kpi-{n % 300}") for n in range(count)]
    assert header_of(series_of_names(pairs)).pairs() == pairs


def test_names_of_the_release_before_are_read() -> None:
    before = np.array([[0, 0, 1], [0, 1, 0]], "<i4").tobytes()
    assert SeriesHeader(("cell-1", "cell-2"), ("drops", "load"), before).pairs() == PAIRS


def test_a_header_counts_its_series_in_both_forms() -> None:
    before = np.array([[0, 0, 1], [0, 1, 0]], "<i4").tobytes()
    counts = (
        SeriesHeader(("cell-1", "cell-2"), ("drops", "load"), before).count,
        header_of(series_of_names(PAIRS)).count,
    )
    assert counts == (3, 3)


def test_a_series_of_few_names_takes_two_bytes_for_them() -> None:
    header = header_of(series_of_names(PAIRS))
    assert len(header.of_object) + len(header.of_name) == 2 * len(PAIRS)
