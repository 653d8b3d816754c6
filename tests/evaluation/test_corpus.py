"""Reading a corpus: its layout, its times, missing values, and what is wrong with a broken one."""

import math
from pathlib import Path

import numpy as np
import pytest

from telassure.evaluation.anomalies.corpus import Series, corpus
from telassure.kernel.errors import InvalidInput
from tests.evaluation.series import START, STEP, series, write_corpus


def test_a_corpus_is_read_with_its_windows_and_missing_values(tmp_path: Path) -> None:
    write_corpus(
        tmp_path,
        {"b/two.csv": [1.0, 2.0], "a/one.csv": [1.0, math.nan, math.inf, 4.5]},
        {"a/one.csv": [[1, 2]], "c/absent.csv": [[0, 1]]},
    )
    one, two = corpus(tmp_path)
    assert [(s.group, s.name, s.windows) for s in (one, two)] == [
        ("a", "one", ((START + STEP, START + 2 * STEP),)),
        ("b", "two", ()),
    ]
    assert one.time.tolist() == [START + STEP * row for row in range(4)]
    np.testing.assert_array_equal(one.value, [1.0, math.nan, math.nan, 4.5])


def test_windows_become_rows_in_order_and_those_that_touch_are_one() -> None:
    assert series(100, (50, 60), (10, 20), (15, 30)).spans().tolist() == [[10, 30], [50, 60]]


def test_a_window_ends_at_the_first_row_of_a_repeated_time() -> None:
    time = np.array([0, 1, 2, 2, 3], np.int64)
    assert Series("g", "n", time, np.zeros(5), ((1, 2),)).spans().tolist() == [[1, 2]]


def test_a_window_between_rows_takes_the_rows_inside_it_and_one_without_rows_is_none() -> None:
    time = np.array([0, 10, 20, 30], np.int64)
    assert Series("g", "n", time, np.zeros(4), ((5, 25), (31, 40))).spans().tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("labels", "file", "said"),
    [
        (None, "timestamp,value\n", "labels cannot be read"),
        ('{"g/s.csv": [["yesterday", "today"]]}', "timestamp,value\n", "ISO 8601"),
        ("[]", "timestamp,value\n", "labels are"),
        ("{}", "timestamp,level\n2026-01-05 00:00:00,1\n", "timestamp,value"),
        ("{}", "timestamp,value\nlately,1\n", "timestamp,value"),
        ("{}", "timestamp,value\n2026-01-05 00:00:00,high\n", "timestamp,value"),
        ("{}", None, "there is no data"),
    ],
)
def test_a_broken_corpus_says_what_is_wrong_and_where(
    tmp_path: Path, labels: str | None, file: str | None, said: str
) -> None:
    (tmp_path / "labels").mkdir()
    if labels is not None:
        (tmp_path / "labels" / "combined_windows.json").write_text(labels)
    if file is not None:
        (tmp_path / "data" / "g").mkdir(parents=True)
        (tmp_path / "data" / "g" / "s.csv").write_text(file)
    with pytest.raises(InvalidInput, match=said) as wrong:
        corpus(tmp_path)
    assert str(tmp_path) in str(wrong.value)
