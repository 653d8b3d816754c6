"""What the host over a broker tells of itself: for probes, metrics and the stuck watch."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Final

_PATIENCE: Final = 10  # so many times as long may a store be away


@dataclass(frozen=True, slots=True)
class PartitionHealth:
    """One assigned partition. Offsets are the log's: `durable` <= `position` <= `received` <= `end` (0: not asked yet).

    `since_progress`, `since_commit`: seconds since its position or its durable offset grew, or since there was nothing
    to do. `turns` to `letters` count since it was assigned; `turn_seconds` is the time of all turns together.
    `since_stalled`: seconds since a store or the log last refused it and it came back to say so.
    """

    partition: int
    durable: int
    position: int
    received: int
    end: int
    unapplied_bytes: int
    since_progress: float
    since_commit: float
    stale: bool
    turns: int
    turn_seconds: float
    records: int
    rows: int
    late: int
    letters: int
    since_stalled: float = inf

    @property
    def lag(self) -> int:
        """Records that are in the topic and not yet durable."""
        return max(self.end, self.received) - self.durable


@dataclass(frozen=True, slots=True)
class HostHealth:
    """One topology's host. `assigning` is for how many seconds a rebalance has been under way, 0 where none is.

    `gaps`, `stale_owners` and `rebalances` count since the process started.
    """

    topology: str
    partitions: tuple[PartitionHealth, ...]
    assigning: float
    gaps: int
    stale_owners: int
    rebalances: int

    @property
    def ready(self) -> bool:
        """In the group, with every partition it was given at work."""
        return self.assigning == 0 and not any(partition.stale for partition in self.partitions)

    def waits(self, seconds: float) -> bool:
        """Is it a store or the log that holds it up? A new process could do no better, up to ten times `seconds`: then
        it may be our connections after all."""
        standing = max((found.since_progress for found in self.partitions), default=0.0)
        refused = any(found.since_stalled <= seconds for found in self.partitions)
        return refused and max(standing, self.assigning) <= _PATIENCE * seconds


def stuck(health: HostHealth, seconds: float) -> str:
    """Why the process cannot be left to itself, or nothing. A turn or a rebalance that hangs, or input that does not
    arrive, counts after `seconds`; a store that refuses is waited for (`HostHealth.waits`)."""
    if health.waits(seconds):
        return ""
    if health.assigning > seconds:
        return f"a rebalance has not ended for {health.assigning:.0f} s"
    for found in health.partitions:
        if (found.lag > 0 or found.position > found.durable) and found.since_progress > seconds:
            idle = f"nothing applied for {found.since_progress:.0f} s"
            return f"partition {found.partition} has {found.lag} records to apply and {idle}"
    return ""


class HealthBoard:
    """Where a host puts how to ask it; readable from any thread, empty before it runs."""

    def __init__(self, topology: str) -> None:
        self._answer: Callable[[], HostHealth] = lambda: HostHealth(topology, (), 0.0, 0, 0, 0)
        self.running = False

    def attach(self, answer: Callable[[], HostHealth]) -> None:
        self._answer, self.running = answer, True

    def __call__(self) -> HostHealth:
        return self._answer()
