"""Small labelled series and corpora for the tests of the evaluation."""

import json
from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path

import numpy as np

from telassure.evaluation.anomalies.corpus import Series
from telassure.kernel.instant import MINUTE, iso

STEP = 5 * MINUTE
START = 1_767_571_200_000_000  # 2026-01-05T00:00:00Z


def series(rows: int, *spans: tuple[int, int], name: str = "one") -> Series:
    """A series of `rows` rows; spans are first and last labelled row."""
    time = START + STEP * np.arange(rows, dtype=np.int64)
    windows = tuple((int(time[first]), int(time[last])) for first, last in spans)
    return Series("group", name, time, np.zeros(rows), windows)


def alarms(rows: int, *at: int, score: float = 2.0) -> np.ndarray:
    """Scores of 0 with alarms at these rows."""
    scores = np.zeros(rows)
    scores[list(at)] = score
    return scores


def write_corpus(
    root: Path, values: Mapping[str, Sequence[float]], labels: Mapping[str, Sequence[Sequence[int]]]
) -> None:
    """Files by "group/name.csv" with rows every five minutes, and windows by first and last row."""
    for place, numbers in values.items():
        file = root / "data" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{text(row)},{'' if isnan(number) else number}" for row, number in enumerate(numbers)]
        file.write_text("\n".join(["timestamp,value", *lines]) + "\n")
    windows = {place: [[text(row) for row in span] for span in spans] for place, spans in labels.items()}
    (root / "labels").mkdir(parents=True, exist_ok=True)
    (root / "labels" / "combined_windows.json").write_text(json.dumps(windows))


def text(row: int) -> str:
    """The time of a row as NAB's files write it."""
    return iso(START + STEP * row).replace("T", " ").removesuffix("Z")
