"""When a file is whole: at rest between two looks, closed by whoever wrote it, and its last line ended."""

import fcntl
import os
import signal
from dataclasses import dataclass
from errno import EAGAIN
from pathlib import Path
from typing import Final

from ingestion.sources.files.bounded import plain_name, regular

LOOKS_UNENDED: Final = 30
"""How many looks a file without the end of its last line is waited for before it is said to be cut short."""
_LINES: Final = frozenset({".csv", ".jsonl", ".ndjson", ".toml"})  # what does not show by itself where it ends
_ENDS: Final = b"\r\n"


@dataclass(frozen=True, slots=True)
class Rest:
    """A file's size and modification time, and for how many looks it has kept both."""

    size: int
    modified: int
    looks: int = 0

    def since(self, before: "Rest | None") -> "Rest":
        """This look, after the one before it."""
        if before is None or (before.size, before.modified) != (self.size, self.modified):
            return self
        return Rest(self.size, self.modified, before.looks + 1)


def rest_of(path: Path) -> Rest | None:
    """A first look at a file; None where it has gone or may not be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Rest(found.st_size, found.st_mtime_ns)


def is_whole(path: Path, rest: Rest) -> bool:
    """Whether a file may be taken now: what is cut short is, once it was waited for, so that it is told."""
    return rest.looks >= 1 and not is_open(path) and (rest.looks >= LOOKS_UNENDED or is_ended(path))


def is_ended(path: Path) -> bool:
    """Whether a file of lines ends with the end of a line: without it the last one may be half a line. A packed file,
    and one of another kind, shows by itself where it ends."""
    if plain_name(path.name) != path.name or path.suffix.lower() not in _LINES:
        return True
    try:
        with regular(path) as stream:
            stream.seek(max(stream.seek(0, os.SEEK_END) - 1, 0))
            return stream.read(1) in _ENDS and stream.tell() > 0
    except OSError:
        return True  # whoever takes it says why it cannot be read


def is_open(path: Path) -> bool:
    """Whether a process has the file open for writing; False where the system does not say (fcntl(2), F_SETLEASE)."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        with regular(path) as stream:
            # Who opens the file in this moment waits for us; the signal that tells us is one that is not obeyed.
            fcntl.fcntl(stream, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(stream, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(stream, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as refused:
        return refused.errno == EAGAIN
    return False
