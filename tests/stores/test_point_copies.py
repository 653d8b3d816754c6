"""Points brought from one metric store into another are the same points, also over an earlier copy."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telassure.store.backup.point_copies import copy_points
from telassure.store.memory_metrics import MemoryMetricStore
from telassure.store.metrics_embedded.store import EmbeddedMetricStore
from tests.influx.influxd import Influxd, influx_store, influxd
from tests.stores.test_metric_store_laws import START, Key, scored

__all__ = ["influxd"]  # a fixture
TIMES = st.integers(START, START + 9)
KEYS = st.tuples(st.sampled_from(["a", "b/ü", ""]), st.sampled_from(["load", "x y"]), TIMES)
ROWS = st.dictionaries(KEYS, st.floats(width=32), min_size=1, max_size=20)


def store(*several: Mapping[Key, float]) -> MemoryMetricStore:
    """One that was written to so many times."""
    made = MemoryMetricStore()
    for number, rows in enumerate(several, 1):
        made.write(scored(rows), "detection/0", number)
    made.flush()
    return made


@given(ROWS, ROWS)
def test_a_copy_over_an_earlier_one_says_what_its_source_says(first: dict[Key, float], later: dict[Key, float]) -> None:
    copy = store()
    assert copy_points(store(first), copy)
    grown = store(first, later)
    assert copy_points(grown, copy)
    assert copy.digest() == grown.digest()


@given(ROWS, ROWS)
def test_a_copy_that_says_more_than_its_source_is_told(first: dict[Key, float], later: dict[Key, float]) -> None:
    copy = store(first)
    assert copy_points(store(later), copy) is (set(first) <= set(later))


def test_what_is_there_already_is_not_written_again() -> None:
    rows = {("a", "load", START): np.nan, ("b", "load", START): 1.0}
    copy, source = store(), store(rows)
    copy_points(source, copy)
    before = copy.applied("copy")
    copy_points(source, copy)
    assert copy.applied("copy") == before


@pytest.mark.parametrize("value", [1.5, np.nan, -0.0])
def test_an_embedded_copy_of_an_embedded_store_has_its_digest(tmp_path: Path, value: float) -> None:
    rows = {(f"cell-{n % 7}", "load", START + n): value * n for n in range(50)}
    with closing(EmbeddedMetricStore(tmp_path / "a")) as source, closing(EmbeddedMetricStore(tmp_path / "b")) as copy:
        source.write(scored(rows, band=0.5), "detection/0", 1)
        source.flush()
        copy_points(source, copy)
        assert copy.digest() == source.digest()


def test_points_of_influxdb_go_into_a_file_and_back_into_another_bucket(influxd: Influxd, tmp_path: Path) -> None:
    rows = {(f"cell-{n % 7} ü,=", "load", START + n): float(n) if n % 5 else np.nan for n in range(50)}
    source, again = influx_store(influxd, tmp_path / "a"), influx_store(influxd, tmp_path / "b")
    with closing(source), closing(again), closing(EmbeddedMetricStore(tmp_path / "file")) as file:
        source.write(scored(rows), "detection/0", 1)
        source.flush()
        copy_points(source, file)
        copy_points(file, again)
        assert file.digest() == again.digest() == source.digest()
