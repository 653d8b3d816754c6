"""Sends lines to InfluxDB in the order they came, in batches, from a bounded queue and a thread of its own."""

import logging
from collections import deque
from collections.abc import Sequence
from threading import Condition, Thread
from typing import Final, Protocol

from telassure.kernel.errors import TelassureError, TransientError
from telassure.store.metrics_influx.server import LinesRefused

BATCH: Final = 10_000  # lines of one request, about 1.5 MB before compression
_PIECES: Final = 200  # requests spent on finding the lines of one batch that the server refuses
_log = logging.getLogger(__name__)


class LineServer(Protocol):
    """What takes lines: see InfluxServer.write."""

    def write(self, lines: Sequence[bytes]) -> int: ...


class Sender:
    """At most `waiting` batches wait; `put` waits `patience` seconds for room.

    What failed stays at the head of the queue and is tried again once somebody has been told (`put` and `drain` raise
    it, once a failure). A line that the server refuses for good is taken out of its batch, kept in `refused`, and told
    as a TransientError: the caller's replay brings the line again and finds it there.
    """

    def __init__(self, server: LineServer, waiting: int = 8, patience: float = 30.0) -> None:
        self._server, self._waiting, self._patience = server, waiting, patience
        self._queue: deque[list[bytes]] = deque()
        self._changed = Condition()
        self._failure: TelassureError | None = None
        self._thread: Thread | None = None
        self._closing = False
        self.refused: set[bytes] = set()
        self.expired = 0  # points that the bucket's own retention let go as they came

    def put(self, batch: list[bytes]) -> None:
        """Queue a batch. TransientError where there is no room; then it was not taken."""
        with self._changed:
            self._start()
            if not self._changed.wait_for(lambda: len(self._queue) < self._waiting or self._failure, self._patience):
                raise TransientError(f"InfluxDB takes points slower than they come: {len(self._queue)} batches wait")
            self._tell()
            self._queue.append(batch)
            self._changed.notify_all()

    def drain(self) -> None:
        """Return when the server has acknowledged everything that was put; raises what stopped it."""
        with self._changed:
            self._changed.wait_for(lambda: not self._queue or self._failure is not None)
            self._tell()

    def close(self) -> None:
        """End the thread; what still waits is gone, and a replay brings it again."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _tell(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            self._changed.notify_all()  # the thread tries again
            raise failure

    def _start(self) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._run, name="influx-sender", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            failure: TelassureError | None = None
            try:
                self._send(batch)
            except TelassureError as error:
                failure = error
            except Exception as error:  # a defect of the client's: told like any failure, never the end of the thread
                failure = TransientError(f"InfluxDB: {error!r}")
            with self._changed:
                if failure is None:
                    self._queue.popleft()
                self._failure = failure
                self._changed.notify_all()

    def _next(self) -> list[bytes] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closing or (self._queue and self._failure is None))
            return None if self._closing else self._queue[0]

    def _send(self, batch: list[bytes]) -> None:
        """Send a batch whole, else in halves of halves without the lines that are refused; what is sent leaves it."""
        found: list[bytes] = []
        reason, pieces, spent = "", [list(batch)], 0
        while pieces and spent < _PIECES:
            piece, spent = pieces.pop(), spent + 1
            try:
                self.expired += self._server.write(piece) if piece else 0
            except LinesRefused as refused:
                reason = str(refused)
                if len(piece) == 1:
                    found += piece
                else:
                    pieces += [piece[len(piece) // 2 :], piece[: len(piece) // 2]]
        batch[:] = [line for piece in reversed(pieces) for line in piece]
        if found:
            self.refused.update(found)
            _log.error("InfluxDB refuses %d points for good: %s", len(found), reason)
        if found or batch:
            raise TransientError(f"{reason}; {len(found)} lines were taken out, and the replay gives them back")
