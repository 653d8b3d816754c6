"""The product's topologies over a log in memory: once up to the day, and from there as often as it is asked."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Final

from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import World
from telassure.evaluation.difference.replay_log import DayLog, HistoryLog
from telassure.evaluation.difference.stretch import SPACE, Place, Stretch
from telassure.kernel.codec import encode, kind_of
from telassure.kernel.events import CatalogueChange, CatalogueEntry, EndOfFeed, Tick
from telassure.kernel.instant import Instant
from telassure.kernel.ports import LogRecord
from telassure.store.memory import MemoryStateStore
from telassure.wiring import topologies

STATED: Final = "diff"
_FEW: Final = 1_000  # entries in one record


class DayClock:
    """The clock of a replay stands at the beginning of its day; only what leaves by the outbox is dated by it."""

    def __init__(self, at: Instant) -> None:
        self._at = at

    def now(self) -> Instant:
        return self._at


class DayReplay:
    """The state before a day, and the day from there with or without something stated at its beginning.

    `former` are entries of the catalogue that were in force before a partition's log begins.
    """

    def __init__(
        self, stretches: Mapping[Place, Stretch], former: Mapping[Place, Sequence[CatalogueEntry]], begin: Instant
    ) -> None:
        self._stretches, self._clock = stretches, DayClock(begin)
        self._wanted = {place for place, found in stretches.items() if _has_input(found)} | {("assurance", 0)}
        self._sizes = {topology: 1 + max(n for name, n in stretches if name == topology) for topology, _ in stretches}
        self.before = MemoryStateStore()
        firsts = {place: found.records[0].offset if found.records else SPACE for place, found in stretches.items()}
        seeds = {
            place: _records(former.get(place, ()), first // SPACE * SPACE - SPACE // 2)
            for place, first in firsts.items()
        }
        self._run(HistoryLog(stretches, seeds), self.before)

    def day(self, stated: Sequence[CatalogueEntry] = ()) -> MemoryStateStore:
        """What the stores hold at the end of the day."""
        store = deepcopy(self.before)
        extra = {place: _records(stated, found.before) for place, found in self._stretches.items()}
        self._run(DayLog(self._stretches, extra), store)
        return store

    def _run(self, log: HistoryLog, store: MemoryStateStore) -> None:
        world = World(log, store, self._clock, None, self._sizes, lambda seconds: None, lambda: 0.0)
        chosen = [(topology, n) for topology in topologies(()) for n in range(self._sizes.get(topology.name, 0))]
        running = [Partition(topology, n, world) for topology, n in chosen if (topology.name, n) in self._wanted]
        moved = True
        while moved or log.release():
            moved = False
            for partition in running:
                while not partition.turn().idle:
                    moved = True
        for partition in running:
            while not partition.settle():
                while not partition.turn().idle:
                    pass


def _has_input(found: Stretch) -> bool:
    """Is there more than clocks and the catalogue?"""
    control = {kind_of(Tick), kind_of(EndOfFeed), kind_of(CatalogueChange)}
    return any(record.kind not in control for record in found.records)


def _opening(found: Stretch) -> int:
    """An offset before all that a partition's log holds."""
    return (found.records[0].offset // SPACE if found.records else 1) * SPACE - SPACE // 2


def _records(entries: Sequence[CatalogueEntry], after: int) -> Sequence[LogRecord]:
    pieces = [tuple(entries[start : start + _FEW]) for start in range(0, len(entries), _FEW)]
    encoded = [encode(CatalogueChange(piece)) for piece in pieces]
    return [LogRecord(after + n, *each, STATED, str(n)) for n, each in enumerate(encoded, 1)]
