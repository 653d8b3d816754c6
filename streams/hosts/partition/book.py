"""What a partition owes its store: which owners changed since when, and what holds without an owner as of an offset.

A checkpoint takes all changed owners, or (paced) the longest unwritten ones up to a size. All cells of an owner go in
one transaction with its clocks and its own applied offset; the partition's offset is the last one that no unwritten
owner still needs. Ticks, hop marks, positions taken and catalogue changes become durable only when that offset passes
them, so that a replay from there meets them again in their place.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgpack

from streams.hosts.partition.cells import Cells
from streams.hosts.partition.clock_journal import ClockJournal
from streams.hosts.partition.owners import NEVER, Owner, Owners
from streams.operator import owner as owner_of
from telassure.kernel.events import CatalogueEntry
from telassure.kernel.instant import Instant
from telassure.kernel.ports import FEED, CellRow, Taken

Mark = tuple[int, str, int]
"""How far a producer's hops have been taken: (offset, owner, index)."""


@dataclass(slots=True)
class CommonFacts:
    """What is known without an owner. `version` is the catalogue's, `complete` the owners' (see `Owners`)."""

    tick: Instant = 0
    marks: dict[str, Mark] = field(default_factory=dict)
    version: int = 0


@dataclass(slots=True)
class Plan:
    """One transaction's share of the state: `offset` is what it lets the partition stand at."""

    offset: int
    cells: list[CellRow]
    clocks: bytes
    catalogue: list[CatalogueEntry]
    counters: dict[str, int]
    taken: list[Taken] = field(default_factory=list)
    cured: Instant | None = None


class Book:
    """The accounts of one partition since its last checkpoint."""

    def __init__(self, owners: Owners, journal: ClockJournal, cells: Sequence[Cells], paced: bool) -> None:
        self.standing = CommonFacts()
        self.changed: dict[str, int] = {}
        self.totals: dict[str, int] = {}
        self.feeds: dict[str, Instant] = {}
        self.paced = paced
        self._owners, self._journal, self._cells = owners, journal, cells
        self._facts: deque[tuple[int, str, Any]] = deque()
        self._gone: set[str] = set()

    def restore(self, header: bytes) -> tuple[int, int]:
        """Take the header of a checkpoint; the clock segments it names."""
        if not header:
            return 0, 0
        tick, marks, version, complete, first, following = msgpack.unpackb(header)
        self.standing = CommonFacts(tick, {name: tuple(mark) for name, mark in marks.items()}, version)
        self._owners.tick, self._owners.complete = tick, complete
        return first, following

    def touched(self, owner: Owner, offset: int) -> None:
        """This owner's clocks (paced: or cells) are about to change by the record at `offset`."""
        self.changed.setdefault(owner.name, offset)

    def dropped(self, owner: Owner, offset: int) -> None:
        """An idle owner's clock goes."""
        del self._owners.by_name[owner.name]
        self._owners.complete = False
        self._gone.add(owner.name)
        self.changed.setdefault(owner.name, offset)

    def count(self, name: str, number: int, offset: int, owner: Owner | None = None) -> None:
        """Count something; paced, an owner's counts become durable with the owner."""
        self.totals[name] = self.totals.get(name, 0) + number
        if self.paced and owner is not None:
            owner.counts[name] = owner.counts.get(name, 0) + number
        else:
            self.note(offset, "count", (name, number))

    def heard(self, feed: str, time: Instant) -> None:
        """A source event of a feed: the newest time goes with the next transaction."""
        if time > self.feeds.get(feed, NEVER):
            self.feeds[feed] = time

    def cured(self, offset: int, at: Instant) -> None:
        """From this offset on neither the tick nor a feed is past this instant."""
        self.feeds = {feed: min(time, at) for feed, time in self.feeds.items()}
        self.note(offset, "cure", at)

    def note(self, offset: int, kind: str, fact: Any) -> None:
        """A fact without an owner: a "tick", a "mark", a "count", a position "taken", a change of the "catalogue", a
        "cure" of clocks."""
        self._facts.append((offset, kind, fact))

    def behind(self, applied: int, expected: int) -> bool:
        """Is there anything to write?"""
        return applied > expected or bool(self.changed)

    def plan(self, applied: int, piece: int | None) -> Plan:
        """The next transaction, of about `piece` bytes of cells (None: everything). If it fails, load anew."""
        rows: list[CellRow] = []
        chosen = dict(self.changed) if piece is None else self._choose(applied, piece, rows)
        if piece is None:
            for cells in self._cells:
                rows.extend(cells.rows(list(cells.dirty), applied))
        for name in chosen:
            del self.changed[name]
        offset = min(next(iter(self.changed.values())) - 1, applied) if self.changed else applied
        plan = Plan(offset, rows, b"", [], {})
        touched = [self._owners.by_name[name] for name in chosen if name in self._owners.by_name]
        for owner in touched:
            owner.applied = applied
            _add(plan.counters, owner.counts)
            owner.counts.clear()
        gone = [name for name in chosen if name in self._gone]
        self._gone.difference_update(gone)
        rows.extend(self._journal.write(touched, gone, applied))
        self._settle(plan)
        plan.counters.update((FEED + feed, time) for feed, time in self.feeds.items())
        self.feeds.clear()
        plan.clocks = self._header()
        return plan

    def _choose(self, applied: int, piece: int, rows: list[CellRow]) -> dict[str, int]:
        """The longest unwritten owners; those that changed at one offset stay together, so that the offset moves on."""
        grouped = self._by_owner()
        chosen: dict[str, int] = {}
        size, last = 0, -1
        for name, first in self.changed.items():
            if size >= piece and first != last:
                break
            for row in self._owner_rows(grouped.get(name, ()), applied):
                rows.append(row)
                size += len(row.blob or b"")
            chosen[name] = last = first
        return {name: self.changed[name] for name in chosen}

    def _by_owner(self) -> dict[str, list[tuple[int, str]]]:
        grouped: dict[str, list[tuple[int, str]]] = {}
        for cells in self._cells:
            for key in cells.dirty:
                grouped.setdefault(owner_of(key), []).append((cells.index, key))
        return grouped

    def _owner_rows(self, places: Sequence[tuple[int, str]], applied: int) -> Iterator[CellRow]:
        for index, key in places:
            yield from self._cells[index].rows((key,), applied)

    def _settle(self, plan: Plan) -> None:
        """Facts at or before the new offset become part of the checkpoint."""
        standing = self.standing
        while self._facts and self._facts[0][0] <= plan.offset:
            _, kind, fact = self._facts.popleft()
            if kind == "count":
                _add(plan.counters, dict((fact,)))
            elif kind == "tick":
                standing.tick = max(standing.tick, fact)
            elif kind == "cure":
                standing.tick, plan.cured = min(standing.tick, fact), fact
            elif kind == "mark":
                standing.marks[fact[0]] = fact[1]
            elif kind == "taken":
                plan.taken.append(fact)
            else:
                plan.catalogue.extend(fact)
                standing.version += 1

    def _header(self) -> bytes:
        standing = self.standing
        fields = (standing.tick, standing.marks, standing.version, self._owners.complete)
        packed: bytes = msgpack.packb((*fields, self._journal.first, self._journal.next))
        return packed


def _add(counters: dict[str, int], more: dict[str, int]) -> None:
    for name, number in more.items():
        counters[name] = counters.get(name, 0) + number
