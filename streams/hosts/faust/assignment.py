"""The partitions that a broker has assigned to this process: given out, taken back, watched."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from streams.hosts.faust.gaps import Broker
from streams.hosts.faust.health import HostHealth, stuck
from streams.hosts.faust.premises import HostSettings, Pools, Premises
from streams.hosts.faust.runner import Runner
from streams.hosts.faust.ticker import Ticker
from streams.topology import Topology
from telassure.kernel.errors import TelassureError, TransientError
from telassure.kernel.ports import LogRecord

_log = logging.getLogger(__name__)
_WATCH: Final = 5.0
_BEAT: Final = 1.0
_CHORES: Final = 2
STUCK: Final = 70  # the exit code of a process that ends itself because it is stuck


class Stuck(TelassureError):
    """A partition has input and applies nothing, or a rebalance does not end: a new process may do better."""


def end_process(code: int) -> None:
    """At once: what hangs in a thread would keep an orderly end waiting."""
    logging.shutdown()
    os._exit(code)


class Assignment:
    """Runners by partition. `failed` is done when something unknown has gone wrong: the process has to end."""

    def __init__(
        self,
        topology: Topology,
        open_premises: Callable[[int], Premises],
        broker: Broker,
        settings: HostSettings,
        end: Callable[[int], None] = end_process,
    ) -> None:
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._topology, self._open, self._broker = topology, open_premises, broker
        self._settings, self._end = settings, end
        self._turns = ThreadPoolExecutor(settings.threads, f"{topology.name}-turn")
        self._chores = ThreadPoolExecutor(_CHORES, f"{topology.name}-chore")
        self._clock = ThreadPoolExecutor(1, f"{topology.name}-clock")
        self._log = logging.LoggerAdapter(_log, {"topology": topology.name})
        self._runners: dict[int, Runner] = {}
        self._ends: Mapping[int, int] = {}
        self._assigning: float | None = time.monotonic()
        self._hanging: list[Runner] = []
        self._left: dict[int, int] = {}
        self._closing = False
        self._epoch = self._gaps = self._stale_owners = self._rebalances = 0

    # --- what the broker tells ---------------------------------------------------------------------------------------

    async def assign(self, partitions: Collection[int]) -> Mapping[int, int]:
        """Start what is not running yet; the offset after which each partition's records are to come.

        A `revoke` that comes before this has ended takes back what it has started.
        """
        self._epoch += 1
        epoch = self._epoch
        await self._release([number for number in self._runners if number not in partitions])
        for number in partitions:
            if number not in self._runners:
                await self._start(number, epoch)
        if epoch == self._epoch:
            self._left.clear()
            self._assigning, self._rebalances = None, self._rebalances + 1
            self._log.info("%s has partitions %s", self._topology.name, sorted(self._runners))
        return self.positions()

    async def revoke(self) -> None:
        """Settle and let go of everything, to be assigned anew."""
        self._epoch += 1
        self._assigning = self._assigning or time.monotonic()
        await self._release(list(self._runners))

    def take(self, partition: int, record: LogRecord) -> None:
        """A record has arrived; of a partition that was taken back it is dropped: its next owner receives it again."""
        runner = self._runners.get(partition)
        if runner is not None:
            runner.take(record)

    def full(self) -> set[int]:
        """The partitions with so much unapplied that nothing more of them should be fetched."""
        received = {number: runner.received for number, runner in self._runners.items()}
        held = sum(log.size for log in received.values())
        share = self._settings.held_bytes // max(1, len(received)) if held >= self._settings.held_bytes else held + 1
        return {number for number, log in received.items() if log.full or log.size >= share}

    @property
    def unsettled(self) -> int:
        """Turns that hang in a thread although their partition was taken back."""
        self._hanging = [runner for runner in self._hanging if not runner.over]
        return len(self._hanging)

    def positions(self) -> Mapping[int, int]:
        """The offset received through of each partition at work."""
        return {number: runner.received.newest for number, runner in self._runners.items() if runner.begun}

    def durable(self) -> Mapping[int, int]:
        """The offset applied and committed through of each partition at work, or let go since the last `assign`."""
        running = {number: runner.received.durable for number, runner in self._runners.items() if runner.begun}
        return {**self._left, **running}

    async def failure(self) -> None:
        """Raises what ends the process."""
        await self.failed

    async def close(self) -> None:
        """Settle everything; no thread is left."""
        self._closing = True
        await self.revoke()
        for pool in (self._turns, self._chores, self._clock):
            pool.shutdown(wait=False, cancel_futures=True)

    # --- watched -----------------------------------------------------------------------------------------------------

    def health(self) -> HostHealth:
        runners = list(self._runners.values())
        return HostHealth(
            topology=self._topology.name,
            partitions=tuple(runner.health(self._ends.get(runner.number, 0)) for runner in runners),
            assigning=0.0 if self._assigning is None else time.monotonic() - self._assigning,
            gaps=self._gaps + sum(runner.gaps.found for runner in runners),
            stale_owners=self._stale_owners + sum(runner.stale_owners for runner in runners),
            rebalances=self._rebalances,
        )

    async def watch(self) -> None:
        """Again and again: how far are the topics, and does everything move? What does not ends the process."""
        while True:
            try:
                self._ends = await self._broker.ends(list(self._runners))
            except TransientError as failure:
                self._log.warning("%s: lag is not known: %s", self._topology.name, failure)
            for number, runner in self._runners.items():
                if runner.begun:
                    runner.look(self._ends.get(number, 0))
            if reason := stuck(self.health(), self._settings.stuck_seconds):
                self._log.critical("%s is stuck and ends: %s", self._topology.name, reason)
                self._end(STUCK)
                raise Stuck(reason)
            await asyncio.sleep(min(_WATCH, self._settings.stuck_seconds / 4))

    async def beat(self) -> None:
        """Once a second a tick into every partition at work, until closed; in a thread that waits for nothing else."""
        ticker, loop = Ticker(self._topology.name, self._settings), asyncio.get_running_loop()
        while not self._closing:
            ready = {n: runner for n, runner in self._runners.items() if runner.caught_up}
            worlds = {number: (runner.world, runner.partition.ticked) for number, runner in ready.items()}
            try:
                await loop.run_in_executor(self._clock, ticker.tick, worlds)
            except TransientError as failure:
                self._log.warning("%s: no ticks: %s", self._topology.name, failure)
            await asyncio.sleep(_BEAT - time.time() % _BEAT)
        await self.failed

    # --- within ------------------------------------------------------------------------------------------------------

    async def _start(self, number: int, epoch: int) -> None:
        loop, pools = asyncio.get_running_loop(), Pools(self._turns, self._chores)
        if epoch != self._epoch:
            return
        premises = await loop.run_in_executor(self._chores, self._open, number)
        if epoch != self._epoch:
            await loop.run_in_executor(self._chores, premises.close)
            return
        runner = Runner((self._topology, number), premises, self._settings, self._broker, pools, self._fail)
        self._runners[number] = runner
        await runner.begin()

    async def _release(self, numbers: Collection[int]) -> None:
        gone = [self._runners.pop(number) for number in numbers]
        settled = await asyncio.gather(*(runner.release() for runner in gone))
        self._hanging += [runner for runner, done in zip(gone, settled, strict=True) if not done]
        self._left |= {runner.number: runner.partition.offset for runner in gone if runner.begun}
        self._gaps += sum(runner.gaps.found for runner in gone)
        self._stale_owners += sum(runner.stale_owners for runner in gone)

    def _fail(self, failure: BaseException) -> None:
        if not self.failed.done():
            self.failed.set_exception(failure)
