"""The supervisor of `telassure run`: starts the processes, restarts what dies, ends all of them by their ids."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

from telassure.kernel.errors import TelassureError
from telassure.wiring.processes import own_command

GRACE_SECONDS: Final = 50.0  # a worker whose servers are away needs 45: release_seconds, then the Kafka client
POLL_SECONDS: Final = 0.2
STILL_SECONDS: Final = 45.0
"""A process that has beaten and does not for so long is told to end, and started again."""
LAST_WORD_SECONDS: Final = 5.0
"""One that stands still and does not end within so long after it was told to is killed."""
# A process that lives this long is taken to be well again, and its next restart is immediate.
STEADY_SECONDS: Final = 30.0
MOST_BACKOFF_SECONDS: Final = 8.0
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(slots=True)
class Child:
    """One process under supervision, with `environment` over ours. `essential` False: when it ends by itself with 0 it
    is done, not restarted. `heart` is the name under which it beats, where it does; `still` is for how many seconds of
    our own it has not, since the beat `seen`; `told`: it was told to end for that."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    essential: bool = True
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    heart: str = ""
    seen: float = 0.0
    still: float = 0.0
    told: bool = False
    failures: int = 0
    not_before: float = 0.0
    done: bool = False


@dataclass(slots=True)
class Supervisor:
    """Runs children until `stop`; a crash is answered by a restart after a growing pause, never by silence."""

    children: Sequence[Child]
    environment: Mapping[str, str] = field(default_factory=dict)
    stopping: bool = False
    beat_of: Callable[[str], tuple[int, float]] = lambda name: (0, 0.0)
    restarted: Callable[[str, str], None] = lambda name, why: None
    beat: Callable[[], None] = lambda: None

    def run(self) -> None:
        """Blocks until SIGINT or SIGTERM; then every child has ended."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        try:
            while not self.stopping:
                self.beat()
                for child in self.children:
                    self._tend(child)
                time.sleep(POLL_SECONDS)
        finally:
            self.end()

    def start(self, child: Child) -> None:
        # A session of its own: a Ctrl-C on the terminal reaches the supervisor alone, and the order of ending is ours.
        child.process = subprocess.Popen(  # noqa: S603  # our own interpreter and our own command
            own_command(*child.arguments),
            env={**os.environ, **self.environment, **child.environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with(os.getpid()) if sys.platform == "linux" else None,  # noqa: PLW1509  # no threads here
        )
        child.started = time.monotonic()

    def end(self) -> None:
        """SIGTERM to each, then SIGKILL to what has not ended within the grace."""
        alive = [c.process for c in self.children if c.process is not None and c.process.poll() is None]
        for process in alive:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in alive:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _tend(self, child: Child) -> None:
        if child.done or time.monotonic() < child.not_before:
            return
        if child.process is None:
            self.start(child)
            return
        code = child.process.poll()
        if code is None:
            self._look(child, child.process)
            return
        if code == 0 and not child.essential:
            child.done = True
            return
        lived = time.monotonic() - child.started
        child.failures = 1 if lived > STEADY_SECONDS else child.failures + 1
        pause = min(MOST_BACKOFF_SECONDS, 0.25 * 2 ** (child.failures - 1))
        why = "it stood still" if child.told else f"it ended with {code}"
        print(f"{child.name}: {why}; starting it again in {pause:g} s", file=sys.stderr, flush=True)
        self.restarted(child.name, why)
        child.still, child.seen, child.told = 0.0, 0.0, False
        child.process = None
        child.not_before = time.monotonic() + pause

    def _look(self, child: Child, process: "subprocess.Popen[bytes]") -> None:
        """End a process that lives and does not beat. Time counts only while we run ourselves: a machine that was
        suspended, or a supervisor that was stopped, is no fault of its processes."""
        if not child.heart:
            return
        pid, beat = self.beat_of(child.heart)
        if pid != process.pid or beat != child.seen:
            child.seen, child.still = beat if pid == process.pid else 0.0, 0.0
            return
        child.still += POLL_SECONDS
        if child.still > STILL_SECONDS + LAST_WORD_SECONDS:
            process.kill()
        elif child.still > STILL_SECONDS and not child.told:
            child.told = True
            process.terminate()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True


def _end_with(supervisor: int) -> Callable[[], None]:
    """What a child does before its command starts: ask for SIGTERM when the supervisor is gone (prctl(2))."""

    def ask() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != supervisor:  # gone before we could ask
            os._exit(1)

    return ask


def free_of(port: int, host: str) -> None:
    """TelassureError where something already listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as taken:
            setting = "TELASSURE_DASHBOARDS__PORT or TELASSURE_API__PORT"
            raise TelassureError(f"{host}:{port} cannot be listened on ({taken.strerror}); set {setting}") from None
