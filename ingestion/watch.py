"""A watched directory: files that rest are claimed, taken through the gateway, and moved to done or failed."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from threading import Event
from typing import Final

from ingestion.batch import Origin
from ingestion.files.bounded import content_hash
from ingestion.files.intake import Taken, take_file
from ingestion.gateway import Gateway
from telassure.errors import TransientError

CLAIMED: Final = "claimed"
DONE: Final = "done"
FAILED: Final = "failed"
_OURS: Final = frozenset({CLAIMED, DONE, FAILED})
_log = logging.getLogger(__name__)

_Rest = tuple[int, int]  # size and modification time: a file that keeps both from one look to the next is whole


@dataclass(frozen=True, slots=True)
class WatchedFile:
    """A file that was taken, where it lies now, and what became of its rows."""

    name: str
    place: Path
    taken: Taken


class Watcher:
    """Looks at a directory tree and takes each file once it rests between two looks.

    A file is claimed by renaming it into claimed/; it ends in done/, or in failed/ with a text of the reasons beside.
    One found in claimed/ was under way when the process died, or the log was not to be had: it is taken again, and the
    log refuses what it has. One process watches a directory.
    """

    def __init__(self, gateway: Gateway, directory: Path, feed: str = "files", zone: tzinfo = UTC) -> None:
        self._gateway, self._root, self._feed, self._zone = gateway, directory, feed, zone
        self._resting: dict[Path, _Rest] = {}
        for folder in _OURS:
            (directory / folder).mkdir(parents=True, exist_ok=True)

    def run(self, stop: Event, interval: float = 1.0) -> None:
        """Look every `interval` seconds until `stop`; where the log is not to be had, files wait for the next look."""
        while not stop.is_set():
            try:
                for done in self.turn():
                    _log.info("file taken", extra={"file": done.name, "rows": done.taken.records})
            except TransientError as error:
                _log.warning("the log is not to be had, the file waits", extra={"reason": str(error)})
            stop.wait(interval)

    def turn(self) -> Iterator[WatchedFile]:
        """One look: take what is claimed, then claim and take what has come to rest since the last look."""
        for path in _files(self._root / CLAIMED):
            yield self._take(path)
        seen: dict[Path, _Rest] = {}
        for path in self._incoming():
            rest = _rest(path)
            if rest is None:
                continue
            seen[path] = rest
            if self._resting.get(path) == rest and (claimed := self._claim(path)) is not None:
                yield self._take(claimed)
        self._resting = seen

    def _incoming(self) -> Iterator[Path]:
        for entry in sorted(self._root.iterdir()):
            if entry.name in _OURS or entry.name.startswith(".") or entry.is_symlink():
                continue
            yield from _files(entry) if entry.is_dir() else (entry,)

    def _claim(self, path: Path) -> Path | None:
        claimed = self._root / CLAIMED / path.relative_to(self._root)
        try:
            return _moved(path, claimed)
        except FileNotFoundError:
            return None  # another watcher was faster, or its writer took it away

    def _take(self, path: Path) -> WatchedFile:
        name = path.relative_to(self._root / CLAIMED).as_posix()
        digest = content_hash(path)
        origin = Origin(self._feed, f"file:{self._feed}:{name}:{digest}", zone=self._zone)
        taken = take_file(self._gateway, path, name, origin)
        place = self._root / (FAILED if taken.broken else DONE) / name
        if place.exists():
            place = place.with_name(f"{place.name}.{digest}")
        moved = _moved(path, place)
        if taken.broken:
            reasons = "".join(f"{where}: {reason}\n" for where, reason in taken.broken)
            moved.with_name(moved.name + ".reason.txt").write_text(reasons, encoding="utf-8")
        return WatchedFile(name, moved, taken)


def _files(folder: Path) -> list[Path]:
    """The files below a folder, hidden ones and links left out, in a fixed order."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        paths = (Path(place) / name for name in names if not name.startswith("."))
        found += [path for path in paths if path.is_file() and not path.is_symlink()]
    return sorted(found)


def _rest(path: Path) -> _Rest | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def _moved(path: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    path.rename(to)
    return to
