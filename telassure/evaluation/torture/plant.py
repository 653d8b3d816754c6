"""An installation in one process: its surviving stores, its programs, those who send to it and those who are told."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Final

from bss_sync.outbox.lane import Lane
from ingestion.commands import LoggedCommands
from ingestion.fields.privacy import Pseudonymiser
from ingestion.gateway import Gateway
from streams.hosts.embedded import Embedded, Upkeep
from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import TurnLimits, World
from streams.topologies.assurance import ASSURANCE
from streams.topologies.charging import CHARGING
from streams.topologies.detection import DETECTION
from streams.topology import CheckpointPolicy, Topology
from telassure.evaluation.torture.machine import BelievedClock, Machine
from telassure.evaluation.torture.ports import (
    WiredBroker,
    WiredKeeper,
    WiredLedger,
    WiredLog,
    WiredNotices,
    WiredPoints,
    WiredState,
)
from telassure.evaluation.torture.programs import KEY, Courier, FrontDoor, NoPolicies, WorkerProgram
from telassure.evaluation.torture.receivers import Mailbox, PostedChannel
from telassure.evaluation.torture.station import Station
from telassure.evaluation.torture.survivors import MemoryBroker, NoticeBook, Survivors
from telassure.evaluation.torture.timeline import Timeline, chance
from telassure.evaluation.torture.trouble import Trouble, Troubles
from telassure.evaluation.torture.wire import Life, Program, Wire
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND
from telassure.kernel.ports import EventLog, StateStore
from telassure.store.kafka.claimed_log import ClaimedLog
from telassure.store.memory_reader import MemoryRecordReader
from telassure.wiring.faces import DirectoryFollower

RECEIVERS: Final = ("noc", "crm")
_CADENCES: Final = (1.0, 3.0, 10.0)


@dataclass(frozen=True, slots=True)
class Build:
    """How one seed's installation is built: what a sensible operator could set, and what strains the code."""

    brokered: bool
    partitions: int
    limits: TurnLimits
    checkpoint: CheckpointPolicy
    cadence: float

    @classmethod
    def of(cls, seed: int) -> "Build":
        dice = chance(seed, "build")
        limits = TurnLimits(
            dice.choice((1, 3, 20, 4_000)),
            dice.choice((1, 16 << 20)),
            dice.choice((1, 7, 256)),
            dice.choice((3, 50, 200_000)),
        )
        paced = CheckpointPolicy(True, dice.choice((0.0, 5.0, 60.0)), dice.choice((1, 3_000, 8 << 20)))
        return cls(dice.random() < 0.5, dice.choice((1, 2, 3)), limits, paced, dice.choice(_CADENCES))

    @property
    def topologies(self) -> Mapping[str, Topology]:
        detection = replace(DETECTION, checkpoint=self.checkpoint)
        return {topology.name: topology for topology in (detection, ASSURANCE, CHARGING)}


