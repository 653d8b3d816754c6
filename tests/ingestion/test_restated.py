"""Rows of one body that name the same series and time, told apart as a plain reading of them would."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingestion.fields.restated import restated

small = st.integers(-2, 2)


def literal(rows: list[tuple[int, int, int, int]]) -> tuple[list[int], list[int]]:
    newest: dict[tuple[int, int], tuple[int, int]] = {}
    repeats, changes = [], []
    for index, (key, time, value, suspect) in enumerate(rows):
        before = newest.get((key, time))
        if before is not None:
            (repeats if before == (value, suspect) else changes).append(index)
        newest[key, time] = (value, suspect)
    return repeats, changes


@given(st.lists(st.tuples(small, small, small, st.integers(0, 1)), max_size=40))
def test_a_row_is_a_repeat_or_a_change_of_the_row_before_it_with_the_same_key_and_time(rows):
    columns = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    found = restated(*np.ascontiguousarray(columns))
    assert tuple(each.tolist() for each in found) == literal(rows)
