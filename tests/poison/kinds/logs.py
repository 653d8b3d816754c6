"""A log that is not the one that was written to, for a moment: nothing is acknowledged into it, and all goes on."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from telassure.store.sql import migrate
from tests.outbox.receivers import Desk
from tests.poison.kinds.times import act_at, alarm
from tests.poison.living import Living
from tests.poison.network import FEEDS
from tests.poison.trial import Poison

DAMAGED = "damaged log"
_PARTS = ("log.db", "log.db-wal", "log.db-shm")
_COPY = "log.copy"
Put = Callable[[Path], None]


@contextmanager
def _away(home: Path) -> Iterator[None]:
    """Inside the block the files of the log lie elsewhere; whatever came to their place is gone afterwards."""
    moved = [name for name in _PARTS if (home / name).exists()]
    for name in moved:
        (home / name).rename(home / f"{name}.away")
    try:
        yield
    finally:
        for name in _PARTS:
            (home / name).unlink(missing_ok=True)
        for name in moved:
            (home / f"{name}.away").rename(home / name)


def _damaged(name: str, second: int, put: Put, copied: int = 0) -> Poison:
    """At `second` something is put in the place of the log while an alarm comes by a feed that is known."""
    answers: list[int] = []

    def harm(system: Living) -> None:
        with _away(system.home), system.connected("api_token") as client:
            put(system.home)
            row = alarm("ghost-north", system.machine.wall)
            answers.append(client.post("/v1/ingest/alarms", json=[row], headers={"X-Feed": FEEDS[0]}).status_code)

    def copy(system: Living) -> None:
        with (
            closing(sqlite3.connect(system.home / "log.db")) as here,
            closing(sqlite3.connect(system.home / _COPY)) as there,
        ):
            here.backup(there)

    def act(system: Living, now: int) -> None:
        act_at(copied, copy)(system, now) if copied else None
        act_at(second, harm)(system, now)

    def claim(system: Living, other: Desk) -> str:
        return "" if answers == [503] else f"answered {answers} while the log was not there"

    return Poison(DAMAGED, name, act, claim=claim)


def damaged() -> Iterator[Poison]:
    yield _damaged("removed", 600, lambda home: None)
    yield _damaged("another, empty one in its place", 610, lambda home: migrate.upgrade(_url(home), "log"))
    yield _damaged("an older copy in its place", 620, lambda home: (home / "log.db").write_bytes(_kept(home)), 300)
    yield _damaged("a file of zeros in its place", 630, lambda home: (home / "log.db").write_bytes(bytes(8_192)))


def _url(home: Path) -> str:
    return f"sqlite:///{home / 'log.db'}"


def _kept(home: Path) -> bytes:
    return (home / _COPY).read_bytes()
