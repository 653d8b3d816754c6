"""Which seconds are ticked: after a leap of time the timers stand still for a while, so that sources speak first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from telassure.kernel.instant import MINUTE, SECOND, Duration, Instant

LEAP: Final[Duration] = 10 * MINUTE
"""A tick further than this after the last one is a leap: a machine was suspended, a process stopped, a clock set."""
HOLD: Final = 60.0
"""Seconds that the timers wait after a leap; input is taken meanwhile."""
FIRST_HOLD: Final = 300.0
"""The same where a process has not ticked yet: nobody has looked at its clock before, so it may be the clock that is
wrong, and a process that believes its clock believes a jump after so long (`Holdover`)."""


def nobody(since: float) -> bool:
    """No person has confirmed the clock."""
    return False


def undoubted() -> bool:
    """The clock has not jumped."""
    return False


@dataclass(slots=True)
class Pace:
    """`last` is the newest tick, 0 where there was none yet. `confirmed` asks whether a person has said since such a
    reading of `elapsed` that the clock is right: then timers wait no longer. `doubted` asks whether the clock has
    jumped and is not believed yet: so long they wait in any case, since the time before the jump may be the wrong one.

    >>> pace = Pace(100 * SECOND)
    >>> pace.next(101 * SECOND, 0.0) // SECOND, pace.next(86_400 * SECOND, 1.0)
    (101, None)
    >>> pace.next(86_461 * SECOND, 62.0) // SECOND
    86461
    """

    last: Instant = 0
    confirmed: Callable[[float], bool] = nobody
    doubted: Callable[[], bool] = undoubted
    _held: float | None = None
    _begun: bool = False

    def next(self, now: Instant, elapsed: float) -> Instant | None:
        """The second to tick now, None where it was ticked or the timers stand still. Where the clock was set back,
        what is ticked pushes nothing."""
        if 0 <= now - self.last < SECOND:
            return None
        second = now - now % SECOND
        if self.last and second - self.last > LEAP:
            self._held = elapsed if self._held is None else self._held
            waits = elapsed - self._held < (HOLD if self._begun else FIRST_HOLD) or self.doubted()
            if waits and not self.confirmed(self._held):
                return None
        self._held, self.last, self._begun = None, second, True
        return second

    @property
    def held(self) -> bool:
        """The timers stand still."""
        return self._held is not None
