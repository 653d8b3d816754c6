"""A watched directory: files that rest are claimed, taken through the gateway, and moved to done or failed."""

import logging
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo
from hashlib import blake2b
from pathlib import Path
from threading import Event
from typing import Final

from ingestion.batches.batch import Origin
from ingestion.gateway import Gateway
from ingestion.sources.files.bounded import content_hash, unpacked
from ingestion.sources.files.recognition import take_file
from ingestion.sources.files.rest import Rest, is_ended, is_open, is_whole, rest_of
from ingestion.sources.files.tally import FileTally, refuse
from telassure.kernel.errors import InvalidInput, TransientError, masked

CLAIMED: Final = "claimed"
DONE: Final = "done"
FAILED: Final = "failed"
_OURS: Final = frozenset({CLAIMED, DONE, FAILED})
_SIGN_SECONDS: Final = 1.0
_NAME: Final = 200  # characters of a name that leave room for an ending
_log = logging.getLogger(__name__)

_ODD: Final = "it is no regular file (a pipe, a socket or a device) and is not opened; put a file here"
_LINK: Final = "it is a symbolic link and is not followed; put the file itself here"
_LINKED: Final = (
    "it has another name elsewhere, under which it can change; it is taken once that is gone, or put a copy here"
)
_TOLD: Final = 1_000
"""The most odd entries that are told by one watcher; each has a letter."""
_UNENDED: Final = "its last line has no end, it may be cut short; complete it, or end the line, and put it here again"


@dataclass(frozen=True, slots=True)
class WatchedFile:
    """A file that was taken, where it lies now, and what became of its rows."""

    name: str
    place: Path
    taken: FileTally


