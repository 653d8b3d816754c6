"""The programs of an installation as the timeline runs them: the real host, gateway and lanes over wired ports."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bss_sync.outbox.lane import Lane
from ingestion.batches.batch import Batch, Origin, Receipt
from ingestion.commands import LoggedCommands
from ingestion.gateway import Gateway
from ingestion.kinds.catalogue import CATALOGUE
from streams.hosts.embedded import Embedded
from telassure.evaluation.torture.loop import SimulatedLoop
from telassure.evaluation.torture.timeline import Timeline
from telassure.evaluation.torture.wire import Crash, Life
from telassure.kernel.commands import Instruction, Reply
from telassure.kernel.errors import TransientError
from telassure.kernel.policies import Texts
from telassure.kernel.ports import LetterKeeper
from telassure.wiring.faces import DirectoryFollower

KEY: Final = b"a key that is for torture only"


@dataclass(slots=True)
class WorkerProgram:
    """A host of the partitions of one topology."""

    host: Embedded

    def step(self) -> bool:
        return self.host.step() > 0


@dataclass(slots=True)
class FrontDoor:
    """The gateway with what follows the catalogue, what lets held rows in, and where commands are given."""

    follower: DirectoryFollower
    gateway: Gateway
    keeper: LetterKeeper
    desk: LoggedCommands
    _stating: bool = False

    def step(self) -> bool:
        if not self._stating:
            try:
                self.follower.catch_up()
                self.gateway.release(self.keeper)
            except TransientError:
                """Later."""
        return True

    def post(self, batch: Batch, origin: Origin) -> Receipt:
        """One request. What other threads do meanwhile waits for a statement of the catalogue under way, which here
        means that it is sent off."""
        if batch.kind != CATALOGUE.name:
            return self.gateway.submit(batch, origin)
        if self._stating:
            raise TransientError("another statement is under way")
        self._stating = True
        try:
            return self.gateway.submit(batch, origin)
        finally:
            self._stating = False

    def give(self, instruction: Instruction) -> Reply:
        return self.desk.give(instruction)


class NoPolicies:
    """ingestion.commands.NetworkPolicies of a world in which no command states any."""

    def texts(self) -> Texts:
        return {}

    def figures(self) -> Mapping[str, int]:
        return {}

    def state(self, entries: Sequence[object], act_id: str, user: str) -> None:
        """None is stated."""


class Courier:
    """The delivery of notices: a lane for each receiver, in a loop of its own."""

    def __init__(self, timeline: Timeline, life: Life, make: Callable[[Callable[[], float]], Sequence[Lane]]) -> None:
        self._life, self._loop = life, SimulatedLoop(timeline)
        self._stop = asyncio.Event()
        self._tasks = [self._loop.create_task(lane.run(self._stop)) for lane in make(self._loop.time)]

    def step(self) -> bool:
        self._loop.turn()
        for task in self._tasks:
            if task.done() and (failure := task.exception()) is not None:
                raise failure
        if self._life.ended:
            raise Crash
        return True
