"""Scoring on one core at many series: the kernel, the operator around it, and what others take, as one JSON object.

Every figure is the median of the rounds, in points per second of processor time, after a day and a half of history at
15 min has been learned, so that every point is scored in every channel and learned, under rules that differ by
measurement. Rows come in series order (`points_per_second`: pure noise; `real_shapes_…`: the mixture of
`detect_shapes`) or shuffled. `peak_memory_mb` (MB resident, the interpreter and the benchmark's own columns included)
is taken once the operator has scored all series, in domains of at most DOMAIN, and each cell has been dumped as at a
checkpoint, before the others are loaded.
"""

import platform
import resource
import sys
from collections.abc import Callable, Iterable, Iterator
from statistics import median
from time import process_time

import numpy as np
from numpy.typing import NDArray

from models.detection.histogram import CORE_EVERY
from models.detection.layout import SERIES, Columns, Records, Setting, fresh_series
from models.detection.seasonal import advance, no_marks, no_scores
from streams.catalogue import Catalogue
from streams.operators.detection.anomaly import Anomaly
from streams.operators.detection.cell import DomainCell
from streams.operators.detection.rules import rules_for
from telassure.evaluation.detect_shapes import Load, RandomLoad, RealLoad
from telassure.kernel.events import Measurements, PolicyValue
from telassure.kernel.instant import HOUR, MINUTE, Instant

HISTORY = 160  # rounds of 15 min: forty hours
ENVELOPE = 10_000
DOMAIN = 100_000  # series; the operator's own limit is 200,000
RIVER_SECONDS = 2.0
NAMES = tuple(f"measurement-{n}" for n in range(10))
POLICIES = (
    PolicyValue("detection", "profile", "sensitive", NAMES[1]),
    PolicyValue("detection", "threshold", "6", NAMES[2]),
    PolicyValue("detection", "floor", "0.5", NAMES[3]),
    PolicyValue("detection", "persistence", "2/3", NAMES[4]),
)


class CellsInMemory:
    """A keyed state in memory, without timers."""

    def __init__(self) -> None:
        self.by_key: dict[str, DomainCell] = {}

    def of(self, key: str) -> DomainCell:
        if key not in self.by_key:
            self.by_key[key] = DomainCell()
        return self.by_key[key]

    def peek(self, key: str) -> DomainCell | None:
        return self.by_key.get(key)

    def wake(self, key: str, at: Instant | None) -> None:
        pass

    def due(self, watermark: Instant) -> Iterable[tuple[str, DomainCell]]:
        return ()

    def forget(self, key: str) -> None:
        pass


def rates(points: int, rounds: int, turn: Callable[[], None]) -> list[float]:
    found = []
    for _ in range(rounds):
        begun = process_time()
        turn()
        found.append(points / (process_time() - begun))
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
        begun = process_time()
        advance(state, ruling, columns, setting, scores, marks)
        found.append(process_time() - begun)
    spans = np.array(found[HISTORY:]).reshape(rounds, CORE_EVERY).sum(axis=1)
    return [series * CORE_EVERY / span for span in spans]


def envelopes(series: int, time: Instant, value: NDArray[np.float64]) -> Iterator[Measurements]:
    """As they come off the log: every envelope of one domain, with dictionaries of its own."""
    for first in range(0, series, ENVELOPE):
        rows = np.arange(min(ENVELOPE, series - first))
        yield Measurements(
            domain=f"domain-{first // DOMAIN}",
            feed="bench",
            granularity=15 * MINUTE,
            objects=tuple(f"cell-{first + n}" for n in range(0, len(rows), len(NAMES))),
            names=NAMES,
            measured_object=(rows // len(NAMES)).astype(np.int32),
            measurement=(rows % len(NAMES)).astype(np.int32),
            time=np.full(len(rows), time),
            value=value[first : first + len(rows)],
            suspect=np.zeros(len(rows), np.bool_),
        )


def operator(series: int, rounds: int) -> tuple[list[float], float]:
    """The operator as a worker runs it: only its step is on the clock. Ends with a checkpoint of every cell: bytes a
    series of all that is kept, names and elements included."""
    load, cells, detector, found = RandomLoad(series), CellsInMemory(), Anomaly(ruled()), []
    for _ in range(HISTORY + rounds):
        spent = 0.0
        for envelope in envelopes(series, *load.next()):
            begun = process_time()
            for _output in detector.step((envelope,), cells, 0):
                pass
            spent += process_time() - begun
        found.append(series / spent)
    stored = sum(len(detector.dump(cell)) for cell in cells.by_key.values())
    return found[HISTORY:], stored / series


def peak_memory_mb() -> float:
    """The most that was resident in this process so far, in MB (10^6 bytes)."""
    unit = 1 if sys.platform == "darwin" else 1_024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)


def baselines(series: int, rounds: int) -> dict[str, int]:
    """Points per second of the others, in the same run. They are loaded here: their memory is none of ours."""
    from telassure.evaluation.detect_baselines import RIVER, river_rate, z_score_turn

    found = {name: round(river_rate(make, RIVER_SECONDS)) for name, make in RIVER.items()}
    return {**found, "z_score_numpy": round(median(rates(series, rounds, z_score_turn(series, RandomLoad(series)))))}


def measure(series: int, rounds: int) -> dict[str, object]:
    """The JSON object of `telassure bench detect`."""
    in_order = np.arange(series, dtype=np.int32)
    shuffled = np.random.default_rng(3).permutation(in_order)
    turns, stored = operator(series, rounds)
    return {
        "points_per_second": round(median(kernel(RandomLoad(series), in_order, rounds))),
        "real_shapes_points_per_second": round(median(kernel(RealLoad(series), in_order, rounds))),
        "random_order_points_per_second": round(median(kernel(RandomLoad(series), shuffled, rounds))),
        "operator_points_per_second": round(median(turns)),
        "series": series,
        "state_bytes_per_series": SERIES.itemsize,
        "stored_bytes_per_series": round(stored),
        "peak_memory_mb": peak_memory_mb(),
        "baselines": baselines(series, rounds),
        "rounds": rounds,
        "machine": platform.machine(),
        "python": platform.python_version(),
    }
