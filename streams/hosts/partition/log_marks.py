"""What a checkpoint says of the log it was made from: whose it was, and the checksum of what was read of it."""

from collections import deque

from telassure.kernel.ports import LogMark, LogRecord


class LogMarks:
    """Remembers the checksum of each record that is not durable yet. A log without an identity has no marks."""

    def __init__(self, identity: str, offset: int, stored: LogMark | None) -> None:
        known = stored is not None and stored.identity == identity
        self._last = (stored.offset, stored.chain) if stored is not None and known else (offset, b"")
        self._identity = identity
        self._read: deque[tuple[int, bytes]] = deque()

    def read(self, record: LogRecord) -> None:
        if self._identity:
            self._read.append((record.offset, record.chain))

    def through(self, offset: int) -> LogMark | None:
        """The mark of a checkpoint at this offset; what is before it is forgotten."""
        while self._read and self._read[0][0] <= offset:
            self._last = self._read.popleft()
        return LogMark(self._identity, *self._last) if self._identity else None
