"""The owners' clocks in the store: each checkpoint appends a segment of the owners it touched, old ones are cleaned.

Writing costs what the turn touched, not what the partition holds: a segment is one row of the pseudo-operator "@clock",
the newest entry of an owner counts, and as soon as more than half of what is stored is outdated, the oldest segments
are rewritten into the new one (at most about one entry more for each one written).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgpack

from streams.hosts.partition.owners import Owner, Owners
from telassure.kernel.ports import CellRow, StateStore

CLOCK: Final = "@clock"
_VERSION: Final = 1
_SLACK: Final = 1_000
_CHUNK: Final = 500


class ClockJournal:
    """The segments [first, next) of one partition. Any failure to commit makes this object void: load a new one."""

    def __init__(self, owners: Owners) -> None:
        self.first = 0
        self.next = 0
        self._owners = owners
        self._names: dict[int, list[str]] = {}
        self._stored = 0

    def load(self, store: StateStore, topology: str, partition: int, segments: Sequence[int]) -> None:
        """Fill the owners from the store; later segments win, a tombstone removes."""
        self.first, self.next = segments
        for start in range(self.first, self.next, _CHUNK):
            numbers = range(start, min(start + _CHUNK, self.next))
            rows = store.cells(topology, partition, CLOCK, [str(n) for n in numbers])
            for number in numbers:
                row = rows.get(str(number))
                if row is not None and row.blob is not None:
                    self._read(number, msgpack.unpackb(row.blob))

    def _read(self, number: int, entries: list[list[Any]]) -> None:
        self._names[number] = [entry[0] for entry in entries]
        self._stored += len(entries)
        for name, applied, high, live, newest in entries:
            if newest is None:
                self._owners.by_name.pop(name, None)
                continue
            owner = self._owners.by_name[name] = Owner(name)
            owner.applied, owner.high, owner.live, owner.newest = applied, high, live, newest
            owner.new = False
            owner.segment = number

    def write(self, touched: Iterable[Owner], gone: Iterable[str], offset: int) -> Iterator[CellRow]:
        """The rows that make these owners' clocks durable, with what must be cleaned."""
        number = self.next
        entries: list[list[Any]] = [[name, 0, 0, False, None] for name in gone]
        for owner in touched:
            owner.segment = number
            entries.append(_entry(owner))
        self._stored += len(entries)
        while self._stored > 2 * len(self._owners.by_name) + _SLACK and self.first < number:
            entries.extend(self._clean(number))
            yield CellRow(CLOCK, str(self.first - 1), _VERSION, None, None, offset)
        if entries:
            self._names[number] = [entry[0] for entry in entries]
            self.next = number + 1
            yield CellRow(CLOCK, str(number), _VERSION, msgpack.packb(entries), None, offset)

    def _clean(self, number: int) -> list[list[Any]]:
        """Take the oldest segment away; the entries that are still the newest of their owner."""
        oldest, self.first = self.first, self.first + 1
        names = self._names.pop(oldest, [])
        kept = []
        for name in names:
            owner = self._owners.by_name.get(name)
            if owner is not None and owner.segment == oldest:
                owner.segment = number
                kept.append(_entry(owner))
        self._stored += len(kept) - len(names)
        return kept


def _entry(owner: Owner) -> list[Any]:
    return [owner.name, owner.applied, owner.high, owner.live, owner.newest]
