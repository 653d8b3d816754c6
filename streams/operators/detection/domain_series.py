"""The state of one domain: a dictionary of its series and the array that holds a row for each."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgpack
import numpy as np
from numpy.typing import NDArray

from models.detection.counters import METER, fresh_meters
from models.detection.earlier import SERIES_1, from_version_1
from models.detection.layout import NEVER, SERIES, Records, fresh_series
from streams.operators.detection.elements import Elements, load_elements
from streams.operators.detection.episode_evidence import EpisodeEvidence
from streams.operators.detection.feedback import Feedback
from streams.operators.detection.peer_shapes import Borrows, PeerShapes
from telassure.kernel.errors import UnknownSchema
from telassure.kernel.events import Measurements
from telassure.kernel.instant import Duration, Instant

Slots = NDArray[np.int32]
Dictionaries = tuple[tuple[str, ...], tuple[str, ...]]

UNMAPPED: Final = -1
TABLED: Final = 1 << 18  # pairs in the tables of a domain; an envelope with more is looked up pair by pair
MOST_FEEDS: Final = 1 << 16
LENGTH: Final = 4  # bytes that hold the header's size


class Room(NamedTuple):
    """How many series a domain holds, after how many microseconds of silence one may make room for another, and which
    measurements' series begin with the shape of their peers."""

    limit: int
    forget: Duration
    borrows: Borrows


@dataclass(slots=True, eq=False)
class DomainSeries:
    """Series are numbered in the order in which they came (`pairs[slot]` = measured object and measurement). At the
    domain's limit a new one takes the place of one that has been silent for long, the longest silent first. `wake` is
    the timer that the host holds for us, `traces` the trace of each open episode that has one, by slot, `feedback` what
    operators said, `gaps` when each series that is silent now had been so for too long (NEVER: given up), `meters` the
    counters' readings, `evidence` what is known of its episodes, `elements` what an object's series show together,
    `peers` what new series begin with. `state` has room for more than there are; its first `ready` rows are in use.
    `objects` (the series of each; of the first `indexed` series), `tables` and `oldest` (no series was heard last
    before it) only save work and are never dumped."""

    state: Records = field(default_factory=lambda: fresh_series(0))
    slots: dict[tuple[str, str], int] = field(default_factory=dict)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    feeds: dict[str, int] = field(default_factory=dict)
    wake: Instant | None = None
    traces: dict[int, str] = field(default_factory=dict)
    feedback: Feedback = field(default_factory=Feedback)
    gaps: dict[int, Instant] = field(default_factory=dict)
    meters: Records = field(default_factory=lambda: fresh_meters(0))
    elements: Elements = field(default_factory=Elements)
    peers: PeerShapes = field(default_factory=PeerShapes)
    ready: int = 0
    evidence: EpisodeEvidence = field(default_factory=EpisodeEvidence)
    objects: dict[str, list[int]] = field(default_factory=dict)
    indexed: int = 0
    tables: dict[Dictionaries, Slots] = field(default_factory=dict)
    oldest: Instant = NEVER

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

    def slots_of(self, envelope: Measurements, room: Room) -> Slots:
        """Each row's series; new ones are added in order of appearance where there is room, else rows are UNMAPPED."""
        codes = envelope.measured_object.astype(np.int64) * len(envelope.names) + envelope.measurement
        table = self._table((envelope.objects, envelope.names))
        if table is None:
            distinct, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
            found = self._look_up(envelope, distinct[np.argsort(first)], room, codes)
            return np.asarray(found[np.argsort(np.argsort(first))][inverse], np.int32)
        slots: Slots = table[codes]
        unmapped = codes[slots < 0]
        if len(unmapped):
            distinct, first = np.unique(unmapped, return_index=True)
            appearing = distinct[np.argsort(first)]
            table[appearing] = self._look_up(envelope, appearing, room, codes)
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

    def _look_up(
        self, envelope: Measurements, appearing: NDArray[np.int64], room: Room, codes: NDArray[np.int64]
    ) -> Slots:
        """The slots of the pairs `appearing` (codes, in order of appearance); new series are added."""
        pairs = [_pair(envelope, code) for code in appearing.tolist()]
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
                free = self._forgettable(envelope, room, codes)
            if free:
                born.append(free.pop())
                self._replace(born[-1], pair)
        self._grow()
        self.peers.lend(self.state, self.pairs, born, room.borrows)
        return np.array([self.slots.get(pair, UNMAPPED) for pair in pairs], np.int32)

    def _forgettable(self, envelope: Measurements, room: Room, codes: NDArray[np.int64]) -> list[int]:
        """Slots without an open episode, their own or their element's, that were silent for `room.forget` before the
        envelope and are not in it, the longest silent last."""
        horizon = int(envelope.time.min()) - room.forget
        if horizon <= self.oldest:
            return []
        self._grow()
        used = self.state[: len(self.pairs)]
        self.oldest = int(used["last"].min(initial=horizon))
        silent = np.flatnonzero((used["last"] < horizon) & (used["open"] == 0))
        silent = silent[[self.gaps.get(slot, NEVER) == NEVER for slot in silent.tolist()]] if self.gaps else silent
        silent = silent[~self.elements.holds(silent, self.pairs)]
        named = {self.slots.get(_pair(envelope, code)) for code in np.unique(codes).tolist()} if len(silent) else set()
        ordered = silent[np.argsort(used["last"][silent], kind="stable")][::-1].tolist()
        return [slot for slot in ordered if slot not in named]

    def _replace(self, slot: int, pair: tuple[str, str]) -> None:
        """Forget the series of a slot, and begin another in it."""
        del self.slots[self.pairs[slot]]
        self.slots[pair], self.pairs[slot] = slot, pair
        self.state[slot] = fresh_series(1)[0]
        self.meters[slot : slot + 1] = fresh_meters(1)
        self.gaps.pop(slot, None)
        self.evidence.forget(slot)
        self.elements.forget(slot)
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

    def _extras(self) -> tuple[dict[int, Instant], bytes, list[Any], list[Any], list[Any]]:
        """Open gaps, the meters where there are counters, what is known of episodes, the elements, peers' shapes."""
        counted = self.meters[: len(self.pairs)].tobytes()
        return self.gaps, counted, self.evidence.packed(), self.elements.packed(self.pairs), self.peers.packed()

    def dump(self) -> bytes:
        """Header (dictionaries and codes) and the used rows as they lie in memory."""
        objects: dict[str, int] = {}
        names: dict[str, int] = {}
        codes = np.empty((2, len(self.pairs)), "<i4")
        for slot, (measured_object, measurement) in enumerate(self.pairs):
            codes[0, slot] = objects.setdefault(measured_object, len(objects))
            codes[1, slot] = names.setdefault(measurement, len(names))
        series = (list(objects), list(names), codes.tobytes())
        later = (self.traces, self.feedback.packed(), *self._extras())
        header = msgpack.packb((*series, list(self.feeds), self.wake, SERIES.itemsize, *later))
        used = self.state[: len(self.pairs)].data
        return b"".join((len(header).to_bytes(LENGTH, "little"), header, used))


