"""Finds records that a partition has not received although later ones came: asks for them again, or names them lost."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from streams.hosts.faust.backlog import ReceivedLog
from telassure.kernel.errors import TransientError
from telassure.kernel.events import DeadLetter
from telassure.kernel.identity import derive_id
from telassure.kernel.ports import Clock

_log = logging.getLogger(__name__)
T = TypeVar("T")
_TRIES: Final = 5
_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0


class Broker(Protocol):
    """What a host asks of its broker, in log offsets; TransientError where it does not answer."""

    async def seek(self, partition: int, offset: int) -> None:
        """The next record to come is offset + 1."""
        ...

    async def oldest(self, partition: int) -> int:
        """The offset before the first record that the topic still has."""
        ...

    async def ends(self, partitions: Sequence[int]) -> Mapping[int, int]:
        """The highest offset written of each."""
        ...


class LogGaps:
    """Mends one partition's log. What the topic no longer has becomes a dead letter that names the range."""

    def __init__(
        self,
        place: tuple[str, int],
        received: ReceivedLog,
        broker: Broker,
        clock: Clock,
        bury: Callable[[DeadLetter], Awaitable[None]],
    ) -> None:
        self.found = 0
        self._place, self._received, self._broker, self._clock, self._bury = place, received, broker, clock, bury
        self._ahead: int | None = None
        self._tries, self._stood = 0, -1

    def ahead(self, offset: int) -> bool:
        """A record came that is not the next one; is this the first word of the gap before it?"""
        first = self._ahead is None
        self._ahead = offset if self._ahead is None else min(offset, self._ahead)
        self.found += first
        return first

    async def mend(self) -> None:
        """Ask for what is missing once more, or go on without it where the topic does not have it: what several calls
        did not bring is looked up beside the consumer before it is named lost."""
        received = self._received
        self._tries = self._tries + 1 if received.newest == self._stood else 1
        self._stood = received.newest
        await asyncio.sleep(min(_PAUSE * (self._tries - 1), _LONGEST_PAUSE))
        oldest = await self._answered(lambda: self._broker.oldest(self._place[1]))
        if oldest > received.newest:
            await self._lost(oldest, "retention removed them before they were applied; keep topics for longer")
        elif self._tries > _TRIES and self._ahead is not None:
            stored = await self._answered(lambda: asyncio.to_thread(received.stored_after, received.newest))
            if stored is not None and stored > received.newest + 1:
                await self._lost(stored - 1, "the topic has no such records")
        seek = received.newest
        await self._answered(lambda: self._broker.seek(self._place[1], seek))
        self._ahead = None

    async def _lost(self, last: int, why: str) -> None:
        (topology, partition), first = self._place, self._received.newest + 1
        place = f"records {first} to {last}"
        _log.error("%s/%s: %s are lost: %s", topology, partition, place, why)
        letter = DeadLetter(
            letter_id=derive_id("lost", topology, partition, first, last),
            source=f"topic:{topology}/{partition}",
            position=f"{first}-{last}",
            operator="received",
            place=place,
            reason=f"{last - first + 1} records are lost: {why}",
            payload=b"",
            time=self._clock.now(),
        )
        await self._answered(lambda: self._bury(letter))
        self._received.skip(last)

    @staticmethod
    async def _answered(ask: Callable[[], Awaitable[T]]) -> T:
        pause = _PAUSE
        while True:
            try:
                return await ask()
            except TransientError as failure:
                _log.warning("asked again in %s s: %s", pause, failure)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
