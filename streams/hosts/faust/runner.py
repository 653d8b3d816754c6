"""Runs one assigned partition: turns in a thread, chores beside them, back to the checkpoint when told."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from threading import Event
from typing import Final, TypeVar

from streams.hosts.faust.backlog import Received, ReceivedLog
from streams.hosts.faust.gaps import Broker, LogGaps
from streams.hosts.faust.health import PartitionHealth
from streams.hosts.faust.premises import HostSettings, Pools, Premises
from streams.hosts.faust.progress import Progress
from streams.hosts.partition.turn import Partition
from streams.hosts.partition.world import TurnReport
from streams.topology import Topology
from telassure.kernel.errors import StaleOwner, TransientError
from telassure.kernel.events import DeadLetter
from telassure.kernel.ports import LogRecord

_log = logging.getLogger(__name__)
T = TypeVar("T")
_BEAT: Final = 1.0
_SHOW: Final = 0.2  # an idle partition shows its last points and goes on with a paced checkpoint this soon
_FORGET: Final = 3_600.0


class Runner:
    """One partition from its assignment to its release. `failed` is told what ends the process."""

    def __init__(
        self,
        place: tuple[Topology, int],
        premises: Premises,
        settings: HostSettings,
        broker: Broker,
        pools: Pools,
        failed: Callable[[BaseException], None],
    ) -> None:
        self.topology, self.number = place
        self._log = logging.LoggerAdapter(_log, {"topology": self.topology.name, "partition": self.number})
        self.stale = False
        self.stale_owners = 0
        self._premises, self._settings, self._pools = premises, settings, pools
        self._broker, self._failed = broker, failed
        self.world = world = premises.world
        self.received = ReceivedLog(self.topology.name, self.number, world.log, settings.unapplied_bytes)
        self.gaps = LogGaps((self.topology.name, self.number), self.received, broker, world.clock, self._bury)
        self._stopping, self._over = Event(), asyncio.Event()
        self._arrived = asyncio.Event()
        world = replace(world, log=self.received, repeats=True, sleep=self._pause)
        self.partition = Partition(self.topology, self.number, world, settings.limits)
        self.progress = Progress()
        self._mending: set[asyncio.Task[None]] = set()
        self._main: asyncio.Task[None] | None = None
        self._seen = -1
        self._reach: int | None = None
        self._unfinished = False
        self._acknowledged = 0.0

    def _pause(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    # --- from the loop -----------------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Read the checkpoint and start to work, unless released before that."""
        name, store = self.topology.name, self._premises.world.store
        while not self._stopping.is_set():
            try:
                stored = await self._in(self._pools.turns, lambda: store.checkpoint(name, self.number))
            except TransientError as failure:
                self.progress.stalled()
                self._log.warning("%s/%s cannot read its checkpoint: %s", name, self.number, failure)
                await self._sleep(_BEAT)
                continue
            if not self._stopping.is_set():
                self.received.begin(stored.offset)
                self._beating = asyncio.create_task(self._watched(self._beat()))
                self._main = asyncio.create_task(self._watched(self._run()))
                return
        await self._in(self._pools.chores, self._premises.close)

    @property
    def begun(self) -> bool:
        """Its received log stands at the checkpoint or after it."""
        return self._main is not None

    @property
    def caught_up(self) -> bool:
        """It has applied what was in the topic when that was first looked at. Before that its newest tick is not known:
        of a paced checkpoint it may be in the topic alone."""
        return self.partition.standing.loaded and self._reach is not None and self.partition.position >= self._reach

    @property
    def over(self) -> bool:
        """Nothing of it runs any more."""
        return self._main is None or self._main.done()

    def take(self, record: LogRecord) -> None:
        """A record has arrived."""
        outcome = self.received.put(record)
        if outcome is Received.KEPT:
            self._arrived.set()
        elif outcome is Received.AHEAD:
            if self.gaps.ahead(record.offset):
                name, newest = self.topology.name, self.received.newest
                self._log.warning("%s/%s: %s came after %s", name, self.number, record.offset, newest)
            self._mend()

    def look(self, end: int) -> None:
        """Called now and then with the topic's end: what is in it and does not arrive is asked for."""
        self._reach = end if self._reach is None else self._reach
        newest = self.received.newest
        if end > newest == self._seen and not self.received.full:
            self._log.warning("%s/%s: nothing comes after %s of %s", self.topology.name, self.number, newest, end)
            self._mend()
        self._seen = newest

    def _mend(self) -> None:
        if not self._mending:
            task = asyncio.create_task(self._watched(self.gaps.mend()))
            self._mending.add(task)
            task.add_done_callback(self._mending.discard)

    async def release(self) -> bool:
        """Finish the turn under way, commit what is applied, let go; False where that took longer than it may."""
        self._stopping.set()
        self._over.set()
        self._arrived.set()
        if self._main is None:
            return True
        done, _ = await asyncio.wait({self._main}, timeout=self._settings.release_seconds)
        if not done:
            self._log.error(
                "%s/%s does not settle; whoever has it now refuses its writes", self.topology.name, self.number
            )
        return bool(done)

    def health(self, end: int) -> PartitionHealth:
        return self.progress.health(self.partition, self.received, end, self.stale)

    # --- turns -------------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                if self.received.newest > self.partition.position or await self._rested():
                    await self._step()
            await self._in(self._pools.turns, self._settle)
        finally:
            self._over.set()
            for mending in self._mending:
                mending.cancel()
            await self._beating
            await self._in(self._pools.chores, self._premises.close)

    async def _rested(self) -> bool:
        """Wait for input; True where an idle turn has something to do: points, hops or a checkpoint."""
        unfinished = self._unfinished or not self.partition.settled
        self._arrived.clear()
        if self.received.newest > self.partition.position:
            return True
        try:
            await asyncio.wait_for(self._arrived.wait(), _SHOW if unfinished else _BEAT)
        except TimeoutError:
            self._unfinished = False
            return unfinished
        return False

    async def _step(self) -> None:
        try:
            report, seconds = await self._in(self._pools.turns, self._turn)
        except StaleOwner as lost:
            await self._lost(lost)
            return
        self._unfinished = self._unfinished or report.records > 0
        self.received.release(self.partition.offset)
        self.progress.turned(report, seconds)
        if report.stalled:
            self._log.warning("%s/%s waits: a store or the log failed", self.topology.name, self.number)
        if report.letters:
            self._log.warning("%s dead letters in %s/%s", report.letters, self.topology.name, self.number)
        if (offset := self.received.rewind) is not None:
            self.received.begin(offset)
            await self._broker.seek(self.number, offset)

    def _turn(self) -> tuple[TurnReport, float]:
        start = time.perf_counter()
        report = self.partition.turn()
        if report.idle or start - self._acknowledged >= _BEAT:
            self._acknowledged = start
            try:
                self.partition.acknowledge()
            except TransientError as failure:
                self._log.warning("hops are acknowledged later: %s", failure)
        return report, time.perf_counter() - start

    async def _lost(self, lost: StaleOwner) -> None:
        """Another owner has committed: our cells are void. Still assigned after a while, it was a ghost."""
        self._log.warning("%s/%s: %s", self.topology.name, self.number, lost)
        self.stale, self.stale_owners = True, self.stale_owners + 1
        await self._sleep(self._settings.stale_seconds)
        self.stale = False

    def _settle(self) -> None:
        try:
            while not self.partition.settle():
                while not (report := self.partition.turn()).idle:
                    if report.stalled:
                        raise TransientError("a store or the log failed")
        except (TransientError, StaleOwner) as failure:
            self._log.warning("%s/%s stays at its checkpoint: %s", self.topology.name, self.number, failure)

    # --- beside the turns --------------------------------------------------------------------------------------------

    async def _beat(self) -> None:
        forgot = time.monotonic()
        while not self._over.is_set():
            if time.monotonic() - forgot >= _FORGET:
                forgot = time.monotonic()
                await self._chore(self._forget, self._pools.chores)
            await self._sleep(_BEAT - time.time() % _BEAT)

    def _forget(self) -> None:
        through = self.partition.offset - self._settings.positions
        if through > 0:
            self._premises.world.store.forget(self.topology.name, self.number, through)

    async def _bury(self, letter: DeadLetter) -> None:
        await self._in(self._pools.chores, lambda: self._premises.world.log.bury([letter]))

    async def _chore(self, chore: Callable[[], None], pool: Executor) -> None:
        try:
            await self._in(pool, chore)
        except TransientError as failure:
            self._log.warning("%s/%s: later: %s", self.topology.name, self.number, failure)

    # --- within ------------------------------------------------------------------------------------------------------

    @staticmethod
    async def _in(pool: Executor, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, call)

    async def _sleep(self, seconds: float) -> None:
        """Until then, or until the partition is taken back."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)

    async def _watched(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as failure:
            self._failed(failure)
