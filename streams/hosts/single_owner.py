"""One process per topology and home: a lock on a file, which the system drops with the process."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from telassure.kernel.errors import OwnedElsewhere


@contextmanager
def single_owner(path: Path) -> Iterator[None]:
    """Hold the lock; OwnedElsewhere where another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    held = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise OwnedElsewhere(f"{path}: another worker runs on this home; stop it first") from taken
        yield
    finally:
        os.close(held)
