"""The supervisor ends what lives and gives no sign of life: it asks first, and judges by its own time alone."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from telassure.app.cli.supervise import LAST_WORD_SECONDS, POLL_SECONDS, STILL_SECONDS, Child, Supervisor

DEAF = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"
ORDERLY = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); print(flush=True); signal.pause()"


@pytest.fixture
def running() -> Iterator[list[subprocess.Popen[bytes]]]:
    found: list[subprocess.Popen[bytes]] = []
    yield found
    for process in found:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def watched(code: str, running: list[subprocess.Popen[bytes]]) -> tuple[Supervisor, Child, subprocess.Popen[bytes]]:
    """A process that has beaten once and does not again, ready for signals."""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    running.append(process)
    assert process.stdout is not None
    process.stdout.readline()
    child = Child("worker assurance", [], process=process, heart="worker-assurance")
    return Supervisor([child], beat_of=lambda name: (process.pid, 100.0)), child, process


def look_for(seconds: float, supervisor: Supervisor, child: Child, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(round(seconds / POLL_SECONDS) + 2):
        supervisor._look(child, process)


def test_one_that_stands_still_is_told_to_end_first(running) -> None:
    supervisor, child, process = watched(ORDERLY, running)
    look_for(STILL_SECONDS, supervisor, child, process)
    assert process.wait(timeout=30) == 7


@pytest.mark.parametrize("stopped", [False, True], ids=["deaf to SIGTERM", "stopped by SIGSTOP"])
def test_one_that_does_not_listen_is_killed(running, stopped: bool) -> None:
    supervisor, child, process = watched(DEAF, running)
    if stopped:
        process.send_signal(signal.SIGSTOP)
    look_for(STILL_SECONDS + LAST_WORD_SECONDS, supervisor, child, process)
    assert process.wait(timeout=30) == -signal.SIGKILL


def test_one_that_stood_still_and_ended_as_asked_is_said_to_have_stood_still(running) -> None:
    supervisor, child, process = watched(ORDERLY, running)
    said: list[tuple[str, str]] = []
    supervisor.restarted = lambda name, why: said.append((name, why))
    look_for(STILL_SECONDS, supervisor, child, process)
    process.wait(timeout=30)
    supervisor._tend(child)
    assert said == [("worker assurance", "it stood still")]


def test_a_machine_that_was_suspended_ends_nothing(running) -> None:
    """However old the beats are when it wakes, the supervisor has looked but a few times since."""
    supervisor, child, process = watched(DEAF, running)
    look_for(STILL_SECONDS / 2, supervisor, child, process)
    assert (child.told, process.poll()) == (False, None)


def test_the_supervisor_beats_as_often_as_it_comes_round(monkeypatch) -> None:
    supervisor = Supervisor([])
    beats: list[int] = []

    def beat() -> None:
        beats.append(1)
        supervisor.stopping = len(beats) == 3

    supervisor.beat = beat
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    supervisor.run()
    assert len(beats) == 3
