"""Log and state store in memory, with the laws of the real ones: for tests and for the test driver."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from telassure.errors import StaleOwner
from telassure.events import CatalogueEntry, DeadLetter
from telassure.ports import Appended, CellRow, Checkpoint, Entry, LogRecord, OutboxRow, Turn


class MemoryLog:
    """An EventLog that lasts as long as the object. Offsets of a partition are 1, 2, 3 …"""

    def __init__(self) -> None:
        self._records: dict[tuple[str, int], list[LogRecord]] = defaultdict(list)
        self._taken: dict[tuple[str, str, str], bytes] = {}
        self.buried: dict[str, DeadLetter] = {}

    def append(self, entries: Sequence[Entry]) -> Appended:
        duplicates, conflicts, fresh = 0, [], []
        seen: dict[tuple[str, str, str], bytes] = {}
        for index, entry in enumerate(entries):
            place = (entry.topology, entry.source, entry.position)
            known = self._taken.get(place) or seen.get(place)
            if known is None:
                seen[place] = entry.digest
                fresh.append(entry)
            elif known == entry.digest:
                duplicates += 1
            else:
                conflicts.append(index)
        for entry in fresh:
            self._take(entry)
        return Appended(len(fresh), duplicates, tuple(conflicts))

    def _take(self, entry: Entry) -> None:
        self._taken[(entry.topology, entry.source, entry.position)] = entry.digest
        records = self._records[(entry.topology, entry.partition)]
        shared = {f.name: getattr(entry, f.name) for f in fields(LogRecord) if f.name != "offset"}
        records.append(LogRecord(offset=len(records) + 1, **shared))

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        found: list[LogRecord] = []
        for record in self._records[(topology, partition)][after : after + records]:
            size -= len(record.payload)
            found.append(record)
            if size <= 0:
                break
        return found

    def end(self, topology: str, partition: int) -> int:
        return len(self._records[(topology, partition)])

    def trim(self, topology: str, partition: int, through: int) -> None:
        records = self._records[(topology, partition)]
        for index in range(min(through, len(records))):
            records[index] = replace(records[index], payload=b"")

    def content(self) -> list[tuple[int, str, str, bytes]]:
        """(partition, source, kind, payload) of every record, by log and offset."""
        logs = sorted(self._records.items())
        return [(place[1], r.source, r.kind, r.payload) for place, records in logs for r in records]

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        self.buried.update((letter.letter_id, letter) for letter in letters)


class MemoryStateStore:
    """A StateStore that lasts as long as the object; `commit` is all or nothing. One may serve several topologies."""

    def __init__(self) -> None:
        self._checkpoints: dict[tuple[str, int], Checkpoint] = {}
        self._cells: dict[tuple[str, int], dict[tuple[str, str], CellRow]] = defaultdict(dict)
        self._catalogue: dict[tuple[str, int], dict[tuple[Any, ...], CatalogueEntry]] = defaultdict(dict)
        self._outbox: dict[str, dict[str, OutboxRow]] = defaultdict(dict)
        self._counters: dict[str, dict[str, int]] = defaultdict(dict)
        self.records: dict[type, dict[str, Any]] = defaultdict(dict)
        self.letters: dict[str, DeadLetter] = {}

    def checkpoint(self, topology: str, partition: int) -> Checkpoint:
        return self._checkpoints.get((topology, partition), Checkpoint(0, b""))

    def cells(self, topology: str, partition: int, operator: str, keys: Sequence[str]) -> Mapping[str, CellRow]:
        rows = self._cells[(topology, partition)]
        return {key: rows[(operator, key)] for key in keys if (operator, key) in rows}

    def stored(self, topology: str, partition: int) -> Sequence[CellRow]:
        """Every cell row of a partition, for the law suite."""
        return list(self._cells[(topology, partition)].values())

    def timers(self, topology: str, partition: int) -> Iterable[tuple[str, str, int]]:
        rows = self._cells[(topology, partition)].values()
        return [(row.operator, row.key, row.wake) for row in rows if row.wake is not None]

    def catalogue(self, topology: str, partition: int) -> Iterable[CatalogueEntry]:
        return list(self._catalogue[(topology, partition)].values())

    def commit(self, turn: Turn) -> None:
        place = (turn.topology, turn.partition)
        if self.checkpoint(*place).offset != turn.expected:
            raise StaleOwner(f"{turn.topology}/{turn.partition} is no longer at offset {turn.expected}")
        self._checkpoints[place] = Checkpoint(turn.offset, turn.clocks)
        for row in turn.cells:
            if row.blob is None:
                self._cells[place].pop((row.operator, row.key), None)
            else:
                self._cells[place][(row.operator, row.key)] = row
        for record in turn.records:
            self.records[type(record)][getattr(record, fields(record)[0].name)] = record
        for entry in turn.catalogue:
            self._catalogue[place][_identity(entry)] = entry
        self.letters.update((letter.letter_id, letter) for letter in turn.letters)
        for sent in turn.outbox:
            self._outbox[turn.topology].setdefault(sent.outbox_id, sent)
        counters = self._counters[turn.topology]
        for name, count in turn.counters.items():
            counters[name] = counters.get(name, 0) + count

    def counters(self, topology: str) -> Mapping[str, int]:
        return dict(self._counters[topology])

    def outbox(self, topology: str, limit: int) -> Sequence[OutboxRow]:
        return list(self._outbox[topology].values())[:limit]

    def acknowledge(self, topology: str, outbox_ids: Sequence[str]) -> None:
        for outbox_id in outbox_ids:
            self._outbox[topology].pop(outbox_id, None)


def _identity(entry: CatalogueEntry) -> tuple[Any, ...]:
    """What makes two catalogue entries the same one: their id, with the version's start or the rule's place."""
    names = {"Tariff": ("tariff_id", "valid_from"), "Policy": ("area", "name", "selector")}
    chosen = names.get(type(entry).__name__, (fields(entry)[0].name,))
    return (type(entry), *(getattr(entry, name) for name in chosen))
