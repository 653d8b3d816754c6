"""Signs of life: each process of a home beats from its own loop, so that what stands still is seen to stand still."""

import contextlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import orjson

FOLDER: Final = "health"
ILL_AFTER: Final = 12.0
"""Seconds without a beat after which a process is said to stand still; it gives one a second."""
_EVERY: Final = 1.0
_RESTARTS: Final = "restarts.list"
_TOLD: Final = 600.0
_MOST: Final = 100
_YOUNG: Final = 30.0  # so long after its start a process may compile what it needs before it comes round


def _nothing() -> str:
    return ""


def uptime() -> float:
    """Seconds since the machine was started; it runs while the machine is suspended, and nobody sets it."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class Beat:
    """A process's newest sign of life. `beat` and `began` are readings of `uptime`; `what` is how a person calls it,
    and `trouble` what it waits for to be mended. It may go without one for `patience` seconds. `remark` is what it has
    to say though nothing is wrong with it."""

    name: str
    what: str
    pid: int
    began: float
    beat: float
    patience: float = ILL_AFTER
    remark: str = ""
    trouble: str = ""

    def age(self, now: float) -> float:
        """Seconds since; of a beat before the machine was last started, all there are."""
        return now - self.beat if self.beat <= now else now

    def ill(self, now: float) -> str:
        """What is wrong with it in words, "" where nothing is."""
        age = self.age(now)
        if self.trouble:
            return f"our {self.what} {'waits' if _lives(self.pid) else 'ended'}: {self.trouble}"
        if age <= (self.patience if now - self.began > _YOUNG else max(_YOUNG, self.patience)):
            return ""
        if _lives(self.pid):
            return f"our {self.what} has stood still for {_span(age)}"
        return f"our {self.what} ended {_span(age)} ago"


@dataclass(slots=True)
class Heart:
    """One process's heart: `beat` is called by the loop that does the work, as often as it comes round. `remark` gives
    what it has to say with it."""

    home: Path
    name: str
    what: str
    patience: float = ILL_AFTER
    remark: Callable[[], str] = _nothing
    _began: float = field(default_factory=uptime)
    _last: float = 0.0
    _trouble: str = ""

    def trouble(self, why: str) -> None:
        """What somebody has to mend before it can go on, "" where nothing is; at once for everybody to see."""
        if why != self._trouble:
            self._trouble, self._last = why, 0.0
            self.beat()

    def beat(self) -> None:
        """At most once a second a beat is written; a full disk stops no work by this."""
        now = uptime()
        if now - self._last >= _EVERY:
            self._last = now
            write(self.home, f"{self.name}.json", asdict(self._newest(now)))

    def _newest(self, now: float) -> Beat:
        said = self.remark(), self._trouble
        return Beat(self.name, self.what, os.getpid(), self._began, now, self.patience, *said)

    def stop(self) -> None:
        """It ends because it was told to: nobody waits for a beat of it."""
        with contextlib.suppress(OSError):
            (self.home / FOLDER / f"{self.name}.json").unlink()


def beats(home: Path) -> Sequence[Beat]:
    """The newest beat of every process of a home that did not end by being told to."""
    found = []
    for place in sorted((home / FOLDER).glob("*.json")):
        with contextlib.suppress(OSError, orjson.JSONDecodeError, TypeError):
            found.append(Beat(**orjson.loads(place.read_bytes())))
    return found


def ill(home: Path, now: float | None = None) -> Sequence[str]:
    """What is wrong with the processes of a home, in words, the longest first."""
    several = beats(home)
    at = uptime() if now is None else now  # after they were read: none of them is ahead of it
    return [words for beat in sorted(several, key=lambda beat: -beat.age(at)) if (words := beat.ill(at))]


def remarks(home: Path, now: float | None = None) -> Sequence[str]:
    """What the processes of a home that beat have to say, each thing once."""
    several = beats(home)
    at = uptime() if now is None else now
    return sorted({beat.remark for beat in several if beat.remark and not beat.ill(at)})


def forget_dead(home: Path) -> None:
    """Forget the beats of processes that do not live: who starts the system on this home waits for none of them."""
    for beat in beats(home):
        if not _lives(beat.pid):
            with contextlib.suppress(OSError):
                (home / FOLDER / f"{beat.name}.json").unlink()


def newest(home: Path, name: str) -> tuple[int, float]:
    """(process, reading of `uptime`) of one process's newest beat, zeros where there is none."""
    try:
        beat = Beat(**orjson.loads((home / FOLDER / f"{name}.json").read_bytes()))
    except (OSError, orjson.JSONDecodeError, TypeError):
        return 0, 0.0
    return beat.pid, beat.beat


@dataclass(slots=True)
class Restarts:
    """What the supervisor has started again, kept for who looks at the page."""

    home: Path
    _several: list[tuple[str, str, float]] = field(default_factory=list)

    def note(self, name: str, why: str) -> None:
        now = uptime()
        self._several = [each for each in self._several if now - each[2] < _TOLD] + [(name, why, now)]
        write(self.home, _RESTARTS, self._several[-_MOST:])


def restarts(home: Path, now: float | None = None) -> Sequence[str]:
    """What was started again in the last ten minutes, in words."""
    at = uptime() if now is None else now
    return [_again(name, found, at) for name, found in restarted(home, at).items()]


def restarted(home: Path, now: float) -> Mapping[str, Sequence[tuple[str, float]]]:
    """By process, why and when each was started again in the last ten minutes."""
    try:
        several = orjson.loads((home / FOLDER / _RESTARTS).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        several = []
    found: dict[str, list[tuple[str, float]]] = {}
    for name, why, when in several:
        if 0 <= now - when < _TOLD:
            found.setdefault(name, []).append((why, when))
    return found


def _again(name: str, found: Sequence[tuple[str, float]], now: float) -> str:
    why, when = found[-1]
    times = "once" if len(found) == 1 else f"{len(found)} times"
    return f"our {name} was started again {times} in ten minutes, last {_span(now - when)} ago: {why}"


def write(home: Path, name: str, content: object) -> None:
    """Put a small record into the folder of health, whole or not at all; nothing where the disk does not take it."""
    place = home / FOLDER / name
    draft = place.with_name(f".{name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.write_bytes(orjson.dumps(content))
        draft.replace(place)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
