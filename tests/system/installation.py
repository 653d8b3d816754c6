"""One installation under test: its home, its commands as real processes, and what stands in its stores."""

import contextlib
import json
import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from telassure import wiring
from telassure.kernel.events import Alarm
from telassure.wiring.processes import own_command
from telassure.wiring.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
KEY = "5e" * 32  # one pseudonym key for all, so that installations can be compared
GRACE_SECONDS = 15.0
Found = TypeVar("Found")


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    notes: str

    @property
    def json(self) -> dict[str, Any]:
        """Its standard output as the one JSON object that it must be."""
        assert self.code == 0, f"exit {self.code}: {self.notes}"
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass
class Installation:
    """`settings` are names of the environment without TELASSURE_. Every process started is ended by `end`."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TELASSURE_")}
        ours = {"HOME": str(self.home), "PSEUDONYM_KEY": KEY, "LOG_LEVEL": "WARNING", **self.settings}
        return kept | {f"TELASSURE_{name}": value for name, value in ours.items()} | {"COLUMNS": "200"}

    def run(self, *arguments: object, seconds: float = 300) -> Ran:
        """A command to its end."""
        ran = subprocess.run(
            _command(arguments),
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def start(self, *arguments: object, folder: Path = ROOT) -> subprocess.Popen[bytes]:
        """A command that goes on, typed in a folder; what it says is added to <first argument>.log beside the home."""
        self.home.parent.mkdir(parents=True, exist_ok=True)
        with (self.home.parent / f"{self.home.name}-{arguments[0]}.log").open("ab") as said:
            process = subprocess.Popen(
                _command(arguments),
                env=self.environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def said(self, command: str) -> str:
        """What the processes of a command have said so far."""
        place = self.home.parent / f"{self.home.name}-{command}.log"
        return place.read_text(errors="replace") if place.exists() else ""

    def end(self) -> None:
        """SIGTERM to every process still there, SIGKILL where that is not enough."""
        alive = [process for process in self.processes if process.poll() is None]
        for process in alive:
            process.terminate()
        for process in alive:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_SECONDS)
            process.kill()
            process.wait()

    def standing(self) -> dict[str, Any]:
        """Everything that must not depend on what happened on the way: digests of all tables and points, and counts."""
        settings = Settings.model_construct(home=self.home)
        reader, points = wiring.reader(settings), wiring.metric_store(settings, read_only=True)
        try:
            counters = reader.counters()
            return {
                **reader.digests(),
                "points": points.digest(),
                "state": wiring.state_digest(settings),
                "counts": dict(reader.counts()),
                "records": counters.get("records", 0),
                "late": counters.get("late", 0),
                "dead_letters": counters.get("dead_letters", 0),
                "feeds": {name: at for name, at in reader.feeds().items() if name},
            }
        finally:
            reader.close()
            points.close()

    def alarms(self) -> list[Alarm]:
        """Every alarm, whatever became of it."""
        reader = wiring.reader(Settings.model_construct(home=self.home))
        try:
            return list(reader.every(Alarm))
        finally:
            reader.close()

    def charged(self, account: str) -> list[str]:
        """The usage records for which an account was charged, once for each charge."""
        with closing(sqlite3.connect(f"file:{self.home / 'charging.db'}?mode=ro", uri=True)) as charging:
            query = "SELECT record_id FROM charge WHERE account = ? AND amount_micros > 0 ORDER BY record_id"
            return [record for (record,) in charging.execute(query, (account,))]

    def reasons(self, limit: int = 10_000) -> list[tuple[str, str]]:
        """(place, reason) of every dead letter, sorted."""
        reader = wiring.reader(Settings.model_construct(home=self.home))
        try:
            return sorted((letter.place, letter.reason) for letter in reader.letters(limit=limit).rows)
        finally:
            reader.close()


def until(question: Callable[[], Found], seconds: float = 60.0, what: str = "it") -> Found:
    """The first answer that is true; an error names what did not come about in time."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline, f"{what} did not come about within {seconds:g} s"
        time.sleep(0.02)
    return answer


def descendants(pid: int) -> list[int]:
    """The processes below one, however deep; none where it has ended."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [found for child in map(int, children) for found in (child, *descendants(child))]


def gone(pid: int) -> bool:
    """Has the process ended, whether or not somebody has asked for its exit code?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def _command(arguments: tuple[object, ...]) -> list[str]:
    return own_command(*map(str, arguments))
