"""One process watches an inbox, and shows by its own loop that it does."""

import gzip
import os
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from ingestion.sources.files import bounded
from ingestion.sources.files.inbox import Watcher
from streams.hosts.single_owner import single_owner, sole_owner

HOLD = """
import sys
from pathlib import Path
from streams.hosts.single_owner import single_owner
with single_owner(Path(sys.argv[1])):
    print(flush=True)
    sys.stdin.read()
"""
ROWS = "record_id,account,service,time,volume\n" + "".join(f"r-{n},a,sms,2026-06-01T10:00:00Z,1\n" for n in range(50))


def test_who_comes_second_stands_by_until_it_is_told_to_end(tmp_path: Path) -> None:
    stop = Looked()
    with single_owner(tmp_path / "inbox.lock"), sole_owner(tmp_path / "inbox.lock", stop) as ours:
        assert (ours, stop.looks) == (False, 3)


def test_who_stands_by_takes_over_from_one_that_was_killed(tmp_path: Path) -> None:
    place = tmp_path / "inbox.lock"
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with other:
        assert other.stdout is not None
        other.stdout.readline()
        with sole_owner(place, Killing(other)) as ours:
            assert ours
    assert place.read_text().startswith(str(os.getpid()))


def test_a_watcher_beats_at_each_look_however_rarely_it_looks(world, tmp_path: Path) -> None:
    stop, beats = Looked(), []
    Watcher(world.gateway, tmp_path / "drop", beat=lambda: beats.append(1)).run(stop, 3600.0)
    assert len(beats) == stop.looks == 3


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_a_watcher_beats_for_each_piece_of_a_file_that_it_reads(world, tmp_path: Path, monkeypatch, packed) -> None:
    monkeypatch.setattr(bounded, "_PIECE", 256)
    raw = ROWS.encode()
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / f"usage.csv{'.gz' if packed else ''}").write_bytes(gzip.compress(raw) if packed else raw)
    beats: list[int] = []
    watcher = Watcher(world.gateway, drop, beat=lambda: beats.append(1))
    taken = [done for _ in range(2) for done in watcher.turn()]
    assert taken[0].taken.records == 50
    assert len(beats) >= len(raw) // 256


class Looked(Event):
    """An event that nobody has to wait for: it is set at the third wait."""

    looks = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.looks += 1
        if self.looks == 3:
            self.set()
        return self.is_set()


class Killing(Event):
    """Whoever waits for it sees the other owner killed meanwhile."""

    def __init__(self, other: "subprocess.Popen[bytes]") -> None:
        super().__init__()
        self._other = other

    def wait(self, timeout: float | None = None) -> bool:
        self._other.kill()
        self._other.wait()
        return self.is_set()
