"""A keyed state in memory, whose timers somebody else fires."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from telassure.kernel.instant import Instant

Cell = TypeVar("Cell")


class TimedCells(Generic[Cell]):
    """What an operator keeps when it is measured alone: cells by key, and the timer of each."""

    def __init__(self, fresh: Callable[[], Cell]) -> None:
        self.by_key: dict[str, Cell] = {}
        self._fresh = fresh
        self._wakes: dict[str, Instant] = {}
        self._due: list[str] = []

    def of(self, key: str) -> Cell:
        cell = self.by_key.get(key)
        if cell is None:
            cell = self.by_key[key] = self._fresh()
        return cell

    def peek(self, key: str) -> Cell | None:
        return self.by_key.get(key)

    def wake(self, key: str, at: Instant | None) -> None:
        if at is None:
            self._wakes.pop(key, None)
        else:
            self._wakes[key] = at

    def forget(self, key: str) -> None:
        self.by_key.pop(key, None)
        self._wakes.pop(key, None)

    def due(self, watermark: Instant) -> Iterator[tuple[str, Cell]]:
        del watermark  # whoever fires has chosen the cells
        while self._due:
            key = self._due.pop(0)
            if key in self.by_key:
                yield key, self.by_key[key]

    def earliest(self) -> Instant | None:
        """When the first timer is due."""
        return min(self._wakes.values(), default=None)

    def fire(self, at: Instant) -> None:
        """Drop the timers of this instant and offer their cells by `due`."""
        self._due = sorted(key for key, wake in self._wakes.items() if wake <= at)
        for key in self._due:
            del self._wakes[key]
