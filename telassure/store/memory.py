"""Log and state store in memory, with the laws of the real ones: for tests and for the test driver."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from itertools import islice
from threading import Lock
from typing import Any, Final

from telassure.kernel.errors import LogMismatch, StaleOwner
from telassure.kernel.events import CatalogueEntry, DeadLetter, PolicyValue, Tariff
from telassure.kernel.instant import Duration, Instant
from telassure.kernel.kept import BusinessRecord, kept_as
from telassure.kernel.ports import (
    FEED,
    TICK,
    Appended,
    Archiving,
    CellRow,
    Checkpoint,
    Claim,
    Entry,
    LogMark,
    LogRecord,
    OutboxRow,
    Taken,
    Turn,
)


class MemoryLog:
    """An EventLog that lasts as long as the object. Offsets of a partition are 1, 2, 3 …"""

    def __init__(self) -> None:
        self._records: dict[tuple[str, int], list[LogRecord]] = defaultdict(list)
        self._taken: dict[tuple[str, str, str], bytes] = {}
        self.buried: dict[str, DeadLetter] = {}

    def append(self, entries: Sequence[Entry]) -> Appended:
        repeats: list[int] = []
        conflicts: list[int] = []
        fresh: list[Entry] = []
        seen: dict[tuple[str, str, str], bytes] = {}
        for index, entry in enumerate(entries):
            place = (entry.topology, entry.source, entry.position)
            known = self._taken.get(place) or seen.get(place)
            if known is None:
                seen[place] = entry.digest
                fresh.append(entry)
            else:
                (repeats if known == entry.digest else conflicts).append(index)
        for entry in fresh:
            self._take(entry)
        return Appended(len(fresh), len(repeats), tuple(conflicts), tuple(repeats))

    def _take(self, entry: Entry) -> None:
        self._taken[(entry.topology, entry.source, entry.position)] = entry.digest
        records = self._records[(entry.topology, entry.partition)]
        shared = {f.name: getattr(entry, f.name) for f in fields(LogRecord) if f.name not in ("offset", "chain")}
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

    def recognise(self, topology: str, partition: int, offset: int, mark: LogMark | None) -> str:
        """It has no identity; it lasts as long as those who read it."""
        if offset > self.end(topology, partition):
            raise LogMismatch(f"{topology}[{partition}] ends before {offset}: keep the log for as long as its readers")
        return ""

    def trim(self, topology: str, partition: int, through: int) -> None:
        records = self._records[(topology, partition)]
        for index in range(min(through, len(records))):
            records[index] = replace(records[index], payload=b"")

    def surplus(self, topology: str, partition: int, size: int, before: Instant) -> int:
        records, old = self._records[(topology, partition)], 0
        for record in reversed(records):
            size -= len(record.payload)
            if size < 0 and record.payload:
                old = record.offset
                break
        ticks = (each for each in records if each.source == TICK and int(each.position.partition("/")[0]) < before)
        return max(old, *(each.offset for each in ticks), 0)

    def prune(self, topology: str, partition: int, keep: int) -> int:
        """Forget the positions of trimmed records (their payload is empty) before the newest `keep`, and of ticks."""
        records = self._records[(topology, partition)]
        gone = 0
        for record in records:
            if record.payload:
                break
            if record.offset <= len(records) - keep or record.source == TICK:
                gone += self._taken.pop((topology, record.source, record.position), None) is not None
        return gone

    def content(self) -> list[tuple[int, str, str, bytes]]:
        """(partition, source, kind, payload) of every record, by log and offset."""
        logs = sorted(self._records.items())
        return [(place[1], r.source, r.kind, r.payload) for place, records in logs for r in records]

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        self.buried.update((letter.letter_id, letter) for letter in letters)


class MemoryPositionLedger:
    """A PositionLedger that lasts as long as the object, for one thread. `now` is the wall clock of its claims."""

    def __init__(self, now: Callable[[], Instant] = lambda: time.time_ns() // 1_000) -> None:
        self._taken: dict[tuple[str, str, str], tuple[bytes, Instant]] = {}
        self._now = now
        self.buried: dict[str, DeadLetter] = {}

    @contextmanager
    def claiming(self, batches: Sequence[Sequence[Entry]]) -> Iterator[Claim]:
        known = {place: digest for place, (digest, _) in self._taken.items()}
        fresh: list[Entry] = []
        answers = [self._admit(batch, known, fresh) for batch in batches]
        yield Claim(answers, fresh)
        at = self._now()
        self._taken.update({(e.topology, e.source, e.position): (e.digest, at) for e in fresh})

    @staticmethod
    def _admit(batch: Sequence[Entry], known: dict[tuple[str, str, str], bytes], fresh: list[Entry]) -> Appended:
        repeats: list[int] = []
        conflicts: list[int] = []
        for index, entry in enumerate(batch):
            place = (entry.topology, entry.source, entry.position)
            if place not in known:
                known[place] = entry.digest
                fresh.append(entry)
            else:
                (repeats if known[place] == entry.digest else conflicts).append(index)
        accepted = len(batch) - len(repeats) - len(conflicts)
        return Appended(accepted, len(repeats), tuple(conflicts), tuple(repeats))

    def prune(self, topology: str, before: Instant) -> int:
        old = [place for place, (_, at) in self._taken.items() if place[0] == topology and at < before]
        for place in old:
            del self._taken[place]
        return len(old)

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        self.buried.update((letter.letter_id, letter) for letter in letters)

    def close(self) -> None:
        """Nothing is held open."""


_GATE: Final = Lock()
"""Of all stores together: one may be copied, and a lock may not."""


class MemoryStateStore:
    """A StateStore that lasts as long as the object; `commit` is all or nothing, one at a time. One may serve several
    topologies, and the threads of their partitions."""

    def __init__(self) -> None:
        self._checkpoints: dict[tuple[str, int], Checkpoint] = {}
        self._cells: dict[tuple[str, int], dict[tuple[str, str], CellRow]] = defaultdict(dict)
        self._catalogue: dict[tuple[str, int], dict[tuple[Any, ...], CatalogueEntry]] = defaultdict(dict)
        self._outbox: dict[str, dict[str, tuple[int, OutboxRow]]] = defaultdict(dict)
        self._taken: dict[tuple[str, int], dict[tuple[str, str], Taken]] = defaultdict(dict)
        self._counters: dict[str, dict[str, int]] = defaultdict(dict)
        self._feeds: dict[str, dict[str, Instant]] = defaultdict(dict)
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
        with _GATE:
            self._commit(turn)

    def _commit(self, turn: Turn) -> None:
        place = (turn.topology, turn.partition)
        if self.checkpoint(*place).offset != turn.expected:
            raise StaleOwner(f"{turn.topology}/{turn.partition} is no longer at offset {turn.expected}")
        # What a strange turn can make fail comes first; from `checkpoints` on nothing does.
        cells = {(row.operator, row.key): row for row in turn.cells}
        records = [(type(record), getattr(record, kept_as(type(record)).identity), record) for record in turn.records]
        catalogue = {_identity(entry): entry for entry in turn.catalogue}
        letters = {letter.letter_id: letter for letter in turn.letters}
        outbox = {sent.outbox_id: (turn.partition, sent) for sent in turn.outbox}
        taken = {(each.source, each.position): each for each in turn.taken}
        counters, feeds = self._counted(turn)
        self._checkpoints[place] = Checkpoint(turn.offset, turn.clocks, turn.mark)
        self._cells[place].update(cells)
        for key in [key for key, row in cells.items() if row.blob is None]:
            del self._cells[place][key]
        for kind, identity, record in records:
            self.records[kind][identity] = record
        self._catalogue[place].update(catalogue)
        self.letters.update(letters)
        self._taken[place] = taken | self._taken[place]
        self._outbox[turn.topology] = self._outbox[turn.topology] | {
            sent: row for sent, row in outbox.items() if sent not in self._outbox[turn.topology]
        }
        self._counters[turn.topology], self._feeds[turn.topology] = counters, feeds

    def _counted(self, turn: Turn) -> tuple[dict[str, int], dict[str, Instant]]:
        """The topology's counters after a turn, which add up, and its feeds, of which the newest time counts."""
        counters, feeds = dict(self._counters[turn.topology]), dict(self._feeds[turn.topology])
        if turn.cured is not None:
            feeds = {feed: min(newest, turn.cured) for feed, newest in feeds.items()}
        for name, count in turn.counters.items():
            if name.startswith(FEED):
                feed = name.removeprefix(FEED)
                feeds[feed] = max(count, feeds.get(feed, count))
            else:
                counters[name] = counters.get(name, 0) + count
        return counters, feeds

    def counters(self, topology: str) -> Mapping[str, int]:
        """What adds up; the feeds are apart."""
        return dict(self._counters[topology])

    def feeds(self, topology: str) -> Mapping[str, Instant]:
        """The newest event time of each feed."""
        return dict(self._feeds[topology])

    def taken(
        self, topology: str, partition: int, places: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], bytes]:
        known = self._taken[(topology, partition)]
        return {place: known[place].digest for place in places if place in known}

    def forget(self, topology: str, partition: int, through: int) -> int:
        known = self._taken[(topology, partition)]
        old = [place for place, each in known.items() if each.offset <= through]
        for place in old:
            del known[place]
        return len(old)

    def remove(self, kind: type[BusinessRecord], age: Duration, now: Instant, first: Archiving | None = None) -> int:
        kept, records = kept_as(kind), self.records[kind]
        if not kept.removable or not records or (kept.archived and first is None):
            return 0
        ages = {identity: getattr(record, kept.time) for identity, record in records.items()}
        before = min(now, max(ages.values())) - age
        old = [name for name, at in ages.items() if at < before]
        gone = [name for name in old if not kept.closed or records[name].state in kept.closed]
        if gone and kept.archived and first is not None:
            first([records[name] for name in gone])
        for name in gone:
            del records[name]
        return len(gone)

    def forget_letters(self, waiting: Instant, answered: Instant) -> int:
        """By their own times; here no letter was ever answered."""
        del answered
        old = [name for name, each in self.letters.items() if each.time < waiting]
        for name in old:
            del self.letters[name]
        return len(old)

    def outbox(self, topology: str, limit: int, partition: int | None = None, target: str = "") -> Sequence[OutboxRow]:
        waiting = list(self._outbox[topology].values())
        chosen = (row for number, row in waiting if partition in (None, number) and row.target.startswith(target))
        return list(islice(chosen, limit))

    def acknowledge(self, topology: str, outbox_ids: Sequence[str]) -> None:
        with _GATE:
            for outbox_id in outbox_ids:
                self._outbox[topology].pop(outbox_id, None)


def _identity(entry: CatalogueEntry) -> tuple[Any, ...]:
    """What makes two catalogue entries the same one: their id, with the version's start or the rule's place."""
    names = {Tariff: ("tariff_id", "valid_from"), PolicyValue: ("area", "name", "selector")}
    chosen = names.get(type(entry), (fields(entry)[0].name,))
    return (type(entry), *(getattr(entry, name) for name in chosen))
