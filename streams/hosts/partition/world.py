"""What a partition works with, how much it takes at a time, and what it reports of a turn."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from streams.hosts.partition.intake import Decode
from telassure.kernel.codec import decode
from telassure.kernel.ports import Clock, EventLog, MetricStore, StateStore, Turn


class TurnMeter(Protocol):
    """Hears of the work of partitions: once a turn and once a transaction, never once a row."""

    def turned(self, standing: "PartitionStanding", report: "TurnReport", seconds: float) -> None: ...
    def committed(self, turn: Turn, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class World:
    """The ports. `partitions` is the count of each topology's; `observe` sees the outputs as they leave,
    `meter` hears of turns and transactions.

    `elapsed` paces checkpoints: seconds that only grow, whatever is done to the wall clock. `beat` is called with each
    record, so that a long turn shows that it goes on. `repeats`: the log may
    deliver a source position twice, so that the partition itself remembers what it has applied.
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
    meter: TurnMeter | None = None
    beat: Callable[[], None] | None = None
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """Per turn at most `records` records and about `size` bytes; `batch` events a step; `cells` kept per operator."""

    records: int = 4_000
    size: int = 4 << 20
    batch: int = 256
    cells: int = 200_000


@dataclass(frozen=True, slots=True)
class PartitionStanding:
    """Where a partition is. `offset` is durable, `position` read; `cached` cells are in memory, and since it was loaded
    `fetched` were read from the store and `evicted` put out of the cache."""

    topology: str
    partition: int
    offset: int
    position: int
    loaded: bool
    cached: int = 0
    fetched: int = 0
    evicted: int = 0


@dataclass(frozen=True, slots=True)
class TurnReport:
    """What one turn did. `retried`: back at the checkpoint, call again at once; `stalled`: a store failed, waited;
    `damage` says of one that failed for what somebody has to mend.
    `traces`: of the records it took, each once, where a meter listens."""

    records: int = 0
    rows: int = 0
    late: int = 0
    letters: int = 0
    hops: int = 0
    retried: bool = False
    stalled: bool = False
    traces: tuple[str, ...] = ()
    damage: str = ""

    @property
    def idle(self) -> bool:
        """Nothing was there to read."""
        return self.records == 0 and not self.retried and not self.stalled
