"""The undisturbed control run: the same input, as it lies in the logs, through the same code with nothing amiss."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from streams.hosts.driver import DriverClock
from streams.hosts.partition.effects import HOP
from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import World
from streams.topology import Topology
from telassure.evaluation.torture.survivors import Survivors
from telassure.kernel.events import DeadLetter
from telassure.kernel.instant import Instant
from telassure.kernel.ports import Appended, Entry, LogMark, LogRecord
from telassure.store.memory import MemoryStateStore
from telassure.store.memory_metrics import MemoryMetricStore


@dataclass(slots=True)
class ControlRun:
    """One topology: it reads what its log holds, hops included, each once (`repeated`: rows of those that came
    again), and keeps what it makes apart, its own hops too."""

    topology: Topology
    input: Survivors
    state: MemoryStateStore = field(default_factory=MemoryStateStore)
    points: MemoryMetricStore = field(default_factory=MemoryMetricStore)
    hops: list[Entry] = field(default_factory=list)
    repeated: int = 0
    _input: dict[int, Sequence[LogRecord]] = field(default_factory=dict)

    def run(self) -> "ControlRun":
        world = World(
            self,
            self.state,
            DriverClock(),
            self.points,
            self.input.partitions,
            sleep=lambda seconds: None,
            elapsed=lambda: 0.0,
            repeats=self.input.broker is not None,
        )
        for number in range(self.input.partitions[self.topology.name]):
            records = self.input.records(self.topology.name, number)
            self._input[number] = _without_repeated_hops(records)
            self.repeated += sum(record.rows for record in records) - sum(record.rows for record in self._input[number])
            partition = Partition(self.topology, number, world)
            while not partition.turn().idle:
                pass
            while not partition.settle():
                while not partition.turn().idle:
                    pass
        self.points.flush()
        return self

    # --- the event log -----------------------------------------------------------------------------------------------

    def append(self, entries: Sequence[Entry]) -> Appended:
        """Its own hops: they are compared with those that came, and go nowhere."""
        self.hops.extend(entry for entry in entries if entry.source.startswith(HOP))
        return Appended(len(entries), 0)

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        """A hop that came again is not there: what follows from it is a violation, not a law of the control run."""
        found = (record for record in self._input[partition] if record.offset > after)
        return list(islice(found, records))

    def end(self, topology: str, partition: int) -> int:
        return len(self.input.records(topology, partition))

    def recognise(self, topology: str, partition: int, offset: int, mark: LogMark | None) -> str:
        del topology, partition, offset, mark
        return ""

    def trim(self, topology: str, partition: int, through: int) -> None:
        """Nothing goes."""

    def surplus(self, topology: str, partition: int, size: int, before: Instant) -> int:
        return 0

    def prune(self, topology: str, partition: int, keep: int) -> int:
        return 0

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        """What could not become a record was buried in the run itself."""


def _without_repeated_hops(records: Sequence[LogRecord]) -> Sequence[LogRecord]:
    seen, kept = set[tuple[str, str]](), list[LogRecord]()
    for record in records:
        place = record.source, record.position
        if not record.source.startswith(HOP) or place not in seen:
            kept.append(record)
        seen.add(place)
    return kept
