"""Processes of a running system that are killed, and that are made to stand still."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event
from typing import Final

from tests.system.installation import descendants

_EVERY: Final = 40.0
_STILL: Final = 30.0


@dataclass
class Disruption:
    """Every 40 seconds a kill -9 of one process, every third time 30 s of standing still instead. `standstills` are the
    (from, until) of a worker's, by the clock that only grows."""

    supervisor: int
    random: Random
    killed: int = 0
    standstills: list[tuple[float, float]] = field(default_factory=list)

    def disrupt(self, stop: Event) -> None:
        while not stop.wait(_EVERY):
            several = [pid for pid in descendants(self.supervisor) if command_of(pid)]
            if not several:
                continue
            pid = self.random.choice(several)
            with suppress(ProcessLookupError):
                if self.random.random() < 1 / 3:
                    self._still(pid, stop)
                else:
                    os.kill(pid, signal.SIGKILL)
                    self.killed += 1

    def relent(self) -> None:
        """Whoever still stands goes on."""
        for pid in descendants(self.supervisor):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _still(self, pid: int, stop: Event) -> None:
        began = time.monotonic()
        os.kill(pid, signal.SIGSTOP)
        try:
            stop.wait(_STILL)
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        if "worker" in command_of(pid):
            self.standstills.append((began, time.monotonic()))


def command_of(pid: int) -> str:
    """The command of a process of the system, "" for any other and for one that has ended."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return ""
    return " ".join(words[words.index("telassure") + 1 :]).strip() if "telassure" in words else ""
