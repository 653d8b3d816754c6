"""The health record of a source: when it was last alive, when input last came by it, and what it put into the log."""

import contextlib
import os
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

import orjson

from ingestion.gateway import InputLog
from telassure.kernel.causes import CAUSES, cause_of
from telassure.kernel.events import DeadLetter
from telassure.kernel.instant import SECOND, Duration, Instant, iso
from telassure.kernel.ports import Appended, Clock, Entry
from telassure.observe.heartbeats import Heart

FOLDER: Final = "sources"
_LONGEST_CAUSE: Final = 200
FEEDS: Final = 100
"""Of so many feeds the clocks are written down, those that are furthest ahead."""
PATIENCE: Final = 60.0
SILENT: Final[Duration] = round(PATIENCE) * SECOND
"""Without a sign of life for so long a source that did not end is dead, or stands still; it gives one every second or
two, but while it reads what no row comes out of yet."""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """What is known of a source since it was started. `records` is what it put into the log, `letters` what it refused;
    both, and `input_at` (0: never), are of this start. `ended` says that it ended because it was told to. `ahead` is by
    feed how far its newest row was from our clock, of at most `FEEDS` feeds. `a_second` is the rate of records over the
    last minute, and `refused` counts what was refused, or lost on its way, by cause."""

    name: str
    started_at: Instant
    alive_at: Instant
    input_at: Instant = 0
    records: int = 0
    letters: int = 0
    failure: str = ""
    ended: bool = False
    ahead: Mapping[str, Duration] = field(default_factory=dict)
    a_second: float = 0.0
    refused: Mapping[str, int] = field(default_factory=dict)

    def alive(self, now: Instant) -> bool:
        return not self.ended and now - self.alive_at <= SILENT

    def said(self) -> str:
        """In words for a person."""
        newest = f"newest input {_second(self.input_at)}" if self.input_at else "no input yet"
        counts = f"{self.records:,} records and {self.letters:,} dead letters since {_second(self.started_at)}"
        rate = f", {self.a_second:,.1f} records a second" if self.a_second else ""
        causes = "; ".join(f"{count:,} × {cause}" for cause, count in self.refused.items())
        said = f"{newest}, {counts}{rate}" + (f", refused: {causes}" if causes else "")
        return said + (f", last failure: {self.failure}" if self.failure else "")


class HealthRecord:
    """Keeps one source's health, and writes it where doctor and page find it. Safe from several threads.

    A source whose loop calls `beat` is alive as long as it does, or as input goes into the log by it; of one that never
    does it is only known that its process lives.
    """

    def __init__(self, home: Path, name: str, clock: Clock, heart: Heart | None = None) -> None:
        self._place, self._clock, self._gate = home / FOLDER / f"{name}.json", clock, Lock()
        self._heart = heart or Heart(home, f"source-{name}", f"source {name}", PATIENCE)
        self._beaten_at: Instant = 0
        self._name, self._started = name, clock.now()
        self._input_at = self._records = self._letters = 0
        self._skews: dict[str, Duration] = {}
        self._refused: dict[str, int] = {}
        self._course: deque[tuple[Instant, int]] = deque(maxlen=round(PATIENCE) + 1)

    def follow(self, skews: dict[str, Duration]) -> None:
        """Write with it what is measured here of the clocks of feeds."""
        self._skews = skews

    def beat(self) -> None:
        """The source's own loop has come round."""
        with self._gate:
            self._beaten_at = self._clock.now()
            self._heart.beat()

    def took(self, records: int) -> None:
        with self._gate:
            self._input_at, self._records = self._clock.now(), self._records + records
        self._goes_on()

    def buried(self, reasons: Sequence[str]) -> None:
        """Letters with these reasons were kept."""
        with self._gate:
            self._input_at, self._letters = self._clock.now(), self._letters + len(reasons)
        for reason in reasons:
            self.refused(reason)
        self._goes_on()

    def refused(self, reason: str, count: int = 1) -> None:
        """So much was refused, or lost on its way, for a reason; of at most CAUSES causes each is counted apart."""
        with self._gate:
            cause = cause_of(reason)[:_LONGEST_CAUSE]
            cause = cause if cause in self._refused or len(self._refused) < CAUSES else "for other reasons"
            self._refused[cause] = self._refused.get(cause, 0) + count

    def _goes_on(self) -> None:
        if self._beaten_at:
            self.beat()

    def write(self, failure: str = "", ended: bool = False) -> SourceHealth:
        """What is known now, on disk, whole or not at all."""
        with self._gate:
            counts = (self._input_at, self._records, self._letters)
            alive = self._clock.now() if ended or not self._beaten_at else self._beaten_at
            ahead = dict(sorted(self._skews.copy().items(), key=lambda skew: -skew[1])[:FEEDS])
            rate, refused = self._rate(), dict(self._refused)
            found = SourceHealth(self._name, self._started, alive, *counts, failure, ended, ahead, rate, refused)
            draft = self._place.with_name(f".{self._place.name}.{os.getpid()}")
            with contextlib.suppress(OSError):  # a full disk is told elsewhere, and stops no input by this
                self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                draft.write_bytes(orjson.dumps(asdict(found)))
                draft.replace(self._place)
            if ended:
                self._heart.stop()
        return found

    def _rate(self) -> float:
        """Records a second since the oldest look that is kept, a minute ago where looks are a second apart."""
        now = self._clock.now()
        self._course.append((now, self._records))
        (began, before), took = self._course[0], self._records - self._course[0][1]
        return round(took * SECOND / (now - began), 1) if now > began and self._records > before else 0.0


@dataclass(frozen=True, slots=True)
class SourceLog:
    """The log as one source sees it: what goes in is counted in its health."""

    log: InputLog
    health: HealthRecord

    def append(self, entries: Sequence[Entry]) -> Appended:
        appended = self.log.append(entries)
        self.health.took(appended.accepted)
        return appended

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        self.log.bury(letters)
        self.health.buried([each.reason for each in letters])


def health_of(home: Path, name: str) -> SourceHealth | None:
    """The record of a source in an installation; None where it has never run there, or it cannot be read."""
    try:
        return SourceHealth(**orjson.loads((home / FOLDER / f"{name}.json").read_bytes()))
    except (OSError, orjson.JSONDecodeError, TypeError):
        return None


def _second(at: Instant) -> str:
    return iso(at - at % SECOND)
