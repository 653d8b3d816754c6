"""What a partition works with, how much it takes at a time, and what it reports of a turn."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from streams.hosts.intake import Decode
from telassure.codec import decode
from telassure.ports import Clock, EventLog, MetricStore, StateStore


@dataclass(frozen=True, slots=True)
class World:
    """The ports. `partitions` is the count of each topology's; `observe` sees the outputs as they leave.

    `elapsed` paces checkpoints: seconds that only grow, whatever is done to the wall clock.
    """

    log: EventLog
    store: StateStore
    clock: Clock
    metrics: MetricStore | None = None
    partitions: Mapping[str, int] = field(default_factory=dict)
    sleep: Callable[[float], None] = time.sleep
    elapsed: Callable[[], float] = time.monotonic
    decode: Decode = decode
    observe: Callable[[Sequence[Any]], None] | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Per turn at most `records` records and about `size` bytes; `batch` events a step; `cells` kept per operator."""

    records: int = 4_000
    size: int = 16 << 20
    batch: int = 256
    cells: int = 200_000


@dataclass(frozen=True, slots=True)
class TurnReport:
    """What one turn did. `retried`: back at the checkpoint, call again at once; `stalled`: a store failed, waited."""

    records: int = 0
    rows: int = 0
    late: int = 0
    letters: int = 0
    hops: int = 0
    retried: bool = False
    stalled: bool = False

    @property
    def idle(self) -> bool:
        """Nothing was there to read."""
        return self.records == 0 and not self.retried and not self.stalled
