"""Ticks: the wall clock's second goes into the input of every partition that is at work here."""

from collections.abc import Mapping
from hashlib import blake2b

from streams.hosts.partition.repeats import TICK
from streams.hosts.partition.world import World
from telassure.kernel.codec import encode
from telassure.kernel.events import Tick
from telassure.kernel.instant import SECOND, Instant
from telassure.kernel.ports import Entry, EventLog


class Ticker:
    """One topology's. All partitions' ticks leave in one append, however many they are."""

    def __init__(self, topology: str) -> None:
        self._topology = topology
        self._last: dict[int, Instant] = {}

    def tick(self, worlds: Mapping[int, World]) -> None:
        """A tick into each partition whose second is not over yet; where the clock was set back, the last one holds.
        TransientError where the log does not take them: these are left out, the next come in a second."""
        self._last = {number: last for number, last in self._last.items() if number in worlds}
        batches: dict[int, tuple[EventLog, list[Entry]]] = {}
        for number, world in worlds.items():
            now = world.clock.now()
            if not 0 <= now - self._last.get(number, 0) < SECOND:
                self._last[number] = now - now % SECOND
                batches.setdefault(id(world.log), (world.log, []))[1].append(self._entry(number))
        for log, entries in batches.values():
            log.append(entries)

    def _entry(self, number: int) -> Entry:
        at = self._last[number]
        kind, payload = encode(Tick(at))
        digest = blake2b(payload, digest_size=16).digest()
        return Entry(self._topology, number, kind, payload, TICK, f"{at}/{number}", digest)
