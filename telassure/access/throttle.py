"""How often somebody may try to log in: after a few tries each further one waits, for twice as long every time."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final

from telassure.observe.heartbeats import uptime

FREE: Final[Mapping[str, int]] = {"name at address": 5, "address": 20, "name": 50}
"""How many tries are free by what they have in common: who tries many names from one address waits, and so does who
tries one name from many."""
LONGEST_PAUSE: Final = 60.0
FORGOTTEN: Final = 900.0
"""Seconds without a try after which all are free again."""
_MOST: Final = 20_000


@dataclass(slots=True)
class _Tries:
    number: int
    newest: float


class LoginThrottle:
    """Counts tries when they begin, so that many at once count as many. Safe from several threads."""

    def __init__(self, elapsed: Callable[[], float] = uptime) -> None:
        self._elapsed = elapsed
        self._tries: OrderedDict[tuple[str, ...], _Tries] = OrderedDict()
        self._gate = Lock()

    def admit(self, name: str, address: str) -> float:
        """Count a try, and give 0.0; or count nothing, and give the seconds that it has to wait."""
        with self._gate:
            now = self._elapsed()
            found = [(key, self._of(key, now), FREE[key[0]]) for key in _keys(name, address)]
            wait = max(tries.newest + _pause(tries.number - free) - now for _, tries, free in found)
            if wait > 0:
                return wait
            for key, tries, _ in found:
                self._tries[key] = _Tries(tries.number + 1, now)
                self._tries.move_to_end(key)
            while len(self._tries) > _MOST:
                self._tries.popitem(last=False)
            return 0.0

    def succeeded(self, name: str, address: str) -> None:
        """Somebody has shown who they are: what was tried before in this name from there was theirs, and this try
        counts against nobody else at the address."""
        with self._gate:
            own, *others = _keys(name, address)
            self._tries.pop(own, None)
            for key in others:
                if key in self._tries:
                    self._tries[key].number -= 1

    def _of(self, key: tuple[str, ...], now: float) -> _Tries:
        found = self._tries.get(key)
        return found if found is not None and now - found.newest < FORGOTTEN else _Tries(0, now)


def _keys(name: str, address: str) -> list[tuple[str, ...]]:
    folded = name.casefold()
    return [("name at address", folded, address), ("address", address), ("name", folded)]


def _pause(beyond: int) -> float:
    """Seconds after the newest try; `beyond` is how many there were beyond those that are free.

    >>> [_pause(beyond) for beyond in (-1, 0, 1, 3, 100)]
    [0.0, 1.0, 2.0, 8.0, 60.0]
    """
    return 0.0 if beyond < 0 else min(LONGEST_PAUSE, 2.0 ** min(beyond, 10))
