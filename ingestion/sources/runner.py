"""Runs one source: its health is written while it lives, and when it dies it is started again."""

import logging
from dataclasses import dataclass
from threading import Event, Thread
from typing import Final

from pydantic import BaseModel

from ingestion.sources.health import HealthRecord
from ingestion.sources.source import FOREGROUND, Ground, InputSource

BEAT_SECONDS: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
_FORGIVEN_BEATS: Final = 60
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Course:
    """How it goes: the last failure, which is forgiven once the source has been steady for so many beats."""

    failure: str = ""
    steady: int = 0


@dataclass(frozen=True, slots=True)
class SourceRunner:
    """A source with what it needs. A failure of one in the foreground is its process's; any other is tried again."""

    source: InputSource[BaseModel]
    ground: Ground
    settings: BaseModel
    health: HealthRecord

    def run(self, stop: Event) -> None:
        """Blocks until the source ends: when `stop` is set, or one in the foreground of itself."""
        done, course = Event(), _Course()
        beat = Thread(target=self._beat, args=(done, course), name=f"health {self.source.name}", daemon=True)
        beat.start()
        try:
            self._kept_running(stop, course)
        finally:
            done.set()
            beat.join()
        self.health.write(course.failure, ended=True)

    def _kept_running(self, stop: Event, course: _Course) -> None:
        pause = BEAT_SECONDS
        while not stop.is_set():
            try:
                self.source.run(self.ground, self.settings, stop)
            except Exception as error:  # a source must not take the others with it
                if self.source.runs == FOREGROUND:
                    raise
                course.failure, course.steady = f"{type(error).__name__}: {error}", 0
                _log.exception("a source of input failed, it is started again", extra={"source": self.source.name})
                stop.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                if self.source.runs == FOREGROUND:
                    return

    def _beat(self, done: Event, course: _Course) -> None:
        self.health.write()
        while not done.wait(BEAT_SECONDS):
            course.steady += 1
            if course.steady > _FORGIVEN_BEATS:
                course.failure = ""
            self.health.write(course.failure)
