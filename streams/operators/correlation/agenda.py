"""What waits for which instant: found by the earliest, without looking at the rest."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Generic, TypeVar

from telassure.kernel.instant import SECOND, Instant

Key = TypeVar("Key", int, str)


class Agenda(Generic[Key]):
    """A derived index, never stored. `timer` says when a key is truly due (None: not at all).

    A key is entered whenever its timer may have become earlier; one that has moved later, or is gone, is corrected when
    it surfaces. An entry costs O(log n), and nothing is ever swept.
    """

    __slots__ = ("_entered", "_heap", "_timer")

    def __init__(self, timer: Callable[[Key], Instant | None]) -> None:
        self._timer: Callable[[Key], Instant | None] = timer
        self._heap: list[tuple[Instant, Key]] = []
        self._entered: dict[Key, Instant] = {}

    def enter(self, key: Key) -> None:
        """Take note of the key's present timer."""
        at = self._timer(key)
        if at is None:
            return
        known = self._entered.get(key)
        if known is None or at < known:
            self._entered[key] = at
            heappush(self._heap, (at, key))

    def earliest(self) -> Instant | None:
        """The exact instant of the first timer."""
        while self._heap:
            at, key = self._heap[0]
            if self._entered.get(key) == at:
                if self._timer(key) == at:
                    return at
                del self._entered[key]
                heappop(self._heap)
                self.enter(key)
            else:
                heappop(self._heap)
        return None

    def take(self, through: Instant) -> list[Key]:
        """The keys that are due up to an instant, in order of time; they have to be entered again."""
        due: list[Key] = []
        while (at := self.earliest()) is not None and at <= through:
            key = heappop(self._heap)[1]
            del self._entered[key]
            due.append(key)
        return due


def whole_second(at: Instant) -> Instant:
    """The first whole second at or after an instant, so that a domain has at most one turn per second of event time."""
    return -(-at // SECOND) * SECOND