class Watcher:
    """Looks at a directory tree and takes each file once it is whole (`rest`).

    A file is claimed by renaming it into claimed/; it ends in done/, or in failed/ with a text of the reasons beside.
    One found in claimed/ was under way when the process died, or the log was not to be had: it is taken again, and the
    log refuses what it has. One whose last line has no end is set aside in failed/ with nothing of it taken, after it
    was waited for. A file is known by its content: what was completed, or replaced, is another. One process watches a
    directory. `beat` is called as often as it goes on: at each look, and for each piece of a file that it reads.
    """

    def __init__(
        self,
        gateway: Gateway,
        directory: Path,
        feed: str = "files",
        zone: tzinfo = UTC,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._beat = beat
        self._gateway, self._root, self._feed, self._zone = gateway, directory, feed, zone
        self._resting: dict[Path, Rest] = {}
        self._passed: set[str] = set()
        self._linked: set[Path] = set()
        for folder in _OURS:
            (directory / folder).mkdir(parents=True, exist_ok=True)

    def run(self, stop: Event, interval: float = 1.0) -> None:
        """Look every `interval` seconds until `stop`, whatever fails; where the log is not to be had, files wait."""
        while not stop.is_set():
            self._beat()
            try:
                for done in self.turn():
                    _log.info("file taken", extra={"file": done.name, "rows": done.taken.records})
            except TransientError as error:
                _log.warning("the log is not to be had, the file waits", extra={"reason": str(error)})
            except Exception:  # the last resort: a watcher that has died takes no file ever again
                _log.exception("a look at the watched directory failed, the next one tries again")
            self._rest(stop, interval)

    def _rest(self, stop: Event, seconds: float) -> None:
        """Signs of life come however rarely it is to look."""
        while not stop.wait(min(seconds, _SIGN_SECONDS)) and seconds > _SIGN_SECONDS:
            self._beat()
            seconds -= _SIGN_SECONDS

    def turn(self) -> Iterator[WatchedFile]:
        """One look: take what is claimed, then claim and take what has come to rest since the last look."""
        for path in _files(self._root / CLAIMED):
            yield from self._settled(path)
        seen: dict[Path, Rest] = {}
        for path in self._incoming():
            found = rest_of(path)
            if found is None:
                continue
            seen[path] = rest = found.since(self._resting.get(path))
            if is_whole(path, rest) and (claimed := self._claim(path)) is not None:
                yield from self._settled(claimed)
        self._resting = seen

    def _incoming(self) -> Iterator[Path]:
        linked, self._linked = self._linked, set()
        for entry in sorted(self._root.iterdir()):
            if entry.name in _OURS or entry.name.startswith("."):
                continue
            for path in _entries(entry) if entry.is_dir() and not entry.is_symlink() else [entry]:
                if (reason := _oddity(path)) is None:
                    yield path
                elif reason == _LINKED and path not in linked:
                    self._linked.add(path)  # whoever puts a file here by a link takes its other name away at once
                elif reason:
                    self._pass_over(path, reason)

    def _pass_over(self, entry: Path, reason: str) -> None:
        """Say once of what is no file of its own that it is not taken."""
        name = self._told(entry.relative_to(self._root))
        if name not in self._passed and len(self._passed) < _TOLD:
            self._passed.add(name)
            self._gateway.refuse(Origin(self._feed, f"file:{self._feed}:{name}"), name, reason)
            _log.warning("what is no file is left in the watched directory", extra={"file": name})

    def _claim(self, path: Path) -> Path | None:
        """Where the file lies now, None where it could not be had: another was faster, or it may not be moved."""
        claimed = self._root / CLAIMED / path.relative_to(self._root)
        try:
            if claimed.exists():
                return None
            _moved(path, claimed)
            # Who opened it before the move writes on into it, wherever it lies.
            if not is_open(claimed) or path.exists():
                return claimed
            _moved(claimed, path)
            return None
        except FileNotFoundError:
            return None  # another watcher was faster, or its writer took it away
        except OSError as refused:
            said = {"file": self._told(path.relative_to(self._root)), "reason": refused.strerror}
            _log.warning("a file cannot be claimed, it stays", extra=said)
            return None

    def _settled(self, path: Path) -> Iterator[WatchedFile]:
        """Take a claimed file; one that breaks its own taking is set aside, so that it harms no other."""
        try:
            yield self._take(path)
            _remove_empty(path.parent, self._root / CLAIMED)
        except TransientError:
            raise
        except Exception as error:  # whatever it is, it is this file's alone
            if not path.exists():
                return  # another watcher was faster
            said = {"file": self._told(path.relative_to(self._root / CLAIMED)), "reason": _reason(error)}
            _log.warning("a file cannot be taken", extra=said)
            if (aside := self._quarantined(path, error)) is not None:
                yield aside

    def _take(self, path: Path) -> WatchedFile:
        name = path.relative_to(self._root / CLAIMED).as_posix()
        if name != _plain(name):
            raise InvalidInput("the file's name is not UTF-8; rename the file and send it again")
        told = self._gateway.named(name)
        digest = content_hash(path, self._beat)
        source, claimed = f"file:{self._feed}:{told}:{digest}", str(path.stat().st_ctime_ns)  # its move to here
        origin = Origin(self._feed, source, zone=self._zone, actor=f"file {told}", attempt=claimed)
        try:
            unpacked(path, told, self._beat)
            if not is_ended(path):
                raise InvalidInput(_UNENDED, told)
        except InvalidInput as cut:  # nothing of it is taken, so that what it will be is taken once
            taken = FileTally(files=1)
            refuse(self._gateway, origin, cut, taken)
        else:
            taken = take_file(self._gateway, path, name, origin)  # which may be a series' own
        moved = self._placed(path, FAILED if taken.broken else DONE, name, digest)
        if taken.broken:
            _explain(moved, "".join(f"{self._gateway.named(where)}: {reason}\n" for where, reason in taken.broken))
        return WatchedFile(told, moved, taken)

    def _told(self, path: Path) -> str:
        """The name of a file as it may be told."""
        return self._gateway.named(_shown(path))

    def _placed(self, path: Path, folder: str, name: str, digest: str) -> Path:
        """Move a file to its end; where its name, or a folder of it, is taken, under its digest beside or above."""
        place = self._root / folder / name
        if place.exists():
            place = place.with_name(f"{place.name}.{digest}")
        try:
            return _moved(path, place)
        except OSError:  # a folder of its name is a file there, or the name with its digest is too long
            return _moved(path, self._root / folder / digest)

    def _quarantined(self, path: Path, error: Exception) -> WatchedFile | None:
        """Set a file aside in failed/ under its digest (that of its name where it cannot be read), which any file
        system takes; None where not even that works: it stays claimed for the next look."""
        try:
            digest = content_hash(path)
        except OSError:
            digest = blake2b(os.fsencode(path.name), digest_size=16).hexdigest()
        name, reason = self._told(path.relative_to(self._root / CLAIMED)), _reason(error)
        taken = FileTally(files=1, dead_letters=1, broken=[(name, reason)])
        try:
            self._gateway.refuse(Origin(self._feed, f"file:{self._feed}:{digest}", zone=self._zone), name, reason)
            moved = _moved(path, self._root / FAILED / digest)
            _explain(moved, f"{name}: {reason}\n")
        except OSError as refused:
            _log.warning("a file cannot be set aside", extra={"file": name, "reason": refused.strerror})
            return None
        return WatchedFile(name, moved, taken)


def _entries(folder: Path) -> list[Path]:
    """What is below a folder and no folder, hidden names left out, in a fixed order."""
    found = []
    for place, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(place) / name for name in (*names, *links) if not name.startswith(".")]
    return sorted(found)


def _files(folder: Path) -> list[Path]:
    """The files below a folder, hidden ones and links left out, in a fixed order."""
    return [path for path in _entries(folder) if _oddity(path) in (None, _LINKED)]


def _oddity(path: Path) -> str | None:
    """Why this is no file that may be taken; None where it is one, "" where it has gone."""
    try:
        found = path.lstat()
    except OSError:
        return ""
    if stat.S_ISLNK(found.st_mode):
        return _LINK
    if not stat.S_ISREG(found.st_mode):
        return _ODD
    return _LINKED if found.st_nlink > 1 else None


def _remove_empty(folder: Path, root: Path) -> None:
    """Remove a folder and those above it below `root`, as far as they are empty, so that their names are free."""
    while folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _plain(text: str) -> str:
    """Text that any encoder takes: bytes of a file name that are not UTF-8 are written as escapes."""
    return text.encode(errors="backslashreplace").decode()


def _reason(error: Exception) -> str:
    """Why, without the name of a file, which may hold a number."""
    return str(error.strerror) if isinstance(error, OSError) and error.strerror else masked(_plain(str(error)))


def _shown(path: Path) -> str:
    return _plain(path.as_posix())


def _explain(moved: Path, reasons: str) -> None:
    try:
        moved.with_name(f"{moved.name[:_NAME]}.reason.txt").write_text(reasons, encoding="utf-8")
    except OSError as refused:  # the dead letters hold the reasons too
        _log.warning("the reasons cannot be written", extra={"file": moved.parent.name, "reason": refused.strerror})


def _moved(path: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    path.rename(to)
    return to
