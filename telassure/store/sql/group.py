"""Group commit: small appends of many threads become durable together, each with its own answer."""

from collections.abc import Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import Final, Protocol, TypeAlias

from telassure.kernel.errors import TransientError
from telassure.kernel.events import DeadLetter
from telassure.kernel.instant import Instant
from telassure.kernel.ports import Appended, Entry, EventLog, LogMark, LogRecord

LINGER_SECONDS: Final = 0.002  # with the commit itself this stays within 5 ms
_MOST: Final = 512  # callers in one transaction


class GroupLog(EventLog, Protocol):
    """A log that takes the batches of several callers in one transaction."""

    def append_all(self, batches: Sequence[Sequence[Entry]]) -> Sequence[Appended]: ...


_Waiting: TypeAlias = "tuple[Sequence[Entry], Future[Appended]]"


class GroupAppender:
    """An EventLog over a GroupLog: `append` waits for the transaction that other threads' entries share.

    Where that transaction fails for good, each batch is tried alone, so that a bad one harms no other.
    """

    def __init__(self, log: GroupLog, linger: float = LINGER_SECONDS) -> None:
        self._log = log
        self._linger = linger
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._gate = Lock()
        self._closed = False
        self._thread = Thread(target=self._run, name="group-commit", daemon=True)
        self._thread.start()

    def append(self, entries: Sequence[Entry]) -> Appended:
        """Durable when it returns; TransientError after `close`."""
        answer: Future[Appended] = Future()
        with self._gate:
            if self._closed:
                raise TransientError("the log is closing; send it again to the next instance")
            self._queue.put((entries, answer))
        return answer.result()

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        return self._log.read(topology, partition, after, records, size)

    def end(self, topology: str, partition: int) -> int:
        return self._log.end(topology, partition)

    def recognise(self, topology: str, partition: int, offset: int, mark: LogMark | None) -> str:
        return self._log.recognise(topology, partition, offset, mark)

    def trim(self, topology: str, partition: int, through: int) -> None:
        self._log.trim(topology, partition, through)

    def surplus(self, topology: str, partition: int, size: int, before: Instant) -> int:
        return self._log.surplus(topology, partition, size, before)

    def prune(self, topology: str, partition: int, keep: int) -> int:
        return self._log.prune(topology, partition, keep)

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        self._log.bury(letters)

    def close(self) -> None:
        """Finish what was accepted, then stop; the log underneath stays open."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            group, last = self._gather(first)
            self._commit(group)
            if last:
                return

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """Who else comes before the linger is over; and whether the appender is closing."""
        group = [first]
        deadline = monotonic() + self._linger
        while len(group) < _MOST:
            try:
                further = self._queue.get(timeout=max(0.0, deadline - monotonic()))
            except Empty:
                return group, False
            if further is None:
                return group, True
            group.append(further)
        return group, False

    def _commit(self, group: Sequence[_Waiting]) -> None:
        try:
            answers = self._log.append_all([entries for entries, _ in group])
        except Exception as error:  # the threads that wait must hear of it, whatever it is
            if len(group) == 1 or isinstance(error, TransientError):
                for _, answer in group:
                    answer.set_exception(error)
                return
            for waiting in group:
                self._commit([waiting])
            return
        for (_, answer), appended in zip(group, answers, strict=True):
            answer.set_result(appended)
