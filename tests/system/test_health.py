"""A running system says what is ill within seconds, mends what it can, and has one owner."""

import os
import signal

import httpx
import pytest

from telassure.observe.heartbeats import beats, ill, restarts
from tests.conftest import free_port
from tests.system.installation import until
from tests.system.test_supervisor import Install, started


def test_a_second_run_on_a_home_is_refused_and_told_whose_it_is(install: Install) -> None:
    system, supervisor = started(install)
    system.settings = {**system.settings, "API__PORT": str(free_port()), "DASHBOARDS__PORT": str(free_port())}
    ran = system.run("run", seconds=60)
    assert ran.code == 2
    assert f"process {supervisor} runs on this home" in ran.notes


@pytest.mark.heavy
def test_what_stands_still_is_told_ended_and_started_again(install: Install) -> None:
    system, _ = started(install)
    names = ("worker-assurance", "api")

    def pids() -> dict[str, int]:
        return {beat.name: beat.pid for beat in beats(system.home) if beat.name in names}

    until(lambda: set(pids()) == set(names), 60, "the first beats")
    before = pids()
    for pid in before.values():
        os.kill(pid, signal.SIGSTOP)
    until(lambda: len(ill(system.home)) == 2, 45, "word of both")
    assert {words.rpartition(" for ")[0] for words in ill(system.home)} == {
        "our assurance worker has stood still",
        "our ingestion endpoint has stood still",
    }
    until(lambda: all(pids()[name] != before[name] for name in names), 90, "their successors")
    until(lambda: not ill(system.home), 30, "that all is well")
    until(lambda: _ready(int(system.settings["API__PORT"])) == 200, 30, "that it is ready")
    assert len(restarts(system.home)) == 2


def _ready(port: int) -> int:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ready", trust_env=False).status_code
    except httpx.HTTPError:
        return 0
