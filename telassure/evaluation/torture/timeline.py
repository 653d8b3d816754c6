"""Simulated time: what is to happen at which instant, in one order that a seed decides."""

from collections.abc import Callable
from heapq import heappop, heappush
from random import Random
from typing import Final

from telassure.kernel.instant import SECOND, Duration, Instant

_DEEPEST: Final = 2  # calls that wait inside of calls that wait


def chance(seed: int, name: str) -> Random:
    """The dice of one matter, which those of other matters do not disturb."""
    return Random(f"{seed}/{name}")  # noqa: S311  # it must be repeated, not guessed


class Timeline:
    """The true time of a simulated world. Of two things at one instant the one that was planned first comes first.

    >>> line, seen = Timeline(0), []
    >>> line.after(2.0, lambda: seen.append("b")); line.after(1.0, lambda: seen.append("a"))
    >>> line.run(3 * SECOND); seen, line.now // SECOND
    (['a', 'b'], 3)
    """

    def __init__(self, begin: Instant) -> None:
        self.begin = self.now = begin
        self.events = 0
        self._agenda: list[tuple[Instant, int, Callable[[], None]]] = []
        self._planned = self._depth = 0

    def at(self, when: Instant, action: Callable[[], None]) -> None:
        self._planned += 1
        heappush(self._agenda, (max(when, self.now), self._planned, action))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        self.at(self.now + round(seconds * SECOND), action)

    def run(self, until: Instant) -> None:
        """Everything up to an instant."""
        while self._agenda and self._agenda[0][0] <= until:
            when, _, action = heappop(self._agenda)
            self.now = max(self.now, when)
            self.events += 1
            action()
        self.now = max(self.now, until)

    def pass_by(self, seconds: float) -> None:
        """Whoever calls this waits, in the middle of what it does, while all others go on; too deep it waits not."""
        if self._depth < _DEEPEST:
            self._depth += 1
            self.run(self.now + round(seconds * SECOND))
            self._depth -= 1

    @property
    def ran(self) -> Duration:
        """Since the beginning."""
        return self.now - self.begin

    @property
    def seconds(self) -> float:
        return self.ran / SECOND
