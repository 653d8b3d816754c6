"""Every receiver's lane, side by side: a slow or broken one holds up no other and nothing else of the system."""

import asyncio
import time
from collections.abc import Callable, Mapping
from threading import Event
from typing import Final

from bss_sync.clients.webhook import Receiver, Webhook
from bss_sync.outbox.lane import Lane, Told
from telassure.kernel.events import Notification
from telassure.kernel.ports import Answer, Delivered, Outgoing

_LOOK_SECONDS: Final = 0.2
STORED: Final = "stored"
"""The receiver where none is configured: the notification record, which commits with its ticket, is all there is."""


class StoredChannel:
    """Nothing leaves the system."""

    async def send(self, notice: Notification) -> Answer:
        return Delivered()


def receivers_of(named: Mapping[str, Receiver]) -> tuple[str, ...]:
    """Who every notice goes to."""
    return tuple(named) or (STORED,)


class Delivery:
    """Takes the notices of some topologies to all receivers, until told to stop or as long as they can be taken."""

    def __init__(
        self,
        outgoing: Mapping[str, Outgoing],
        named: Mapping[str, Receiver],
        told: Told | None = None,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._webhooks = {name: Webhook(receiver) for name, receiver in named.items()}
        self.lanes = [
            Lane(name, self._webhooks[name], outgoing, elapsed, receiver.parallel, told)
            for name, receiver in named.items()
        ] or [Lane(STORED, StoredChannel(), outgoing, elapsed, told=told)]

    def run(self, stop: Event, beat: Callable[[], None] = lambda: None) -> None:
        """Blocks until `stop` is set and what is under way has been answered; `beat` is called each time it looks."""
        asyncio.run(self._run(stop, beat))

    def drain(self) -> None:
        """Until nothing waits but for receivers that do not take it now."""
        asyncio.run(self._drain())

    async def _run(self, stop: Event, beat: Callable[[], None]) -> None:
        over = asyncio.Event()
        lanes = [asyncio.create_task(lane.run(over)) for lane in self.lanes]
        try:
            while not stop.is_set() and not any(lane.done() for lane in lanes):
                beat()
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            stop.set()
            over.set()
            await self._gathered(*lanes)

    async def _drain(self) -> None:
        await self._gathered(*(lane.drain() for lane in self.lanes))

    async def _gathered(self, *work: "asyncio.Future[None] | asyncio.Task[None] | object") -> None:
        try:
            await asyncio.gather(*work)  # type: ignore[arg-type]  # tasks and coroutines alike
        finally:
            for webhook in self._webhooks.values():
                await webhook.close()
