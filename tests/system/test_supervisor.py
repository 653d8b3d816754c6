"""What `telassure run` starts ends with it, and comes back when it dies alone."""

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import free_port
from tests.system.installation import GRACE_SECONDS, Installation, descendants, gone, until

Install = Callable[..., Installation]


def started(install: Install) -> tuple[Installation, int]:
    """A system without the demo, and the id of its supervisor; its six processes have begun."""
    system = install(API__PORT=free_port(), DASHBOARDS__PORT=free_port())
    supervisor = system.start("run")
    until(lambda: len(descendants(supervisor.pid)) == 6, 60, "three workers, the delivery, the endpoint and the page")
    return system, supervisor.pid


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads the process tree from /proc")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_however_the_supervisor_ends_no_process_is_left(install: Install, how: signal.Signals) -> None:
    _, supervisor = started(install)
    children = descendants(supervisor)
    os.kill(supervisor, how)
    try:
        until(lambda: all(gone(pid) for pid in children), 2 * GRACE_SECONDS, "the end of every process")
    finally:
        for pid in (pid for pid in children if not gone(pid)):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads the process tree from /proc")
def test_a_process_that_dies_is_started_again(install: Install) -> None:
    system, supervisor = started(install)
    (victim, *_) = before = descendants(supervisor)
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(set(descendants(supervisor)) - set(before)) == 1, 30, "its successor")
    assert "starting it again" in system.said("run")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads the process tree from /proc")
def test_processes_import_nothing_from_the_folder_they_are_started_in(install: Install, tmp_path: Path) -> None:
    """An http.py, a random.py and a telassure.py of somebody's own, where `telassure run` is typed."""
    for name in ("http.py", "random.py", "telassure.py"):
        (tmp_path / name).write_text("raise SystemExit('the folder was imported')\n")
    port = free_port()
    system = install(API__PORT=port, DASHBOARDS__PORT=free_port())
    system.start("run", folder=tmp_path)
    until(lambda: alive(port), 60, "the endpoint")
    assert "starting it again" not in system.said("run")


def alive(port: int) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{port}/live").status_code == 200
    return False
