"""One receiver's deliveries: what waits is read, tried side by side, and seen off once it was taken or refused."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from bss_sync.outbox.circuit import Circuit
from bss_sync.outbox.queue import NoticeQueue, QueuedNotice
from telassure.kernel.codec import decode
from telassure.kernel.errors import PermanentError, TransientError
from telassure.kernel.events import DeadLetter, Notification
from telassure.kernel.identity import derive_id
from telassure.kernel.ports import Answer, Channel, OutboxRow, Outgoing, Postponed, Refused

OPERATOR: Final = "notify"
MOST: Final = 2_000
"""Notices of one receiver in memory; more stay in the outbox until some of these have left."""
POLL_SECONDS: Final = 1.0
_log = logging.getLogger(__name__)

Told = Callable[[str, Notification, Answer, float], None]  # (receiver, notice, answer, seconds)


@dataclass(frozen=True, slots=True)
class _Ending:
    """A row that its receiver is done with, and the letter where it was refused."""

    outbox_id: str
    letter: DeadLetter | None = None
    queued: QueuedNotice | None = None


@dataclass(slots=True)
class Lane:
    """A receiver's lane; `run` ends soon after `stop` is set, and never by a failure of the receiver or a store.

    `outgoing` by topology. What was taken and could not be seen off, because the process ended or the store was away,
    is told again: the receiver knows it by its id.
    """

    receiver: str
    channel: Channel
    outgoing: Mapping[str, Outgoing]
    elapsed: Callable[[], float]
    parallel: int = 4
    told: Told | None = None
    circuit: Circuit = field(default_factory=Circuit)
    queue: NoticeQueue = field(default_factory=NoticeQueue)
    failure: str = ""
    _endings: dict[str, list[_Ending]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._round()
            self._moved.clear()
            waits = asyncio.create_task(self._moved.wait()), asyncio.create_task(stop.wait())
            await asyncio.wait(waits, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            for each in waits:
                each.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._settle()

    async def drain(self) -> None:
        """Until nothing can be taken now; what a store could not see off is told again by whoever comes next."""
        while await self._round() or self._tasks:
            if self._tasks:
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        await self._settle()

    async def _round(self) -> bool:
        """See off what is done, read what waits, try what may be tried; is there anything left to do now?"""
        await self._settle()
        now = self.elapsed()
        admitted = min(self.parallel - len(self._tasks), self.circuit.admits(now, len(self._tasks)))
        if admitted <= 0:
            return False
        if len(self.queue) < MOST:
            await self._read()
        chosen = self.queue.ready(now, admitted)
        for each in chosen:
            task = asyncio.create_task(self._try(each))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return bool(chosen)

    async def _read(self) -> None:
        for topology, outgoing in self.outgoing.items():
            try:
                rows = await asyncio.to_thread(outgoing.waiting, self.receiver, MOST)
            except TransientError as failure:
                _log.warning("notices of %s are read later: %s", topology, failure)
                continue
            for row in rows:
                self._take(topology, row)

    def _take(self, topology: str, row: OutboxRow) -> None:
        try:
            notice = decode(row.kind, row.payload)
        except PermanentError as broken:
            self._ended(topology, _Ending(row.outbox_id, self._letter(topology, row, str(broken))))
            return
        if isinstance(notice, Notification):
            self.queue.add([QueuedNotice(topology, row, replace(notice, trace=row.trace))])
        else:
            self._ended(topology, _Ending(row.outbox_id, self._letter(topology, row, f"a {row.kind} is no notice")))

    async def _try(self, each: QueuedNotice) -> None:
        began = self.elapsed()
        answer = await self.channel.send(each.notice)
        now = self.elapsed()
        if self.told is not None:
            self.told(self.receiver, each.notice, answer, now - began)
        if isinstance(answer, Postponed):
            self._postponed(each, answer, now)
        else:
            self.circuit.answered()
            self.failure = ""
            self._done(each, answer.reason if isinstance(answer, Refused) else "")
        self._moved.set()

    def _postponed(self, each: QueuedNotice, answer: Postponed, now: float) -> None:
        self.circuit.failed(now, answer.seconds)
        if self.circuit.open and not self.failure:
            _log.warning("the receiver %s is left alone for a while: %s", self.receiver, answer.reason)
        self.failure = answer.reason
        if self.queue.postponed(each, now):
            self._done(each, f"{each.trials} times, while others were taken: {answer.reason}")

    def _done(self, each: QueuedNotice, reason: str) -> None:
        letter = self._letter(each.place, each.row, reason) if reason else None
        self._ended(each.place, _Ending(each.row.outbox_id, letter, each))

    def _ended(self, topology: str, ending: _Ending) -> None:
        self._endings.setdefault(topology, []).append(ending)

    async def _settle(self) -> None:
        """The store first, then memory: what is seen off is not read again."""
        for topology in list(self._endings):
            several = self._endings.pop(topology)
            done, letters = [each.outbox_id for each in several], [each.letter for each in several if each.letter]
            try:
                await asyncio.to_thread(self.outgoing[topology].settle, self.receiver, done, letters)
            except TransientError as failure:
                _log.warning("notices of %s are seen off later: %s", topology, failure)
                self._endings.setdefault(topology, []).extend(several)
                continue
            for each in several:
                if each.queued is not None:
                    self.queue.done(each.queued)

    def _letter(self, topology: str, row: OutboxRow, reason: str) -> DeadLetter:
        """What this receiver does not take; it may be put back into the outbox."""
        return DeadLetter(
            letter_id=derive_id("notice", topology, row.outbox_id, self.receiver),
            source=f"{OPERATOR}:{topology}",
            position=row.position,
            operator=OPERATOR,
            place=self.receiver,
            reason=reason,
            payload=row.payload,
            time=row.created_at,
            kind=row.kind,
        )
