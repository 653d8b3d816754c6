"""Compiles the kernels of detection before a worker begins: the first time on a machine that takes half a minute."""

from typing import Final

import numpy as np

from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import World
from streams.topologies.detection import DETECTION
from telassure.kernel.codec import encode
from telassure.kernel.events import Measurements
from telassure.kernel.instant import DAY, MINUTE
from telassure.kernel.ports import Clock, Entry
from telassure.store.memory import MemoryLog, MemoryStateStore
from telassure.store.memory_metrics import MemoryMetricStore

_OBJECTS: Final = 8
_NAMES: Final = ("load", "drops")
_STEP: Final = 15 * MINUTE
_ROUNDS: Final = 2 * DAY // _STEP


def compile_kernels(clock: Clock) -> int:
    """Score two days of some series in memory, as a worker would; how many rows that were."""
    log = MemoryLog()
    world = World(log, MemoryStateStore(), clock, MemoryMetricStore(), {DETECTION.name: 1, "assurance": 1})
    for number in range(_ROUNDS):
        kind, payload = encode(_rows(number))
        place = str(number)
        log.append([Entry(DETECTION.name, 0, kind, payload, "replay:warming", place, place.encode(), _OBJECTS)])
    partition = Partition(DETECTION, 0, world)
    while not partition.turn().idle:
        pass
    return _ROUNDS * _OBJECTS * len(_NAMES)


def _rows(number: int) -> Measurements:
    """One round of every series; the last hours of it are others than the days before."""
    rows = _OBJECTS * len(_NAMES)
    places = np.arange(rows, dtype=np.int32)
    wave = 100.0 + 40.0 * np.sin(2 * np.pi * number * _STEP / DAY + places)
    return Measurements(
        domain="warming",
        feed="replay:warming",
        granularity=_STEP,
        objects=tuple(f"site-{place % 2}/cell-{place}" for place in range(_OBJECTS)),
        names=_NAMES,
        measured_object=places // len(_NAMES),
        measurement=places % len(_NAMES),
        time=np.full(rows, 20_000 * DAY + number * _STEP, np.int64),
        value=wave * (0.2 if number > _ROUNDS - 8 else 1.0) + np.sin(7.0 * number + places),
        suspect=np.zeros(rows, np.bool_),
    )
