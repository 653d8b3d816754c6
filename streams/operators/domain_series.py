"""The state of one domain: a dictionary of its series and the array that holds a row for each."""

from dataclasses import dataclass, field
from typing import Final

import msgpack
import numpy as np
from numpy.typing import NDArray

from models.detection.layout import SERIES, Records, fresh_series
from telassure.errors import UnknownSchema
from telassure.events import Measurements
from telassure.instant import Instant

Slots = NDArray[np.int32]
Dictionaries = tuple[tuple[str, ...], tuple[str, ...]]

UNMAPPED: Final = -1
TABLED: Final = 1 << 18  # pairs in the tables of a domain; an envelope with more is looked up pair by pair
MOST_FEEDS: Final = 1 << 16
LENGTH: Final = 4  # bytes that hold the header's size


@dataclass(slots=True, eq=False)
class DomainSeries:
    """Series are numbered in the order in which they came (`pairs[slot]` = measured object and measurement); none is
    forgotten. `wake` is the timer that the host holds for us. `tables` only saves look-ups: it is never dumped."""

    state: Records = field(default_factory=lambda: fresh_series(0))
    slots: dict[tuple[str, str], int] = field(default_factory=dict)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    feeds: dict[str, int] = field(default_factory=dict)
    wake: Instant | None = None
    tables: dict[Dictionaries, Slots] = field(default_factory=dict)

    def feed_code(self, feed: str) -> int:
        """The number of a feed; beyond the most feeds that fit, the first stands for the others."""
        if feed not in self.feeds and len(self.feeds) < MOST_FEEDS:
            self.feeds[feed] = len(self.feeds)
        return self.feeds.get(feed, 0)

    def slots_of(self, envelope: Measurements, limit: int) -> Slots:
        """Each row's series; new ones are added in order of appearance up to `limit`, beyond it rows are UNMAPPED."""
        codes = envelope.measured_object.astype(np.int64) * len(envelope.names) + envelope.measurement
        table = self._table((envelope.objects, envelope.names))
        if table is None:
            distinct, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
            found = np.full(len(distinct), UNMAPPED, np.int32)
            self._look_up(envelope, distinct, np.argsort(first), found, limit)
            return np.asarray(found[inverse], np.int32)
        slots: Slots = table[codes]
        unmapped = codes[slots < 0]
        if len(unmapped):
            distinct, first = np.unique(unmapped, return_index=True)
            found = np.full(len(distinct), UNMAPPED, np.int32)
            self._look_up(envelope, distinct, np.argsort(first), found, limit)
            table[distinct] = found
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
        self, envelope: Measurements, codes: NDArray[np.int64], order: NDArray[np.intp], found: Slots, limit: int
    ) -> None:
        """Fill `found[i]` with the slot of `codes[i]`, adding series in `order`."""
        for place in order.tolist():
            measured_object, measurement = divmod(int(codes[place]), len(envelope.names))
            pair = (envelope.objects[measured_object], envelope.names[measurement])
            slot = self.slots.get(pair)
            if slot is None and len(self.pairs) < limit:
                slot = self.slots[pair] = len(self.pairs)
                self.pairs.append(pair)
            found[place] = UNMAPPED if slot is None else slot
        self._grow()

    def _grow(self) -> None:
        """Room for every series; doubles, so that growth costs each series a constant."""
        capacity = len(self.state)
        if capacity < len(self.pairs):
            more = fresh_series(max(len(self.pairs), 2 * capacity, 16) - capacity)
            self.state = np.concatenate((self.state, more))

    def dump(self) -> bytes:
        """Header (dictionaries and codes) and the used rows as they lie in memory."""
        objects: dict[str, int] = {}
        names: dict[str, int] = {}
        codes = np.empty((2, len(self.pairs)), "<i4")
        for slot, (measured_object, measurement) in enumerate(self.pairs):
            codes[0, slot] = objects.setdefault(measured_object, len(objects))
            codes[1, slot] = names.setdefault(measurement, len(names))
        header = msgpack.packb(
            (list(objects), list(names), codes.tobytes(), list(self.feeds), self.wake, SERIES.itemsize)
        )
        used = self.state[: len(self.pairs)].data
        return b"".join((len(header).to_bytes(LENGTH, "little"), header, used))


def load_domain(blob: bytes) -> DomainSeries:
    """The inverse of `DomainSeries.dump`; UnknownSchema for rows of another size."""
    start = LENGTH + int.from_bytes(blob[:LENGTH], "little")
    objects, names, packed, feeds, wake, size = msgpack.unpackb(blob[LENGTH:start])
    if size != SERIES.itemsize:
        raise UnknownSchema(f"series of {size} bytes in a detection cell; this release reads {SERIES.itemsize}")
    codes = np.frombuffer(packed, "<i4").reshape(2, -1).tolist()
    pairs = [(objects[o], names[n]) for o, n in zip(*codes, strict=True)]
    return DomainSeries(
        state=np.frombuffer(blob, SERIES, len(pairs), start).copy(),
        slots={pair: slot for slot, pair in enumerate(pairs)},
        pairs=pairs,
        feeds={feed: code for code, feed in enumerate(feeds)},
        wake=wake,
    )
