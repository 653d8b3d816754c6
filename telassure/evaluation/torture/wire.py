"""One program's way to one store, on which anything may go wrong at every call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from telassure.evaluation.torture.timeline import Timeline
from telassure.evaluation.torture.trouble import AT_A_CALL, Trouble, Troubles
from telassure.kernel.errors import TransientError

T = TypeVar("T")
_NO_TEAR: Final = tuple(kind for kind in AT_A_CALL if kind is not Trouble.TORN)
_SLOW: Final = (0.05, 20.0)
_SUSPENDED: Final = (5.0, 90.0)


class Crash(BaseException):
    """The program ends here, as by kill -9: nothing of it runs any more."""


class Breakage(RuntimeError):
    """A store fails in a way that nobody knows."""


class Program(Protocol):
    """One life's work. `step` does what there is to do and says whether it may rest."""

    def step(self) -> bool: ...


@dataclass(slots=True)
class Life:
    """A program from its start to its end. Whatever of it should still run has no effect any more.

    `replace` starts another beside it, as a supervisor does that believes it dead; None where only one can be.
    """

    name: str
    program: Program | None = None
    replace: Callable[[], None] | None = None
    ended: bool = False
    slept: float = 0.0

    def sleep(self, seconds: float) -> None:
        """It does nothing for so long; its next step comes later by that."""
        self.slept += seconds


@dataclass(frozen=True, slots=True)
class Wire:
    """What a life reaches a store by."""

    life: Life
    store: str
    timeline: Timeline
    troubles: Troubles

    def read(self, effect: Callable[[], T]) -> T:
        return self._call(effect, None, False)

    def write(self, effect: Callable[[], T], torn: Callable[[float], None] | None = None) -> T:
        """`torn` does a part of the effect, as given between 0 and 1, where a part can be done."""
        return self._call(effect, torn, True)

    def _call(self, effect: Callable[[], T], torn: Callable[[float], None] | None, writes: bool) -> T:
        if self.life.ended:
            raise Crash
        if reason := self.troubles.passes(self.life.name, self.store, writes):
            raise TransientError(reason)
        trouble = self.troubles.at_call(AT_A_CALL if torn else _NO_TEAR, f"{self.life.name} -> {self.store}")
        return effect() if trouble is None else self._troubled(trouble, effect, torn)

    def _troubled(self, trouble: Trouble, effect: Callable[[], T], torn: Callable[[float], None] | None) -> T:
        match trouble:
            case Trouble.CRASH_BEFORE:
                self._crash()
            case Trouble.REFUSED:
                raise TransientError(f"{self.store} is not to be had")
            case Trouble.UNKNOWN:
                raise Breakage(f"{self.store}: input/output error")
            case Trouble.TORN if torn is not None:
                torn(self.troubles.dice.random())
                if self.troubles.dice.random() < 0.5:
                    raise TransientError(f"{self.store} broke off")
                self._crash()
            case Trouble.SLOW:
                self._wait(_SLOW)
            case Trouble.SECOND_OWNER if self.life.replace is not None:
                self.life.replace()
                self._wait(_SUSPENDED)
        done = effect()
        if trouble is Trouble.CRASH_AFTER:
            self._crash()
        if trouble is Trouble.UNANSWERED:
            raise TransientError(f"{self.store} did not answer")
        return done

    def _crash(self) -> None:
        self.life.ended = True
        raise Crash

    def _wait(self, between: tuple[float, float]) -> None:
        self.timeline.pass_by(self.troubles.dice.uniform(*between))
        if self.life.ended:
            raise Crash
