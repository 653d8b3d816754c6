"""The detection topology as a worker runs it, over a log and a store in memory, and the episodes that it tells."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import TurnLimits, World
from streams.topologies.detection import DETECTION
from telassure.evaluation.anomalies.openings import Openings
from telassure.kernel.codec import encode
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import DeadLetter, KpiEpisode
from telassure.kernel.instant import Instant
from telassure.kernel.ports import Entry
from telassure.simulator.files import ORIGIN
from telassure.store.memory import MemoryLog, MemoryStateStore

FEED: Final = "replay:evaluation"
TRIMMED: Final = 32  # records taken between two times that the log is freed of them


class _WallClock:
    """Stands still: all times are the events'."""

    def now(self) -> Instant:
        return ORIGIN


@dataclass(slots=True)
class Detection:
    """The detection topology as a worker runs it, over a log and a store in memory, without a metric store."""

    log: MemoryLog = field(default_factory=MemoryLog)
    first: dict[str, KpiEpisode] = field(default_factory=dict)
    refused: str = ""
    taken: int = 0
    partition: Partition = field(init=False)

    def __post_init__(self) -> None:
        counts = {DETECTION.name: 1} | {hop.to: 1 for hop in DETECTION.hops}
        world = World(self.log, MemoryStateStore(), _WallClock(), partitions=counts, observe=self._observe)
        self.partition = Partition(DETECTION, 0, world, TurnLimits())

    def take(self, event: Any) -> None:
        """Through the log, the codec and the operators, to the log's end. InvalidInput where a row is refused."""
        self.taken += 1
        kind, payload = encode(event)
        position = str(self.taken)
        self.log.append([Entry(DETECTION.name, 0, kind, payload, FEED, position, position.encode())])
        while not (report := self.partition.turn()).idle:
            if report.letters:
                why = self.refused or "they cannot be read"
                raise InvalidInput(f"the detection topology refused rows it was given: {why}", f"envelope {position}")
        if self.taken % TRIMMED == 0:
            self.log.trim(DETECTION.name, 0, self.taken - 1)

    def openings(self, rows: dict[tuple[str, str], int], since: Instant) -> Openings:
        """The first notice of each episode that opened from `since` on; that of an element stands for the KPI that
        had the greatest share in it."""
        found = [
            (episode.changed_at, rows[episode.series]) for episode in self.first.values() if episode.changed_at >= since
        ]
        table = np.array(sorted(found), np.int64).reshape(-1, 2)
        return Openings(table[:, 0], table[:, 1])

    def _observe(self, outputs: Sequence[Any]) -> None:
        for output in outputs:
            if isinstance(output, KpiEpisode) and output.state == "open":
                self.first.setdefault(output.episode_id, output)
            elif isinstance(output, DeadLetter):
                self.refused = output.reason
