"""A gateway over a real log in a temporary database, at a fixed time."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from ingestion.batches.batch import Batch, Origin, Receipt
from ingestion.batches.directory import MemoryDirectory
from ingestion.fields.privacy import Pseudonymiser
from ingestion.gateway import Gateway
from ingestion.sources.files.bounded import content_hash
from ingestion.sources.files.recognition import take_file
from ingestion.sources.files.tally import FileTally
from telassure.kernel.codec import decode
from telassure.kernel.events import CatalogueChange, DeadLetter
from telassure.kernel.instant import parse_instant
from telassure.kernel.ports import Appended, Entry
from telassure.store.sql import SqlEventLog

PARTITIONS = {"detection": 2, "assurance": 2, "charging": 3}


class FixedClock:
    at = parse_instant("2026-06-01T12:00:00Z")

    def now(self) -> int:
        return self.at


@dataclass
class KeptLetters:
    """The event log, and beside it the letters that were buried in it."""

    log: SqlEventLog
    letters: dict[str, DeadLetter] = field(default_factory=dict)

    def append(self, entries: list[Entry]) -> Appended:
        return self.log.append(entries)

    def bury(self, letters: list[DeadLetter]) -> None:
        self.log.bury(letters)
        self.letters |= {letter.letter_id: letter for letter in letters}


class World:
    def __init__(self, url: str) -> None:
        self.partitions = PARTITIONS
        self.sql = SqlEventLog(url)
        self.log = KeptLetters(self.sql)
        self.who = Pseudonymiser(b"a key of the tests")
        self.clock = FixedClock()
        self.restart()

    def restart(self) -> None:
        """A gateway that knows of the catalogue what the log says."""
        self.directory = MemoryDirectory()
        for event in self.events_of("assurance", 0):
            if isinstance(event, CatalogueChange):
                self.directory.learn(event.entries)
        self.gateway = Gateway(self.log, self.directory, self.clock, PARTITIONS, self.who)

    def submit(self, kind: str, body: object, position: str = "1", feed: str = "live", **more: object) -> Receipt:
        return self.gateway.submit(Batch(kind, body, position, **more), Origin(feed, f"test:{kind}"))

    def take(self, path: Path, feed: str = "replay:files", content: bytes | None = None) -> FileTally:
        if content is not None:
            path.write_bytes(content)
        return take_file(self.gateway, path, path.name, Origin(feed, f"file:{path.name}:{content_hash(path)}"))

    def events(self, topology: str) -> list[object]:
        return [event for part in range(PARTITIONS[topology]) for event in self.events_of(topology, part)]

    def events_of(self, topology: str, partition: int) -> list[object]:
        records = self.sql.read(topology, partition, 0, 1_000_000, 1 << 30)
        return [decode(record.kind, record.payload) for record in records]

    def ends(self) -> list[int]:
        return [self.sql.end(topology, part) for topology in PARTITIONS for part in range(PARTITIONS[topology])]

    def reasons(self) -> list[tuple[str, str]]:
        return sorted((letter.place, letter.reason) for letter in self.log.letters.values())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(f"sqlite:///{tmp_path / 'log.db'}")
    yield made
    made.sql.close()


@pytest.fixture
def worlds(tmp_path: Path) -> Callable[[], AbstractContextManager[World]]:
    """Any number of worlds, each new."""
    numbers = count()

    @contextmanager
    def made() -> Iterator[World]:
        found = World(f"sqlite:///{tmp_path / f'log-{next(numbers)}.db'}")
        try:
            yield found
        finally:
            found.sql.close()

    return made


@pytest.fixture
def shared() -> Path:
    place = Path(os.environ.get("TELASSURE_SHARED", Path(__file__).parents[2].parent / "shared"))
    if not (place / "corpora").is_dir():
        pytest.skip("the shared corpora are not here; set TELASSURE_SHARED to their folder")
    return place / "corpora"
