"""How far a partition has come and how long it has been standing still."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from streams.hosts.faust.backlog import ReceivedLog
from streams.hosts.faust.health import PartitionHealth
from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import TurnReport


@dataclass(slots=True)
class Progress:
    """Counts turns, and times the stand-still of a partition that has something to do (see `PartitionHealth`)."""

    elapsed: Callable[[], float] = time.monotonic
    turns: int = 0
    seconds: float = 0.0
    records: int = 0
    rows: int = 0
    late: int = 0
    letters: int = 0
    _stalled: float = -inf
    _position: tuple[int, float] = field(default=(-1, 0.0))
    _durable: tuple[int, float] = field(default=(-1, 0.0))

    def turned(self, report: TurnReport, seconds: float) -> None:
        self.turns += 1
        self.seconds += seconds
        self.records += report.records
        self.rows += report.rows
        self.late += report.late
        self.letters += report.letters
        if report.stalled:
            self.stalled()

    def stalled(self) -> None:
        """A store or the log has refused just now."""
        self._stalled = self.elapsed()

    def health(self, partition: Partition, received: ReceivedLog, end: int, stale: bool) -> PartitionHealth:
        """As of now; to be asked again and again, for times run between the calls."""
        now, known = self.elapsed(), max(end, received.newest)
        durable, position = max(partition.offset, received.durable), max(partition.position, received.durable)
        if durable != self._durable[0] or durable >= known:
            self._durable = (durable, now)
        if position > self._position[0] or durable >= known:  # going back to the checkpoint is no progress
            self._position = (position, now)
        since_commit, since_progress = now - self._durable[1], now - max(self._position[1], self._durable[1])
        return PartitionHealth(
            partition=partition.number,
            durable=durable,
            position=position,
            received=received.newest,
            end=end,
            unapplied_bytes=received.size,
            since_progress=since_progress,
            since_commit=since_commit,
            stale=stale,
            turns=self.turns,
            turn_seconds=self.seconds,
            records=self.records,
            rows=self.rows,
            late=self.late,
            letters=self.letters,
            since_stalled=now - self._stalled,
        )
