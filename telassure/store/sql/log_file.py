"""The files of a SQLite log as they were opened: are they still the ones at their paths?"""

import os
from pathlib import Path

from telassure.kernel.errors import LogMismatch

WAYS_OUT = "bring the file back, or: telassure restore, or accept the log as it is: telassure log adopt"


class LogFile:
    """The database's file and its write-ahead log. A file that was removed or replaced is written to as well as ever,
    and what is written is gone when it is closed: so it is looked at by path before anything is answered."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._seen: dict[Path, tuple[int, int]] = {}

    def check(self, written: bool) -> None:
        """LogMismatch where one of the files is another one than at the first look. With `written`, after a transaction
        that has written, the write-ahead log is there and is looked at too."""
        wal = self.place.with_name(f"{self.place.name}-wal")
        for place in (self.place, wal) if written or wal in self._seen else (self.place,):
            found = _inode(place)
            if found is None or self._seen.setdefault(place, found) != found:
                what = "was removed" if found is None else "was replaced by another file"
                raise LogMismatch(f"{place} {what} while it was open; nothing is acknowledged: {WAYS_OUT}")


def _inode(place: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(place)
    except OSError:
        return None
    return found.st_dev, found.st_ino
