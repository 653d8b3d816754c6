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
            whose = os.pread(held, 32, 0).decode(errors="replace").strip()
            other = f"process {whose}" if whose.isdecimal() else "another worker"
            raise OwnedElsewhere(f"{path}: {other} runs on this home; stop it first") from taken
        os.ftruncate(held, 0)
        os.pwrite(held, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(held)
