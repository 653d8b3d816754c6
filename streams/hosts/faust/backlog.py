"""What one partition has received from a broker and not yet committed, read as an event log."""

import logging
from bisect import bisect_right
from collections.abc import Sequence
from enum import Enum
from threading import Lock
from typing import Final

from telassure.kernel.errors import PermanentError, TransientError
from telassure.kernel.events import DeadLetter
from telassure.kernel.instant import Instant
from telassure.kernel.ports import Appended, Entry, EventLog, LogMark, LogRecord

_log = logging.getLogger(__name__)
_OVERHEAD: Final = 512  # bytes of a record in memory beside its payload


class Received(Enum):
    """What became of a record that arrived: kept, known already, or ahead of records that have not come."""

    KEPT = "kept"
    KNOWN = "known"
    AHEAD = "ahead"


class ReceivedLog:
    """The EventLog of one partition: reads what arrived, in offset order without a gap; writes go to the port.

    Everything above the durable offset stays, so that the partition may go back to its checkpoint. `size` counts the
    bytes kept; who receives stops asking for more while `full`. Safe between the loop that receives and the
    thread that reads.
    """

    def __init__(self, topology: str, partition: int, port: EventLog, room: int) -> None:
        self.size = 0
        self.newest = 0  # received through, with no gap
        self.durable = 0  # forgotten through
        self.rewind: int | None = None  # where a reader went back to what is forgotten
        self._topology, self._partition, self._port, self._room = topology, partition, port, room
        self._offsets: list[int] = []
        self._records: list[LogRecord] = []
        self._lock = Lock()

    @property
    def full(self) -> bool:
        return self.size >= self._room

    def begin(self, offset: int) -> None:
        """Empty, with the next record to come at offset + 1."""
        with self._lock:
            self._offsets.clear()
            self._records.clear()
            self.size, self.newest, self.durable, self.rewind = 0, offset, offset, None

    def put(self, record: LogRecord) -> Received:
        """Keep the record where it is the next one."""
        with self._lock:
            if record.offset <= self.newest:
                return Received.KNOWN
            if record.offset > self.newest + 1:
                return Received.AHEAD
            self._offsets.append(record.offset)
            self._records.append(record)
            self.newest = record.offset
            self.size += len(record.payload) + _OVERHEAD
            return Received.KEPT

    def skip(self, through: int) -> None:
        """No record up to here will ever come."""
        with self._lock:
            self.newest = max(self.newest, through)

    def release(self, durable: int) -> None:
        """Forget what is durable."""
        with self._lock:
            gone = bisect_right(self._offsets, durable)
            self.size -= sum(len(record.payload) + _OVERHEAD for record in self._records[:gone])
            del self._offsets[:gone], self._records[:gone]
            self.durable = max(self.durable, min(durable, self.newest))

    def stored_after(self, offset: int) -> int | None:
        """The offset of the next record that the port has, read beside what is received; None where it has none, or one
        that it cannot read, such as a message of somebody else."""
        try:
            found = self._port.read(self._topology, self._partition, offset, 1, 1)
        except PermanentError as unreadable:
            _log.warning("%s/%s after %s: %s", self._topology, self._partition, offset, unreadable)
            return None
        return found[0].offset if found else None

    # --- the event log -----------------------------------------------------------------------------------------------

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        """As any log; TransientError where the reader went back behind what is kept (`rewind` then says where to)."""
        self._own(topology, partition)
        with self._lock:
            if after < self.durable:
                self.rewind = after
                raise TransientError(f"{topology}/{partition} is received again from offset {after}")
            first = bisect_right(self._offsets, after)
            found = self._records[first : first + records]
        for count, record in enumerate(found, start=1):
            size -= len(record.payload)
            if size <= 0:
                return found[:count]
        return found

    def end(self, topology: str, partition: int) -> int:
        self._own(topology, partition)
        return self.newest

    def recognise(self, topology: str, partition: int, offset: int, mark: LogMark | None) -> str:
        return self._port.recognise(topology, partition, offset, mark)

    def trim(self, topology: str, partition: int, through: int) -> None:
        self._own(topology, partition)
        self.release(through)

    def surplus(self, topology: str, partition: int, size: int, before: Instant) -> int:
        """Nothing: the topic's retention bounds what is kept, and what waits here is bounded by its bytes."""
        self._own(topology, partition)
        return 0

    def prune(self, topology: str, partition: int, keep: int) -> int:
        """The positions are the publisher's and the state store's affair."""
        del keep
        self._own(topology, partition)
        return 0

    def append(self, entries: Sequence[Entry]) -> Appended:
        return self._port.append(entries)

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        self._port.bury(letters)

    def _own(self, topology: str, partition: int) -> None:
        if (topology, partition) != (self._topology, self._partition):
            raise ValueError(f"{topology}/{partition} is not received here, only {self._topology}/{self._partition}")
