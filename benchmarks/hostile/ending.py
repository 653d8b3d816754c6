"""How long each process of a running system takes to end once it is told to."""

import time
from contextlib import suppress
from subprocess import Popen, TimeoutExpired
from typing import Final

from benchmarks.hostile.disruption import command_of
from telassure.app.cli.supervise import GRACE_SECONDS
from tests.system.installation import descendants

_LOOK: Final = 0.1
_SPARE: Final = 10.0  # for the supervisor itself, once its processes are gone


def end(running: "Popen[bytes]") -> dict[str, float]:
    """Tell a `telassure run` to end; after how many seconds each of its processes had, by its command. What takes
    longer than the supervisor gives it is left to whoever ends the rest."""
    began, there = time.monotonic(), {pid: command_of(pid) for pid in descendants(running.pid)}
    gone: dict[str, float] = {}
    running.terminate()
    while there and time.monotonic() - began < GRACE_SECONDS + _SPARE:
        for pid in [each for each in there if not command_of(each)]:
            gone[there.pop(pid) or "other"] = round(time.monotonic() - began, 1)
        time.sleep(_LOOK)
    with suppress(TimeoutExpired):
        running.wait(_SPARE)
    gone["run"] = round(time.monotonic() - began, 1)
    return gone
