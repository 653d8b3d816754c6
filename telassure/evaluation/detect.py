"""Scoring on one core at many series: the kernel, the operator around it, and what others take, as one JSON object.

Every figure is the median of the rounds, in points per second, after a day and a half of history at 15 min has been
learned, so that every point is scored in every channel and learned, under rules that differ by measurement. Rows come
in series order (`points_per_second`: pure noise; `real_shapes_…`: the mixture of `detect_shapes`) or shuffled.
"""

import platform
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from models.detection.layout import SERIES, Columns, Records, Setting, fresh_series
from models.detection.novelty import CORE_EVERY
from models.detection.seasonal import advance, no_marks, no_scores
from streams.catalogue import Catalogue
from streams.operators.anomaly import Anomaly
from streams.operators.detection_rules import rules_for
from streams.operators.domain_series import DomainSeries
from telassure.evaluation.detect_baselines import RIVER, river_rate, z_score_turn
from telassure.evaluation.detect_shapes import Load, RandomLoad, RealLoad
from telassure.events import Measurements, Policy
from telassure.instant import HOUR, MINUTE, Instant

HISTORY = 160  # rounds of 15 min: forty hours
ENVELOPE = 10_000
RIVER_SECONDS = 2.0
NAMES = tuple(f"measurement-{n}" for n in range(10))
POLICIES = (
    Policy("detection", "profile", "sensitive", NAMES[1]),
    Policy("detection", "threshold", "6", NAMES[2]),
    Policy("detection", "floor", "0.5", NAMES[3]),
    Policy("detection", "persistence", "2/3", NAMES[4]),
)


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


def rates(points: int, rounds: int, turn: Callable[[], None]) -> list[float]:
    found = []
    for _ in range(rounds):
        begun = perf_counter()
        turn()
        found.append(points / (perf_counter() - begun))
    return found


def ruled() -> Catalogue:
    """Rules that differ by measurement."""
    catalogue = Catalogue()
    catalogue.apply(POLICIES)
    return catalogue


def rules() -> Records:
    return rules_for(ruled(), "bench", NAMES)


def kernel(load: Load, order: NDArray[np.int32], rounds: int) -> list[float]:
    """Only `advance` is on the clock: making the values and the empty columns is not. A figure spans CORE_EVERY rows of
    each series, so that what is done once in as many rows has its share in it."""
    series = len(order)
    state, ruling = fresh_series(series), rules()
    rule, clear = (np.arange(series) % len(NAMES)).astype(np.int32), np.zeros(series, np.bool_)
    setting, found = Setting(0, 900.0, 6 * HOUR), []
    for _ in range(HISTORY + rounds * CORE_EVERY):
        time, value = load.next()
        columns = Columns(order, rule, np.full(series, time), value, clear)
        scores, marks = no_scores(series), no_marks(series)
        begun = perf_counter()
        advance(state, ruling, columns, setting, scores, marks)
        found.append(perf_counter() - begun)
    spans = np.array(found[HISTORY:]).reshape(rounds, CORE_EVERY).sum(axis=1)
    return [series * CORE_EVERY / span for span in spans]


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


def operator(series: int, rounds: int) -> list[float]:
    load, state, step = RandomLoad(series), OneCell(), Anomaly(ruled()).step
    for _ in range(HISTORY):
        for _output in step(envelopes(series, *load.next()), state, 0):
            pass
    batches = iter([envelopes(series, *load.next()) for _ in range(rounds)])

    def turn() -> None:
        for _output in step(next(batches), state, 0):
            pass

    return rates(series, rounds, turn)


def baselines(series: int, rounds: int) -> dict[str, int]:
    """Points per second of the others, in the same run."""
    found = {name: round(river_rate(make, RIVER_SECONDS)) for name, make in RIVER.items()}
    return {**found, "z_score_numpy": round(median(rates(series, rounds, z_score_turn(series, RandomLoad(series)))))}


def measure(series: int, rounds: int) -> dict[str, object]:
    """The JSON object of `telassure bench detect`."""
    in_order = np.arange(series, dtype=np.int32)
    shuffled = np.random.default_rng(3).permutation(in_order)
    return {
        "points_per_second": round(median(kernel(RandomLoad(series), in_order, rounds))),
        "real_shapes_points_per_second": round(median(kernel(RealLoad(series), in_order, rounds))),
        "random_order_points_per_second": round(median(kernel(RandomLoad(series), shuffled, rounds))),
        "operator_points_per_second": round(median(operator(series, rounds))),
        "series": series,
        "state_bytes_per_series": SERIES.itemsize,
        "baselines": baselines(series, rounds),
        "rounds": rounds,
        "machine": platform.machine(),
        "python": platform.python_version(),
    }
