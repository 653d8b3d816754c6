"""The cells of an envelope that the host loads at once are those of its rows, taken one by one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.operator import cell_key
from streams.rated_usage import account_days, pairs_of
from telassure.evaluation import load
from telassure.kernel.instant import DAY

MADE = next(load.batches("usage", 10, 10))[0]
ROWS = st.lists(st.tuples(st.integers(0, 99), st.integers(-(10**15), 10**15)), max_size=40)


@given(rows=ROWS)
def test_account_days_are_those_of_the_rows_one_by_one(rows: list[tuple[int, int]]) -> None:
    account, time = np.array([r[0] for r in rows], np.int32), np.array([r[1] for r in rows], np.int64)
    usage = replace(MADE.take(np.zeros(len(rows), np.intp)), account=account, time=time)
    assert account_days(usage) == {cell_key(MADE.accounts[code], at - at % DAY) for code, at in rows}


@pytest.mark.parametrize("seconds", [3, 1_000, 10**9])
@given(firsts=st.lists(st.integers(0, 10_000), max_size=30))
def test_pairs_are_those_that_rows_have(seconds: int, firsts: list[int]) -> None:
    first = np.array(firsts, np.int32)
    second = (first.astype(np.int64) * 7_919) % seconds
    assert list(pairs_of(first, second, seconds)) == sorted(set(zip(first.tolist(), second.tolist(), strict=True)))
