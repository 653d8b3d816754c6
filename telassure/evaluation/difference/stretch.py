"""The stretch of one partition's log that is a day, with room between its records for what is put there anew."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from streams.hosts.partition.effects import HOP
from telassure.evaluation.difference.arrival import arrivals, read_record
from telassure.kernel.codec import encode
from telassure.kernel.feeds import RECORDED
from telassure.kernel.instant import Instant
from telassure.kernel.ports import LogRecord

SPACE: Final = 1 << 20  # offsets of a replay that one offset of the log spans
PIECES: Final = 3 * SPACE // 4  # of one envelope lie within this of its offset: before, in and behind the day
Place = tuple[str, int]  # (topology, partition)
Producer = tuple[Place, int]  # the partition that makes a hop, and the offset of which it makes it


@dataclass(frozen=True)
class Stretch:
    """Records with their offsets spread by SPACE, and their arrivals. Those before `start` make the state from which
    the day begins; the day is from the record at `start` to the last. What lies behind it is left out."""

    records: Sequence[LogRecord]
    arrived: Sequence[Instant]
    start: int

    @property
    def before(self) -> int:
        """The last offset before the day: what is stated beforehand lies up to here."""
        last = self.records[-1].offset if self.records else 0
        first = self.records[self.start].offset if self.start < len(self.records) else last + SPACE
        return first - SPACE // 8

    @property
    def limit(self) -> int:
        """The last offset of the day."""
        last = self.records[-1].offset if self.records else 0
        return max(last, self.before) + SPACE // 8 - 1

    def behind(self, at: Instant) -> int:
        """The offset behind which something of the day belongs that arrives at an instant."""
        later = (index for index in range(self.start, len(self.records)) if self.arrived[index] > at)
        index = next(later, len(self.records))
        return max(self.records[index - 1].offset if index else 0, self.before + SPACE // 16)

    def arrival_of(self, offset: int) -> Instant:
        """When the record at an offset, or the last before it, arrived."""
        return self.arrived[max(0, bisect_right(self.records, offset, key=lambda record: record.offset) - 1)]


def stretch(records: Sequence[LogRecord], begin: Instant, end: Instant) -> Stretch:
    """The day [begin, end) of a partition: from the first of its records to the last, with all that lies between."""
    pieces = [piece for record in records for piece in _cut(_spread(record), begin, end)]
    arrived = np.fromiter(arrivals(pieces), np.int64, len(pieces))
    within = np.flatnonzero((arrived >= begin) & (arrived < end))
    before = int(np.count_nonzero(np.maximum.accumulate(arrived) < begin)) if len(arrived) else 0
    start, stop = (int(within[0]), int(within[-1]) + 1) if len(within) else (before, before)
    return Stretch(pieces[:stop], arrived[:stop].tolist(), start)


def _cut(record: LogRecord, begin: Instant, end: Instant) -> Iterator[LogRecord]:
    """A recorded envelope whose rows lie on both sides of the day's bounds, in its parts; any other record as it is. To
    operators it is all one how rows come in envelopes."""
    if record.rows == 1 or record.source.startswith(HOP):
        yield record
        return
    event = read_record(record)
    if not hasattr(event, "take") or not event.feed.startswith(RECORDED) or len(event) == 0:
        yield record
        return
    side = np.searchsorted([begin, end], event.time, side="right")
    for part in np.unique(side).tolist() if side.min() != side.max() else ():
        rows = np.flatnonzero(side == part)
        _, payload = encode(event.take(rows))
        yield replace(record, offset=record.offset + part * SPACE // 4, payload=payload, rows=len(rows))
    if side.min() == side.max():
        yield record


def producer_of(record: LogRecord) -> Producer | None:
    """Who made a hop, by its position "operator/partition/offset/owner/index"; None of what is no hop."""
    if not record.source.startswith(HOP):
        return None
    _, partition, offset, _ = record.position.split("/", 3)
    return (record.source.removeprefix(HOP), int(partition)), int(offset)


def _spread(record: LogRecord) -> LogRecord:
    """A record with its offset spread; of a hop also the offset that its position names."""
    position = record.position
    if record.source.startswith(HOP):
        operator, partition, offset, rest = position.split("/", 3)
        position = f"{operator}/{partition}/{int(offset) * SPACE}/{rest}"
    return replace(record, offset=record.offset * SPACE, position=position)
