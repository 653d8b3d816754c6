"""What is older than the settings say is removed, or archived first, from a thread beside the worker's own."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import Final, Protocol

from telassure.kernel.errors import TransientError
from telassure.kernel.instant import DAY
from telassure.kernel.kept import kept_types
from telassure.kernel.ports import Archiving, Clock, EventLog, StateStore
from telassure.store.archive import FOLDER, Archive
from telassure.wiring.places import log_database
from telassure.wiring.settings import Settings

_log = logging.getLogger(__name__)
_SECONDS: Final = 3_600.0


class ShrinkingStore(StateStore, Protocol):
    """A state store whose file becomes smaller when it is asked."""

    def shrink(self) -> int: ...


@contextmanager
def removal(store: ShrinkingStore, settings: Settings, clock: Clock) -> Iterator[None]:
    """Inside the block a topology's old records and letters go, at its beginning and then once an hour."""
    with _hourly([partial(remove_old, store, settings, clock), partial(_old_letters, store, settings, clock)]):
        yield


@contextmanager
def log_removal(settings: Settings, clock: Clock) -> Iterator[None]:
    """The same for the letters of the log's database, and for its file."""
    with closing(log_database(settings)) as store, _hourly([partial(_old_letters, store, settings, clock)]):
        yield


@contextmanager
def claim_removal(log: EventLog, topology: str) -> Iterator[None]:
    """Over Kafka: the source positions that were claimed longer ago than the topic keeps records."""
    with _hourly([partial(log.prune, topology, 0, 0)]):
        yield


@contextmanager
def _hourly(chores: Sequence[Callable[[], object]]) -> Iterator[None]:
    stop = threading.Event()

    def work() -> None:
        while True:
            for chore in chores:
                try:
                    chore()
                except TransientError as failure:
                    _log.warning("what is old is removed later: %s", failure)
                except Exception:  # the last resort: a thread that has died removes nothing until the next start
                    _log.exception("what is old is not removed")
            if stop.wait(_SECONDS):
                return

    thread = threading.Thread(target=work, name="removal", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def remove_old(store: StateStore, settings: Settings, clock: Clock) -> int:
    """Remove from each table what is older than is said for it; how many records went."""
    first, gone = archiving(settings), 0
    for kind, kept in sorted(kept_types().items(), key=lambda each: each[1].table):
        days = settings.retention.days_of(kept)
        if not days:
            continue
        try:
            gone += store.remove(kind, days * DAY, clock.now(), first)
        except (TransientError, OSError) as failure:
            _log.warning("records of %s are removed later: %s", kept.table, failure)
    return gone


def archiving(settings: Settings) -> Archiving | None:
    """Where ledgers go: the folder that is named, else the home's own; None where many machines name none, since what
    lies on one of them may be lost with it."""
    if settings.retention.archive is not None:
        return Archive(settings.retention.archive).keep
    return None if settings.distributed else Archive(settings.home / FOLDER).keep


class _Letters(Protocol):
    def forget_letters(self, waiting: int, answered: int) -> int: ...
    def shrink(self) -> int: ...


def _old_letters(store: _Letters, settings: Settings, clock: Clock) -> None:
    """Letters that are too old, and then the space that all this has freed."""
    kept = settings.retention
    waiting, answered = kept.bounded(kept.letters_days), kept.bounded(kept.answered_letters_days)
    store.forget_letters(clock.now() - waiting * DAY, clock.now() - answered * DAY)
    store.shrink()
