"""What was read of late, by what was asked, so that a refresh a second asks a store less often."""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from telassure.kernel.instant import Duration, Instant

Asked = TypeVar("Asked")
Found = TypeVar("Found")
_KEPT: Final = 64


class Recent(Generic[Asked, Found]):
    """Answers that hold for a while; the oldest go beyond so many.

    >>> recent = Recent[str, int](10)
    >>> recent.of("a", 0, lambda: 1), recent.of("a", 9, lambda: 2), recent.of("a", 10, lambda: 3)
    (1, 1, 3)
    """

    def __init__(self, holds: Duration) -> None:
        self._holds = holds
        self._found: dict[Asked, tuple[Instant, Found]] = {}

    def of(self, asked: Asked, now: Instant, ask: Callable[[], Found]) -> Found:
        """What was found of late, else what `ask` finds now."""
        known = self._found.get(asked)
        if known is not None and 0 <= now - known[0] < self._holds:
            return known[1]
        found = ask()
        self._found.pop(asked, None)
        self._found[asked] = now, found
        if len(self._found) > _KEPT:
            del self._found[next(iter(self._found))]
        return found
