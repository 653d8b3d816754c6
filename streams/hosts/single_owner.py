"""One process per topology, inbox and home: a lock on a file, which the system drops with the process."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import Final

from telassure.kernel.errors import OwnedElsewhere

_LOOK_SECONDS: Final = 1.0
_log = logging.getLogger(__name__)


@contextmanager
def single_owner(path: Path) -> Iterator[None]:
    """Hold the lock; OwnedElsewhere where another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            whose = os.pread(held, 32, 0).decode(errors="replace").strip()
            other = f"process {whose}" if whose.isdecimal() else "another worker"
            raise OwnedElsewhere(f"{path}: {other} runs on this home; stop it first") from taken
        os.ftruncate(held, 0)
        os.pwrite(held, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(held)


@contextmanager
def sole_owner(path: Path, stop: Event) -> Iterator[bool]:
    """Wait until no other process holds the lock, and hold it: True. False where `stop` was set before."""
    told = False
    with ExitStack() as held:
        while not stop.is_set():
            try:
                held.enter_context(single_owner(path))
            except OwnedElsewhere as elsewhere:
                if not told:
                    _log.warning("this process stands by: %s", elsewhere)
                told = True
                stop.wait(_LOOK_SECONDS)
            else:
                yield True
                return
        yield False
