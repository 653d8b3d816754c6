"""What the watched directory keeps of files that it has taken or set aside, and for how long."""

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telassure.kernel.instant import DAY, Instant

_MICROSECOND: Final = 1_000  # in nanoseconds


@dataclass(frozen=True, slots=True)
class Residue:
    """The files below a folder; each goes `days` after it was put there, 0 keeps all. Links are not followed.

    A file was put there when its entry last changed, which a move does and which nobody can set back.
    """

    folder: Path
    days: int

    def forget(self, now: Instant) -> int:
        """Delete what is older; how many files went. A folder that has stood empty for as long goes too: one that the
        watcher has just made is not taken from under it. What cannot be deleted is tried again at the next call."""
        if not self.days or self.folder.is_symlink():
            return 0
        before, gone = now - self.days * DAY, 0
        for folder, _, names in os.walk(self.folder, topdown=False):
            gone += sum(_gone(Path(folder, name), before) for name in names)
            if Path(folder) != self.folder and _changed(Path(folder)) < before:
                with suppress(OSError):  # something lies there
                    Path(folder).rmdir()
        return gone


def _changed(place: Path) -> Instant:
    return place.lstat().st_ctime_ns // _MICROSECOND


def _gone(place: Path, before: Instant) -> bool:
    with suppress(OSError):
        if stat.S_ISREG(place.lstat().st_mode) and _changed(place) < before:
            place.unlink()
            return True
    return False
