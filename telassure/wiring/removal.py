"""Business records that are older than the settings say are removed, from a thread of their own."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from telassure.kernel.errors import TransientError
from telassure.kernel.instant import DAY
from telassure.kernel.kept import kept_types
from telassure.kernel.ports import Clock, StateStore
from telassure.wiring.settings import Settings

_log = logging.getLogger(__name__)
_SECONDS: Final = 3_600.0


@contextmanager
def removal(store: StateStore, settings: Settings, clock: Clock) -> Iterator[None]:
    """Inside the block, once at its beginning and then once an hour; nothing happens where no table is named."""
    if not settings.retention.records_days:
        yield
        return
    stop = threading.Event()

    def work() -> None:
        remove_old(store, settings, clock)
        while not stop.wait(_SECONDS):
            remove_old(store, settings, clock)

    thread = threading.Thread(target=work, name="removal", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def remove_old(store: StateStore, settings: Settings, clock: Clock) -> int:
    """Remove from each table that the settings name what is older than they say; how many records went."""
    kinds, gone = {kept.table: kind for kind, kept in kept_types().items()}, 0
    for table, days in settings.retention.records_days.items():
        try:
            gone += store.remove(kinds[table], days * DAY, clock.now())
        except TransientError as failure:
            _log.warning("records of %s are removed later: %s", table, failure)
    return gone
