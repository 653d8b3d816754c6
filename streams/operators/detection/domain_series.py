"""The series of one domain: their places, and the array that holds a row for each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from models.detection.layout import NEVER, Records, fresh_series
from streams.operators.detection.crowding import crowding
from streams.operators.detection.labels import Pair, codes_of, label, pair_of, relabelled
from telassure.kernel.events import Measurements
from telassure.kernel.events.kpi import Flags, Times
from telassure.kernel.instant import Duration, Instant

Slots = NDArray[np.int32]
Dictionaries = tuple[tuple[str, ...], tuple[str, ...], Duration]

UNMAPPED: Final = -1
UNMAPPED_LABEL: Final = -2  # of a series that would have had a label
LEAST_ROOM: Final = 16
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
    """Series are numbered in the order in which they came (`pairs[slot]` = measured object and label). The granularity
    that a feed states is part of what a series is: the first one stated has the measurement's own name, another one a
    label (`labels`), and rows that state none are of the first. At the domain's limit a new series takes the place of
    one that has been silent for long, the longest silent first; then, where its feed holds less than its share, that of
    a series which the feed that holds most has hardly begun (`crowding`).

    `state` (with `granularity` and `labelled`) has room for more than there are; its first `ready` rows are in use.
    `split` (some series may have a label), `objects` (the series of each; of the first `indexed` series), `tables` and
    `oldest` (no series was heard last before it) only save work and are never kept.
    """

    state: Records = field(default_factory=lambda: fresh_series(0))
    slots: dict[Pair, int] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)
    granularity: Times = field(default_factory=lambda: np.zeros(0, np.int64))
    labelled: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))
    split: bool = False
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
        """Each row's series; new ones are added in order of appearance where there is room, else rows are UNMAPPED (or
        UNMAPPED_LABEL)."""
        codes = codes_of(envelope)
        table = self._table((envelope.objects, envelope.names, envelope.granularity))
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
        objects, names, _ = dictionaries
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
        self._reserve(min(len(self.pairs) + len(appearing), room.limit))
        free: list[int] | None = None
        born: list[int] = []
        found: list[int] = []
        for code in appearing.tolist():
            pair, labelled = self.labelled_pair(pair_of(envelope, code), envelope.granularity)
            self.split = self.split or labelled
            if pair not in self.slots:
                if len(self.pairs) >= room.limit and free is None:
                    free = self._places(envelope, room, tenants)
                if len(self.pairs) >= room.limit and not free:
                    found.append(UNMAPPED_LABEL if labelled else UNMAPPED)
                    continue
                born.append(self._begin(pair, free, tenants))
                self.labelled[born[-1]] = labelled
            found.append(self.slots[pair])
        self._freshen()
        tenants.born(born)
        slots = np.array(found, np.int32)
        kept = slots[slots >= 0]
        self.granularity[kept] = np.where(self.granularity[kept] == 0, envelope.granularity, self.granularity[kept])
        return slots

    def labelled_pair(self, pair: Pair, granularity: Duration) -> tuple[Pair, bool]:
        """The object and the label of the series of a granularity (0: not stated), and whether it is another than the
        measurement's own name."""
        slot = self.slots.get(pair)
        if granularity == 0 or (slot is not None and self.granularity[slot] == granularity):
            return pair, False
        other = pair[0], label(pair[1], granularity)
        taken = slot is not None and self.granularity[slot] != 0
        return (other, True) if taken or other in self.slots else (pair, False)

    def labels(self, envelope: Measurements, slots: Slots) -> Measurements:
        """The envelope with the labels of its rows' series in the place of their measurements."""
        if not self.split or not envelope.granularity:
            return envelope
        other = np.where(slots >= 0, self.labelled[slots], slots == UNMAPPED_LABEL)
        return relabelled(envelope, other) if other.any() else envelope

    def labels_of_late(self, envelope: Measurements) -> Measurements:
        """The same for rows that make no series, by their objects and names."""
        distinct, places = np.unique(codes_of(envelope), return_inverse=True)
        pairs = (pair_of(envelope, code) for code in distinct.tolist())
        other = np.array([self.labelled_pair(pair, envelope.granularity)[1] for pair in pairs], np.bool_)
        return relabelled(envelope, other[places]) if other.any() else envelope

    def _begin(self, pair: Pair, free: list[int] | None, tenants: Tenants) -> int:
        """Begin another series, in a slot of its own, or in the first that is free."""
        if free:
            slot = free.pop()
            self._replace(slot, pair)
            tenants.forget(slot)
            return slot
        slot = self.slots[pair] = len(self.pairs)
        self.pairs.append(pair)
        self.oldest = NEVER
        return slot

    def _places(self, envelope: Measurements, room: Room, tenants: Tenants) -> list[int]:
        """Slots for other series, the first to go last: those of silent series, then those of the feed that crowds the
        domain."""
        feed, born = self.feed_code(envelope.feed), len(self.pairs) - self.ready
        crowd = crowding(self.state[: self.ready], feed, born, room.limit)
        silent = self._forgettable(envelope, room, tenants)
        if not len(crowd):
            return silent
        kept = set(silent) | {self.slots.get(pair) for pair in self._named(envelope)}
        free: list[int] = crowd[~tenants.holds(crowd)][::-1].tolist()
        return [*(slot for slot in free if slot not in kept), *silent]

    def _forgettable(self, envelope: Measurements, room: Room, tenants: Tenants) -> list[int]:
        """Slots that nothing holds, that were silent for `room.forget` before the envelope and are not in it, the
        longest silent last."""
        horizon = int(envelope.time.min()) - room.forget
        if horizon <= self.oldest:
            return []
        self._freshen()
        used = self.used
        self.oldest = int(used["last"].min(initial=horizon))
        silent = np.flatnonzero((used["last"] < horizon) & (used["open"] == 0))
        silent = silent[~tenants.holds(silent)]
        named = {self.slots.get(pair) for pair in self._named(envelope)} if len(silent) else set()
        ordered = silent[np.argsort(used["last"][silent], kind="stable")][::-1].tolist()
        return [slot for slot in ordered if slot not in named]

    def _named(self, envelope: Measurements) -> Iterator[Pair]:
        """The object and the label of every series that a row of the envelope is of."""
        for code in np.unique(codes_of(envelope)).tolist():
            yield self.labelled_pair(pair_of(envelope, code), envelope.granularity)[0]

    def _replace(self, slot: int, pair: Pair) -> None:
        """Forget the series of a slot, and begin another in it."""
        del self.slots[self.pairs[slot]]
        self.slots[pair], self.pairs[slot] = slot, pair
        self.state[slot] = fresh_series(1)[0]
        self.granularity[slot] = 0
        self.objects, self.indexed = {}, 0
        self.tables.clear()
        self.oldest = NEVER

    def _reserve(self, count: int) -> None:
        """Room for so many series; doubles, so that growth costs each series a constant. Zeros that nobody has written
        take no memory, so the room that is not yet in use costs none."""
        if len(self.state) < count:
            room = max(count, 2 * len(self.state), LEAST_ROOM)
            self.state, self.granularity, self.labelled = (
                widened(column, room, self.ready) for column in (self.state, self.granularity, self.labelled)
            )

    def _freshen(self) -> None:
        """Every series that has seen nothing begins so."""
        count = len(self.pairs)
        if self.ready < count:
            self.state[self.ready : count] = fresh_series(count - self.ready)
            self.ready = count


def widened(column: NDArray[Any], room: int, used: int) -> NDArray[Any]:
    """More room behind what is used: zeros."""
    wider = np.zeros(room, column.dtype)
    wider[:used] = column[:used]
    return wider
