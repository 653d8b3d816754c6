"""Keeps one program of the installation running: starts it, steps it, and starts it anew after it has died."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, TypeVar

from telassure.evaluation.torture.timeline import Timeline
from telassure.evaluation.torture.trouble import Trouble, Troubles
from telassure.evaluation.torture.wire import Breakage, Crash, Life, Program
from telassure.kernel.errors import StaleOwner, TelassureError, TransientError

T = TypeVar("T")
_BACK: Final = (0.5, 15.0)
_BUSY: Final = 0.02
_GHOST: Final = 120.0


class Broken(Exception):
    """The program is not there, or has ended before it answered."""


@dataclass(slots=True)
class Station:
    """`build` makes the program of a new life. `cadence`: about how many seconds lie between two steps. `unexpected` is
    told of what ended a life and was none of the troubles. `twins`: there may be two of it at a time."""

    name: str
    timeline: Timeline
    troubles: Troubles
    dice: Random
    build: Callable[[Life], Program]
    cadence: float
    unexpected: Callable[[str], None]
    twins: bool = False
    life: Life | None = None
    _lives: list[Life] = field(default_factory=list)
    _closed: bool = False

    def start(self) -> None:
        """Begin a new life, unless there is one."""
        if self._closed or (self.life is not None and not self.life.ended):
            return
        life = self.life = Life(self.name)
        self._lives = [each for each in self._lives if not each.ended] + [life]
        if self.twins:
            life.replace = lambda: self._beside(life)
        try:
            life.program = self.build(life)
        except BaseException as failure:
            self._died(life, failure)
            return
        self.timeline.after(0, lambda: self._step(life))

    def kill(self) -> None:
        """End the life from outside: between two steps, or in the middle of one that waits."""
        if self.life is not None and not self.life.ended and self.troubles.happens(Trouble.KILL, self.name):
            self._end(self.life)

    def close(self) -> None:
        """All its lives end, and none begins."""
        self._closed = True
        for life in self._lives:
            life.ended = True

    def call(self, work: Callable[[Any], T]) -> T:
        """Let the program do something now. Broken where it does not live to answer; what it raises is its answer."""
        life = self.life
        if life is None or life.ended or life.program is None:
            raise Broken
        try:
            done = work(life.program)
        except TelassureError:
            if life.ended:
                raise Broken from None
            raise
        except BaseException as failure:
            self._died(life, failure)
            raise Broken from None
        if life.ended:
            raise Broken
        return done

    # --- within ------------------------------------------------------------------------------------------------------

    def _step(self, life: Life) -> None:
        if life.ended or life.program is None:
            return
        life.slept = 0.0
        try:
            rests = life.program.step()
        except BaseException as failure:
            self._died(life, failure)
            return
        wait = self.dice.uniform(0.5, 1.5) * self.cadence if rests else _BUSY
        self.timeline.after(max(wait, life.slept), lambda: self._step(life))

    def _beside(self, first: Life) -> None:
        """Another starts although the first has not ended, which does so a while later at the latest."""
        if first is self.life:
            self.life = None
            self.timeline.after(self.dice.uniform(0, _GHOST), lambda: self._end(first))
            self.start()

    def _died(self, life: Life, failure: BaseException) -> None:
        if not _known(failure):
            self.unexpected(f"{self.name} ended by {_told(failure)}")
        self._end(life)

    def _end(self, life: Life) -> None:
        if not life.ended:
            self.troubles.tell(f"{self.name} ends")
        life.ended = True
        if life is self.life:
            self.timeline.after(self.dice.uniform(*_BACK), self.start)


def _known(failure: BaseException) -> bool:
    """Is it one of the troubles, or what follows from one?"""
    if isinstance(failure, Crash | Breakage | StaleOwner | TransientError):
        return True
    cause = failure.__cause__ or failure.__context__
    return cause is not None and _known(cause)


def _told(failure: BaseException) -> str:
    frames = traceback.extract_tb(failure.__traceback__)[-2:]
    return f"{failure!r} at " + ", from ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames)
    )
