"""What the host over a broker tells of itself: for probes, metrics and the stuck watch."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartitionHealth:
    """One assigned partition. Offsets are the log's: `durable` <= `position` <= `received` <= `end` (0: not asked yet).

    `since_progress`, `since_commit`: seconds since its position or its durable offset grew, or since there was nothing
    to do. The last six count since it was assigned; `turn_seconds` is the time of all turns together.
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


class HealthBoard:
    """Where a host puts how to ask it; readable from any thread, empty before it runs."""

    def __init__(self, topology: str) -> None:
        self._answer: Callable[[], HostHealth] = lambda: HostHealth(topology, (), 0.0, 0, 0, 0)
        self.running = False

    def attach(self, answer: Callable[[], HostHealth]) -> None:
        self._answer, self.running = answer, True

    def __call__(self) -> HostHealth:
        return self._answer()
