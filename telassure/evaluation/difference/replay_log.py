"""The log of one run over a day: what was recorded, with the hops that this run makes in the place of the recorded."""

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence

from telassure.evaluation.difference.stretch import PIECES, Place, Producer, Stretch, producer_of
from telassure.kernel.events import DeadLetter
from telassure.kernel.instant import Instant
from telassure.kernel.ports import Appended, Entry, LogMark, LogRecord

Named = tuple[Place, str, str]  # the partition that reads it, its source and its position


class HistoryLog:
    """An EventLog in memory of all that was recorded before the day. Hops come as they were recorded; what is appended
    is what they were made of once already."""

    def __init__(self, stretches: Mapping[Place, Stretch], stated: Mapping[Place, Sequence[LogRecord]]) -> None:
        self.stretches = stretches
        self.records = {
            place: sorted([*found.records, *stated.get(place, ())], key=_offset) for place, found in stretches.items()
        }

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        found = self.records[topology, partition]
        start = bisect_right(found, after, key=_offset)
        end = bisect_right(found, self.limit((topology, partition)), key=_offset)
        return found[start : min(start + records, end)]

    def limit(self, place: Place) -> int:
        """The last offset that may be read by now."""
        return self.stretches[place].before

    def append(self, entries: Sequence[Entry]) -> Appended:
        return Appended(len(entries), 0)

    def end(self, topology: str, partition: int) -> int:
        found = self.records[topology, partition]
        return found[-1].offset if found else 0

    def recognise(self, topology: str, partition: int, offset: int, mark: LogMark | None) -> str:
        """It has no identity: it lasts as long as the run."""
        return ""

    def surplus(self, topology: str, partition: int, size: int, before: Instant) -> int:
        """Nothing is too much: see `trim`."""
        return 0

    def trim(self, topology: str, partition: int, through: int) -> None:
        """Everything stays for as long as the run lasts."""

    def prune(self, topology: str, partition: int, keep: int) -> int:
        return 0

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        """No gateway writes here, and no hop meets another at its position."""

    def release(self) -> bool:
        return False


class DayLog(HistoryLog):
    """The day itself. A hop that was recorded keeps its place: nobody reads past it until its producer has come as far
    as when it made it. One that was not recorded comes where its producer's clock belongs, or where its reader is."""

    def __init__(self, stretches: Mapping[Place, Stretch], stated: Mapping[Place, Sequence[LogRecord]]) -> None:
        super().__init__(stretches, stated)
        self._slots: dict[Place, dict[int, Producer]] = {place: {} for place in stretches}
        self._slot_of: dict[Named, int] = {}
        self._taken: set[Named] = set()
        self._read = dict.fromkeys(stretches, 0)
        self._served = dict.fromkeys(stretches, 0)
        self._last: dict[tuple[Place, str], int] = {}
        for place, found in stretches.items():
            self._leave_room(place, found)

    def release(self) -> bool:
        """Nobody moves any more: give up the places that are waited for; were there any?"""
        waiting = any(self._slots.values())
        for slots in self._slots.values():
            slots.clear()
        return waiting

    def limit(self, place: Place) -> int:
        slots = self._slots[place]
        for offset in [each for each, made in slots.items() if self._made(*made)]:
            del slots[offset]
        return min([self.stretches[place].limit, *(offset - 1 for offset in slots)])

    def _made(self, place: Place, offset: int) -> bool:
        """Has a producer come past all of the record at an offset?"""
        found = self.records[place]
        last = bisect_right(found, min(offset + PIECES, self.stretches[place].limit), key=_offset)
        return last == 0 or self._read[place] >= found[last - 1].offset

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        place = (topology, partition)
        self._read[place] = max(after, self._read[place])
        found = super().read(topology, partition, after, records, size)
        if found:
            self._served[place] = max(found[-1].offset, self._served[place])
        return found

    def append(self, entries: Sequence[Entry]) -> Appended:
        for entry in entries:
            place = (entry.topology, entry.partition)
            named = (place, entry.source, entry.position)
            if place in self.stretches and named not in self._taken:
                self._taken.add(named)
                self._put(place, LogRecord(0, entry.kind, entry.payload, entry.source, entry.position, entry.rows))
        return super().append(entries)

    def _leave_room(self, place: Place, found: Stretch) -> None:
        """Take the hops out that this run makes anew; those of the time before are taken already."""
        for index, record in enumerate(found.records):
            made = producer_of(record)
            if made is None:
                continue
            if index < found.start:
                self._taken.add((place, record.source, record.position))
            elif made[0] in self.stretches and made[1] + PIECES > self.stretches[made[0]].before:
                self._slots[place][record.offset] = made
                self._slot_of[place, record.source, record.position] = record.offset
        gone = self._slots[place]
        self.records[place] = [record for record in self.records[place] if record.offset not in gone]

    def _put(self, place: Place, record: LogRecord) -> None:
        made, where = producer_of(record), self._slot_of.get((place, record.source, record.position))
        if made is None:
            return
        if where is None:
            where = self.stretches[place].behind(self.stretches[made[0]].arrival_of(made[1])) + 1
        operator = record.position.partition("/")[0]
        where = max(where, self._served[place] + 1, self._last.get((place, f"{operator} {made[0]}"), 0) + 1)
        found = self.records[place]
        while found[bisect_right(found, where - 1, key=_offset) : bisect_right(found, where, key=_offset)]:
            where += 1
        self._last[place, f"{operator} {made[0]}"] = where
        placed = LogRecord(where, record.kind, record.payload, record.source, record.position, record.rows)
        insort(found, placed, key=_offset)


def _offset(record: LogRecord) -> int:
    return record.offset
