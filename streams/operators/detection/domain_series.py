"""The series of one domain: their places, and the array that holds a row for each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from models.detection.layout import NEVER, SERIES, Records, fresh_series
from telassure.kernel.events import Measurements
from telassure.kernel.events.kpi import Flags
from telassure.kernel.instant import Duration, Instant

Slots = NDArray[np.int32]
Dictionaries = tuple[tuple[str, ...], tuple[str, ...]]

UNMAPPED: Final = -1
TABLED: Final = 1 << 18  # pairs in the tables of a domain; an envelope with more is looked up pair by pair
MOST_FEEDS: Final = 1 << 16


class Room(NamedTuple):
    """How many series a domain holds, and after how many microseconds of silence one may make room for another."""

    limit: int
    forget: Duration


class Tenants(Protocol):
    """What else is kept by slot: it is told of births, and may keep a silent series from making room."""

    def born(self, slots: Sequence[int]) -> None: ...
    def forget(self, slot: int) -> None: ...
    def holds(self, slots: NDArray[np.intp]) -> Flags: ...


@dataclass(slots=True, eq=False)
class DomainSeries:
    """Series are numbered in the order in which they came (`pairs[slot]` = measured object and measurement). At the
    domain's limit a new one takes the place of one that has been silent for long, the longest silent first. `state` has
    room for more than there are; its first `ready` rows are in use. `objects` (the series of each; of the first
    `indexed` series), `tables` and `oldest` (no series was heard last before it) only save work and are never kept."""

    state: Records = field(default_factory=lambda: fresh_series(0))
    slots: dict[tuple[str, str], int] = field(default_factory=dict)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    feeds: dict[str, int] = field(default_factory=dict)
    ready: int = 0
    objects: dict[str, list[int]] = field(default_factory=dict)
    indexed: int = 0
    tables: dict[Dictionaries, Slots] = field(default_factory=dict)
    oldest: Instant = NEVER

    @property
    def used(self) -> Records:
        """The rows of the series that there are."""
        return self.state[: len(self.pairs)]

    def slots_on(self, measured_object: str) -> list[int]:
        """The series of an object, in the order in which they came."""
        for slot in range(self.indexed, len(self.pairs)):
            self.objects.setdefault(self.pairs[slot][0], []).append(slot)
        self.indexed = len(self.pairs)
        return self.objects.get(measured_object, [])

    def feed_code(self, feed: str) -> int:
        """The number of a feed; beyond the most feeds that fit, the first stands for the others."""
        if feed not in self.feeds and len(self.feeds) < MOST_FEEDS:
            self.feeds[feed] = len(self.feeds)
        return self.feeds.get(feed, 0)

    def feed_of(self, slot: int) -> str:
        """The feed of a series' latest row."""
        return list(self.feeds)[int(self.state["feed"][slot])]

    def slots_of(self, envelope: Measurements, room: Room, tenants: Tenants) -> Slots:
        """Each row's series; new ones are added in order of appearance where there is room, else rows are UNMAPPED."""
        codes = envelope.measured_object.astype(np.int64) * len(envelope.names) + envelope.measurement
        table = self._table((envelope.objects, envelope.names))
        if table is None:
            distinct, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
            found = self._look_up(envelope, distinct[np.argsort(first)], room, tenants)
            return np.asarray(found[np.argsort(np.argsort(first))][inverse], np.int32)
        slots: Slots = table[codes]
        unmapped = codes[slots < 0]
        if len(unmapped):
            distinct, first = np.unique(unmapped, return_index=True)
            appearing = distinct[np.argsort(first)]
            table[appearing] = self._look_up(envelope, appearing, room, tenants)
            slots = table[codes]
        return slots

    def _table(self, dictionaries: Dictionaries) -> Slots | None:
        objects, names = dictionaries
        if len(objects) * len(names) > TABLED:
            return None
        table = self.tables.get(dictionaries)
        if table is None:
            size = len(objects) * len(names)
            while self.tables and sum(map(len, self.tables.values())) + size > TABLED:
                del self.tables[next(iter(self.tables))]
            table = self.tables[dictionaries] = np.full(size, UNMAPPED, np.int32)
        return table

    def _look_up(self, envelope: Measurements, appearing: NDArray[np.int64], room: Room, tenants: Tenants) -> Slots:
        """The slots of the pairs `appearing` (codes, in order of appearance); new series are added."""
        pairs = [pair_of(envelope, code) for code in appearing.tolist()]
        free: list[int] | None = None
        born: list[int] = []
        for pair in pairs:
            if pair in self.slots:
                continue
            if len(self.pairs) < room.limit:
                born.append(len(self.pairs))
                self.slots[pair] = len(self.pairs)
                self.pairs.append(pair)
                self.oldest = NEVER
                continue
            if free is None:
                free = self._forgettable(envelope, room, tenants)
            if free:
                born.append(free.pop())
                self._replace(born[-1], pair)
                tenants.forget(born[-1])
        self._grow()
        tenants.born(born)
        return np.array([self.slots.get(pair, UNMAPPED) for pair in pairs], np.int32)

    def _forgettable(self, envelope: Measurements, room: Room, tenants: Tenants) -> list[int]:
        """Slots that nothing holds, that were silent for `room.forget` before the envelope and are not in it, the
        longest silent last."""
        horizon = int(envelope.time.min()) - room.forget
        if horizon <= self.oldest:
            return []
        self._grow()
        used = self.used
        self.oldest = int(used["last"].min(initial=horizon))
        silent = np.flatnonzero((used["last"] < horizon) & (used["open"] == 0))
        silent = silent[~tenants.holds(silent)]
        named = {self.slots.get(pair) for pair in pairs_of(envelope)} if len(silent) else set()
        ordered = silent[np.argsort(used["last"][silent], kind="stable")][::-1].tolist()
        return [slot for slot in ordered if slot not in named]

    def _replace(self, slot: int, pair: tuple[str, str]) -> None:
        """Forget the series of a slot, and begin another in it."""
        del self.slots[self.pairs[slot]]
        self.slots[pair], self.pairs[slot] = slot, pair
        self.state[slot] = fresh_series(1)[0]
        self.objects, self.indexed = {}, 0
        self.tables.clear()
        self.oldest = NEVER

    def _grow(self) -> None:
        """Room for every series; doubles, so that growth costs each series a constant. Zeros that nobody has written
        take no memory, so the room that is not yet in use costs none."""
        count = len(self.pairs)
        if len(self.state) < count:
            wider = np.zeros(max(count, 2 * len(self.state), 16), SERIES)
            wider[: self.ready] = self.state[: self.ready]
            self.state = wider
        if self.ready < count:
            self.state[self.ready : count] = fresh_series(count - self.ready)
            self.ready = count

    def packed(self) -> list[Any]:
        """Names and codes; the rows go beside them, as they lie in memory."""
        objects: dict[str, int] = {}
        names: dict[str, int] = {}
        codes = np.empty((2, len(self.pairs)), "<i4")
        for slot, (measured_object, measurement) in enumerate(self.pairs):
            codes[0, slot] = objects.setdefault(measured_object, len(objects))
            codes[1, slot] = names.setdefault(measurement, len(names))
        return [list(objects), list(names), codes.tobytes(), list(self.feeds)]

    @classmethod
    def of(cls, packed: Sequence[Any], state: Records) -> "DomainSeries":
        """The inverse of `packed`, with the rows."""
        objects, names, coded, feeds = packed
        codes = np.frombuffer(coded, "<i4").reshape(2, -1).tolist()
        pairs = [(objects[o], names[n]) for o, n in zip(*codes, strict=True)]
        return cls(
            state=state,
            slots={pair: slot for slot, pair in enumerate(pairs)},
            pairs=pairs,
            ready=len(pairs),
            feeds={feed: code for code, feed in enumerate(feeds)},
        )


def pair_of(envelope: Measurements, code: int) -> tuple[str, str]:
    """The object and the measurement of a code."""
    measured_object, measurement = divmod(code, len(envelope.names))
    return envelope.objects[measured_object], envelope.names[measurement]


def pairs_of(envelope: Measurements) -> list[tuple[str, str]]:
    """Every object and measurement that a row of the envelope is of."""
    codes = np.unique(envelope.measured_object.astype(np.int64) * len(envelope.names) + envelope.measurement)
    return [pair_of(envelope, code) for code in codes.tolist()]
