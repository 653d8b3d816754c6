"""Ticks: the wall clock's second goes into the input of every partition that is at work here."""

from collections.abc import Mapping
from hashlib import blake2b

from streams.hosts.faust.premises import HostSettings
from streams.hosts.pace import Pace
from streams.hosts.partition.world import World
from telassure.kernel.codec import encode
from telassure.kernel.events import Tick
from telassure.kernel.instant import Instant
from telassure.kernel.ports import TICK, Entry, EventLog


class Ticker:
    """One topology's. All partitions' ticks leave in one append, however many they are. Each asks by itself whether a
    person has confirmed the clock since its own timers stand still."""

    def __init__(self, topology: str, settings: HostSettings | None = None) -> None:
        self._topology, self._settings = topology, settings or HostSettings()
        self._paces: dict[int, Pace] = {}

    def tick(self, worlds: Mapping[int, tuple[World, Instant]]) -> None:
        """A tick into each partition, given with its newest tick, whose second is not over yet, and none while its
        timers stand still after a leap of time. TransientError where the log does not take them: these are left out,
        the next come in a second."""
        self._paces = {number: self._paces.get(number) or self._pace(last) for number, (_, last) in worlds.items()}
        batches: dict[int, tuple[EventLog, list[Entry]]] = {}
        for number, (world, _) in worlds.items():
            second = self._paces[number].next(world.clock.now(), world.elapsed())
            if second is not None:
                batches.setdefault(id(world.log), (world.log, []))[1].append(self._entry(number, second))
        for log, entries in batches.values():
            log.append(entries)

    def _pace(self, last: Instant) -> Pace:
        return Pace(last, self._settings.confirmed(), self._settings.doubted)

    def _entry(self, number: int, at: Instant) -> Entry:
        kind, payload = encode(Tick(at))
        digest = blake2b(payload, digest_size=16).digest()
        return Entry(self._topology, number, kind, payload, TICK, f"{at}/{number}", digest)
