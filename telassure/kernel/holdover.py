"""The wall clock as a process believes it: a jump is not followed until a second look, or a person, confirms it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from telassure.kernel.instant import MINUTE, SECOND, Duration, Instant

JUMP: Final[Duration] = 5 * SECOND
"""What the wall clock may gain or lose between two looks against a clock that only runs."""
STEADY: Final[Duration] = 5 * MINUTE
"""So long the wall clock must keep to its new time before it is believed by itself."""


@dataclass(slots=True)
class Holdover:
    """`ran` is microseconds of a clock that nobody sets and that runs while the machine is suspended. Until a jump is
    confirmed, `now` goes on from the time before it. `confirmed` asks whether a person has confirmed a jump that was
    first seen at such a reading of `ran`.

    >>> wall, ran = [1_000 * SECOND], [0]
    >>> clock = Holdover(lambda: wall[0], lambda: ran[0])
    >>> clock.now() // SECOND
    1000
    >>> wall[0] += 86_400 * SECOND; ran[0] += SECOND
    >>> clock.now() // SECOND, clock.jump // SECOND
    (1001, 86399)
    """

    wall: Callable[[], Instant]
    ran: Callable[[], Duration]
    confirmed: Callable[[Duration], bool] = lambda since: False
    _offset: Duration | None = None
    _doubted: Duration | None = None
    _since: Duration = 0
    _gate: Lock = field(default_factory=Lock)

    def now(self) -> Instant:
        wall, ran = self.wall(), self.ran()
        with self._gate:
            offset = wall - ran
            if self._offset is None or abs(offset - self._offset) <= JUMP or self._believed(offset, ran):
                self._offset, self._doubted = offset, None
                return wall
            return ran + self._offset

    @property
    def jump(self) -> Duration:
        """How far the wall clock is from what is believed, 0 where it is believed."""
        with self._gate:
            return 0 if self._doubted is None or self._offset is None else self._doubted - self._offset

    def _believed(self, offset: Duration, ran: Duration) -> bool:
        """A second look: has it kept to this time long enough, or has somebody said that it is right?"""
        if self._doubted is None or abs(offset - self._doubted) > JUMP:
            self._doubted, self._since = offset, ran
        return ran - self._since >= STEADY or self.confirmed(self._since)
