"""Scoring on one core at many series: the kernel, the operator around it, and a plain z-score, as one JSON object.

python benchmarks/detect.py [--series 100000] [--runs 5]

Every figure is the median of the runs, in points per second, after two days of history at 15 min have been learned, so
that every point is scored and learned. Rows come in series order (`kernel`, `operator`) or shuffled (`kernel_random`).
"""

import argparse
import json
import platform
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.detection.layout import SERIES, Columns, Setting, fresh_series
from models.detection.seasonal import advance, no_marks, no_scores
from streams.catalogue import Catalogue
from streams.operators.anomaly import Anomaly
from streams.operators.detection_rules import rules_for
from streams.operators.domain_series import DomainSeries
from telassure.events import Measurements
from telassure.instant import DAY, HOUR, MINUTE, Instant

START = 20_003 * DAY  # a Monday
HISTORY = 192  # rounds of 15 min: two days
ENVELOPE = 10_000
NAMES = tuple(f"measurement-{n}" for n in range(10))


class Load:
    """Rounds of one row per series: a daily shape and noise."""

    def __init__(self, series: int) -> None:
        self.series = series
        self.noise = np.random.default_rng(7)
        self.round = 0

    def next(self) -> tuple[Instant, NDArray[np.float64]]:
        self.round += 1
        time = START + self.round * 15 * MINUTE
        shape = 100 + 40 * np.sin(2 * np.pi * (time % DAY) / DAY)
        return time, shape + 3 * self.noise.standard_normal(self.series)


class OneCell:
    """A keyed state that holds one domain."""

    def __init__(self) -> None:
        self.cell = DomainSeries()

    def of(self, key: str) -> DomainSeries:
        return self.cell

    def peek(self, key: str) -> DomainSeries | None:
        return self.cell

    def wake(self, key: str, at: Instant | None) -> None:
        pass

    def due(self, watermark: Instant) -> Iterable[tuple[str, DomainSeries]]:
        return ()

    def forget(self, key: str) -> None:
        pass


def rates(points: int, runs: int, turn: Callable[[], None]) -> list[float]:
    found = []
    for _ in range(runs):
        begun = perf_counter()
        turn()
        found.append(points / (perf_counter() - begun))
    return found


def kernel(series: int, runs: int, order: NDArray[np.int32]) -> list[float]:
    load, state = Load(series), fresh_series(series)
    rules = rules_for(Catalogue(), "bench", NAMES)
    rule, clear = (np.arange(series) % len(NAMES)).astype(np.int32), np.zeros(series, np.bool_)
    setting = Setting(0, 900.0, 6 * HOUR)

    def turn() -> None:
        time, value = load.next()
        scores, marks = no_scores(series), no_marks(series)
        advance(state, rules, Columns(order, rule, np.full(series, time), value, clear), setting, scores, marks)

    for _ in range(HISTORY):
        turn()
    return rates(series, runs, turn)


def envelopes(series: int, time: Instant, value: NDArray[np.float64]) -> Sequence[Measurements]:
    """As they come off the log: every envelope with dictionaries of its own."""
    found = []
    for first in range(0, series, ENVELOPE):
        rows = np.arange(min(ENVELOPE, series - first))
        objects = tuple(f"cell-{first + n}" for n in range(0, len(rows), len(NAMES)))
        found.append(
            Measurements(
                domain="bench",
                feed="bench",
                granularity=15 * MINUTE,
                objects=objects,
                names=NAMES,
                measured_object=(rows // len(NAMES)).astype(np.int32),
                measurement=(rows % len(NAMES)).astype(np.int32),
                time=np.full(len(rows), time),
                value=value[first : first + len(rows)],
                suspect=np.zeros(len(rows), np.bool_),
            )
        )
    return found


def operator(series: int, runs: int) -> list[float]:
    load, state, step = Load(series), OneCell(), Anomaly(Catalogue()).step
    for _ in range(HISTORY):
        for _output in step(envelopes(series, *load.next()), state, 0):
            pass
    batches = iter([envelopes(series, *load.next()) for _ in range(runs)])

    def turn() -> None:
        for _output in step(next(batches), state, 0):
            pass

    return rates(series, runs, turn)


def z_score(series: int, runs: int) -> list[float]:
    """The baseline: an exponentially weighted mean and variance per series in plain numpy."""
    load = Load(series)
    mean, variance = np.full(series, 100.0), np.full(series, 9.0)

    def turn() -> None:
        _, value = load.next()
        away = value - mean
        np.abs(away) / (4 * np.sqrt(variance))
        mean[:] += 0.05 * away
        variance[:] += 0.05 * (away * away - variance)

    return rates(series, runs, turn)


def figures(series: int, runs: int) -> dict[str, object]:
    """The JSON object of `telassure bench detect`."""
    in_order = np.arange(series, dtype=np.int32)
    shuffled = np.random.default_rng(3).permutation(in_order)
    return {
        "points_per_second": round(median(kernel(series, runs, in_order))),
        "random_order_points_per_second": round(median(kernel(series, runs, shuffled))),
        "operator_points_per_second": round(median(operator(series, runs))),
        "series": series,
        "state_bytes_per_series": SERIES.itemsize,
        "baselines": {"z_score_numpy": round(median(z_score(series, runs)))},
        "runs": runs,
        "machine": platform.machine(),
        "python": platform.python_version(),
    }


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--series", type=int, default=100_000)
    ask.add_argument("--runs", type=int, default=5)
    chosen = ask.parse_args()
    print(json.dumps(figures(chosen.series, chosen.runs)))


if __name__ == "__main__":
    main()
