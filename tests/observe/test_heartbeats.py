"""What stands still or has ended is said in words, and what ended because it was told to is nobody's worry."""

import os
import subprocess
import sys

import pytest

from telassure.observe import heartbeats
from telassure.observe.heartbeats import (
    Beat,
    Heart,
    Restarts,
    beats,
    forget_dead,
    ill,
    newest,
    remarks,
    restarts,
    uptime,
)


def test_a_process_that_beats_is_well(tmp_path):
    Heart(tmp_path, "worker-assurance", "assurance worker").beat()
    assert ill(tmp_path) == []
    assert newest(tmp_path, "worker-assurance")[0] == os.getpid()


def test_one_that_stands_still_is_told_within_fifteen_seconds(tmp_path):
    heart = Heart(tmp_path, "worker-assurance", "assurance worker", _began=uptime() - 600)
    heart.beat()
    assert ill(tmp_path, uptime() + 11) == []
    assert ill(tmp_path, uptime() + 13) == ["our assurance worker has stood still for 13 s"]


@pytest.mark.parametrize("ask", [ill, lambda home: [] if remarks(home) else ["nothing is said"]])
def test_a_beat_that_comes_while_it_is_looked_is_no_age_of_the_machine(tmp_path, monkeypatch, ask):
    heart = Heart(tmp_path, "worker-charging", "charging worker", remark=lambda: "x", _began=uptime() - 600)

    def beaten(home):
        heart._last = 0.0
        heart.beat()
        return beats(home)

    monkeypatch.setattr(heartbeats, "beats", beaten)
    assert ask(tmp_path) == []


def test_one_that_was_killed_is_told_apart_from_one_that_stands_still(tmp_path):
    code = "import sys; from pathlib import Path; from telassure.observe.heartbeats import Heart, uptime;"
    code += "Heart(Path(sys.argv[1]), 'api', 'ingestion endpoint', _began=uptime() - 600).beat()"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert ill(tmp_path, uptime() + 60) == ["our ingestion endpoint ended 60 s ago"]


def test_one_that_ended_because_it_was_told_to_is_not_waited_for(tmp_path):
    heart = Heart(tmp_path, "api", "ingestion endpoint")
    heart.beat()
    heart.stop()
    assert beats(tmp_path) == []


def test_a_beat_of_before_the_machine_was_started_is_no_sign_of_life():
    assert Beat("api", "ingestion endpoint", 1, 5_000.0, 5_010.0).age(now=300.0) == 300.0


def test_a_young_process_may_compile_before_it_comes_round(tmp_path):
    Heart(tmp_path, "worker-detection", "detection worker").beat()
    assert ill(tmp_path, uptime() + 29) == []
    assert len(ill(tmp_path, uptime() + 31)) == 1


def test_what_was_started_again_is_told_for_ten_minutes(tmp_path):
    kept = Restarts(tmp_path)
    kept.note("api", "it stood still")
    kept.note("api", "it ended with -9")
    assert restarts(tmp_path, uptime() + 10)[0].startswith(
        "our api was started again 2 times in ten minutes, last 10 s ago"
    )
    assert restarts(tmp_path, uptime() + 700) == []


def test_who_starts_the_system_waits_for_no_process_that_was_killed_before(tmp_path):
    code = "import sys; from pathlib import Path; from telassure.observe.heartbeats import Heart;"
    code += "Heart(Path(sys.argv[1]), 'demo', 'demo operator').beat()"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    Heart(tmp_path, "worker-assurance", "assurance worker").beat()
    forget_dead(tmp_path)
    assert [beat.name for beat in beats(tmp_path)] == ["worker-assurance"]


def test_what_processes_have_to_say_is_told_once_and_makes_none_of_them_ill(tmp_path):
    for name in ("worker-assurance", "worker-charging"):
        Heart(tmp_path, name, name, remark=lambda: "the clock has jumped").beat()
    Heart(tmp_path, "api", "ingestion endpoint").beat()
    assert (remarks(tmp_path), ill(tmp_path)) == (["the clock has jumped"], [])
    assert remarks(tmp_path, uptime() + 600) == []