class Plant:
    """`unexpected` is told of everything that must not happen while it runs."""

    def __init__(
        self, seed: int, build: Build, timeline: Timeline, troubles: Troubles, unexpected: Callable[[str], None]
    ) -> None:
        self.build, self.timeline, self.troubles, self.unexpected = build, timeline, troubles, unexpected
        topologies = build.topologies
        partitions = dict.fromkeys(topologies, build.partitions)
        self.kept = Survivors(topologies, partitions, broker=MemoryBroker() if build.brokered else None)
        self.book = NoticeBook(self.kept.states[ASSURANCE.name], ASSURANCE.name, RECEIVERS)
        self.mailboxes = {name: Mailbox(name, troubles) for name in RECEIVERS}
        self.machines = {name: Machine(timeline) for name in ("edge", "work")}
        self.reader = MemoryRecordReader(*self.kept.states.values())
        self._dice = chance(seed, "stations")
        self.workers = {
            name: self._station(name, self._worker(topology), True) for name, topology in topologies.items()
        }
        self.door = self._station("api", self._door, False)
        self.stations = [*self.workers.values(), self.door, self._station("delivery", self._courier, False)]
        self._dice_of_weather = chance(seed, "weather")

    def start(self) -> None:
        for station in self.stations:
            station.start()
        for kind in (Trouble.KILL, Trouble.CUT, Trouble.DISK_FULL, Trouble.CLOCK_JUMP, Trouble.CLOCK_STOPPED):
            self._foresee(kind)

    def _station(self, name: str, build: Callable[[Life], Program], twins: bool) -> Station:
        cadence = self.build.cadence * (3.0 if name == "delivery" else 1.0)
        return Station(
            name,
            self.timeline,
            self.troubles,
            self._dice,
            build,
            cadence,
            self.unexpected,
            twins and self.build.brokered,
        )

    # --- what goes wrong between calls -------------------------------------------------------------------------------

    def _foresee(self, kind: Trouble) -> None:
        def strike() -> None:
            if not self.troubles.over:
                self._strike(kind)
                self._foresee(kind)

        self.timeline.after(self.troubles.until_next(kind), strike)

    def _strike(self, kind: Trouble) -> None:
        dice, troubles = self._dice_of_weather, self.troubles
        station, machine = dice.choice(self.stations), dice.choice(list(self.machines))
        store, seconds = dice.choice(("log", "state", "points", "ledger")), dice.uniform(1, 240)
        jump = dice.choice((-2 * HOUR, -MINUTE, 90 * SECOND, 20 * MINUTE, 40 * DAY))
        match kind:
            case Trouble.KILL:
                station.kill()
            case Trouble.CUT if troubles.happens(kind, f"{station.name} -> {store}"):
                troubles.cut(station.name, store, seconds)
            case Trouble.DISK_FULL if troubles.happens(kind, store):
                troubles.fill(store, seconds)
            case Trouble.CLOCK_JUMP if troubles.happens(kind, f"{machine} by {jump // SECOND} s"):
                self.machines[machine].jump(jump, seconds)
            case Trouble.CLOCK_STOPPED if troubles.happens(kind, machine):
                self.machines[machine].stop(seconds)

    # --- programs ----------------------------------------------------------------------------------------------------

    def wire(self, life: Life, store: str) -> Wire:
        return Wire(life, store, self.timeline, self.troubles)

    def log(self, life: Life) -> EventLog:
        kept = self.kept
        if kept.broker is None:
            return WiredLog(self.wire(life, "log"), kept.log, kept.graveyard)
        wired = WiredBroker(self.wire(life, "log"), kept.broker)
        return ClaimedLog(wired, wired, WiredLedger(self.wire(life, "ledger"), kept.ledger, kept.graveyard))

    def _worker(self, topology: Topology) -> Callable[[Life], WorkerProgram]:
        def build(life: Life) -> WorkerProgram:
            return WorkerProgram(self.host(topology, life))

        return build

    def host(self, topology: Topology, life: Life, live: bool = True) -> Embedded:
        """The host of a topology's partitions."""
        kept, clock = self.kept, BelievedClock(self.machines["work"])
        log = self.log(life)
        points = WiredPoints(self.wire(life, "points"), kept.points) if topology.name == DETECTION.name else None
        world = World(
            log,
            WiredState(self.wire(life, "state"), kept.states[topology.name]),
            clock,
            points,
            kept.partitions,
            sleep=life.sleep,
            elapsed=clock.elapsed,
            repeats=self.build.brokered,
        )
        partitions = [Partition(topology, n, world, self.build.limits) for n in range(self.build.partitions)]
        upkeep = Upkeep(live=live, elapsed=clock.elapsed, sleep=life.sleep, doubted=clock.doubted)
        return Embedded(partitions, log, clock, points, upkeep)

    def _door(self, life: Life) -> FrontDoor:
        kept, log, clock = self.kept, self.log(life), BelievedClock(self.machines["edge"])

        def opened(name: str) -> AbstractContextManager[StateStore]:
            return nullcontext(WiredState(self.wire(life, "state"), kept.states[name]))

        follower = DirectoryFollower(opened, kept.states, log)
        gateway = Gateway(log, follower.directory, clock, kept.partitions, Pseudonymiser(KEY))
        desk = LoggedCommands(log, kept.partitions, (self.reader, NoPolicies()), clock, patience=-1.0)
        return FrontDoor(follower, gateway, WiredKeeper(self.wire(life, "log"), kept.graveyard), desk)

    def _courier(self, life: Life) -> Courier:
        notices = {ASSURANCE.name: WiredNotices(self.wire(life, "state"), self.book)}

        def lanes(elapsed: Callable[[], float]) -> list[Lane]:
            return [Lane(box.name, PostedChannel(life, box), notices, elapsed) for box in self.mailboxes.values()]

        return Courier(self.timeline, life, lanes)