def _pair(envelope: Measurements, code: int) -> tuple[str, str]:
    measured_object, measurement = divmod(code, len(envelope.names))
    return envelope.objects[measured_object], envelope.names[measurement]


def _meters(counted: bytes) -> Records:
    return np.frombuffer(counted, METER).copy()


def load_domain(blob: bytes) -> DomainSeries:
    """The inverse of `DomainSeries.dump`; UnknownSchema for rows of another size. The release before had rows of its
    own and no traces."""
    start = LENGTH + int.from_bytes(blob[:LENGTH], "little")
    header = msgpack.unpackb(blob[LENGTH:start], strict_map_key=False)
    objects, names, packed, feeds, wake, size, *later = header
    codes = np.frombuffer(packed, "<i4").reshape(2, -1).tolist()
    pairs = [(objects[o], names[n]) for o, n in zip(*codes, strict=True)]
    state = _rows(blob, size, len(pairs), start)
    return DomainSeries(
        state=state,
        slots={pair: slot for slot, pair in enumerate(pairs)},
        pairs=pairs,
        ready=len(pairs),
        feeds={feed: code for code, feed in enumerate(feeds)},
        wake=wake,
        traces=later[0] if later else {},
        feedback=Feedback.of(later[1]) if len(later) > 1 else Feedback(),
        gaps=later[2] if len(later) > 2 else {},
        meters=_meters(later[3] if len(later) > 3 else b""),
        evidence=EpisodeEvidence.of(later[4]) if len(later) > 4 else EpisodeEvidence(),
        elements=load_elements(later[5] if len(later) > 5 else [], pairs, state),
        peers=PeerShapes.of(later[6] if len(later) > 6 else ()),
    )


def _rows(blob: bytes, size: int, count: int, start: int) -> Records:
    if size == SERIES.itemsize:
        return np.frombuffer(blob, SERIES, count, start).copy()
    if size == SERIES_1.itemsize:
        return from_version_1(np.frombuffer(blob, SERIES_1, count, start))
    raise UnknownSchema(
        f"series of {size} bytes in a detection cell; this release reads {SERIES.itemsize} and {SERIES_1.itemsize}"
    )
