"""Backup and restore of an embedded home: what is copied in which order, and what proves it."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telassure import __version__
from telassure.kernel.errors import ConfigurationError, InvalidInput, TelassureError, TransientError
from telassure.kernel.instant import to_datetime
from telassure.store.archive import FOLDER as ARCHIVE
from telassure.store.archive import MANIFEST, Archive
from telassure.store.backup import manifest
from telassure.store.backup.copies import copy_database, copy_file, fault_of
from telassure.store.backup.manifest import Manifest
from telassure.store.backup.pieces import PieceStore
from telassure.wiring.omissions import SECRETS, beside, omissions
from telassure.wiring.places import LOG, TOPOLOGIES, WallClock, event_log, state_digest, state_store
from telassure.wiring.settings import Settings, isolated

_WITHOUT_PLAIN: Final = ("partitions", "telassure.toml")
_PLAIN: Final = ("partitions", "telassure.toml")
ACCESS: Final = "access.db"
_TRIES: Final = 3
_ONE: Final = 1


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup came to: `new_bytes` were written, `bytes` are in it."""

    name: str
    files: int
    bytes: int
    new_bytes: int
    digest: str
    left_out: Sequence[str]


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found of a backup: `differences` between it and what it should be, in words, none where it is `ok`;
    `digest` is that of what can be made of it."""

    name: str
    files: int
    differences: Sequence[str]
    digest: str
    left_out: Sequence[str]

    @property
    def ok(self) -> bool:
        return not self.differences


def backup(settings: Settings, to: Path, secrets: bool) -> BackupReport:
    """Copy a home, running or not, into a folder of backups; what earlier ones hold is not written again.

    States are copied before the log, so that no checkpoint is beyond its end; a hop that a later copy has and an
    earlier one has not sent yet is sent again and known as a repeat. Points come after detection's state, which makes
    those that it has not noted again.
    """
    _embedded(settings)
    home, at = settings.home, WallClock().now()
    name = to_datetime(at).strftime("%Y%m%dT%H%M%S.%fZ")
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _scratch(to) as making:
        offsets = _copied(settings, making)
        for plain in _plain_files(home, secrets):
            copy_file(home / plain, making / plain)
        digest = state_digest(_of(settings, making))
        store, files, new = PieceStore(to), dict[str, Sequence[str]](), 0
        for place in sorted(each for each in making.rglob("*") if each.is_file() and not beside(each)):
            files[place.relative_to(making).as_posix()], added = store.keep(place)
            new += added
        size = sum((making / each).stat().st_size for each in files)
    left_out = omissions(settings, files, secrets)
    Manifest(name, __version__, settings.partitions, digest, files, offsets, left_out).write(to)
    return BackupReport(name, len(files), size, new, digest, left_out)


def prove(source: Path, name: str = "") -> Proof:
    """Put a backup together in a place of its own, look at every piece and database, and compare the digests."""
    found = manifest.read(source, name)
    wrong = [f"{file}: {what}" for file, pieces in found.files.items() for what in PieceStore(source).wrong(pieces)]
    if wrong:
        return Proof(found.name, len(found.files), wrong, "", found.left_out)
    with _scratch(source) as making:
        return _assembled(source, found, making)


def restore(source: Path, home: Path, name: str = "") -> Proof:
    """Put a backup into a home that is not there yet; it is there whole, or not at all."""
    if home.exists() and any(home.iterdir()):
        raise InvalidInput("it is not empty; restore into a folder that is not there yet", str(home))
    found = manifest.read(source, name)
    wrong = [f"{file}: {what}" for file, pieces in found.files.items() for what in PieceStore(source).wrong(pieces)]
    if wrong:
        return Proof(found.name, len(found.files), wrong, "", found.left_out)
    home.parent.mkdir(parents=True, exist_ok=True)
    with _scratch(home.parent) as making:
        proof = _assembled(source, found, making)
        if proof.ok:
            making.chmod(0o700)
            if home.exists():
                home.rmdir()
            shutil.move(making, home)
    return proof


def _assembled(source: Path, found: Manifest, making: Path) -> Proof:
    store = PieceStore(source)
    for file, pieces in found.files.items():
        store.bring(pieces, making / file)
    wrong = [
        f"{file}: {fault}"
        for file in found.files
        if file.endswith((".db", ".sqlite")) and (fault := fault_of(making / file))
    ]
    archive, digest = Archive(making / ARCHIVE), ""
    for each in (named for table in archive.tables() for named in archive.files(table)):
        wrong += [f"{ARCHIVE}/{each.table}/{each.file}: {fault}"] if (fault := archive.fault(each)) else []
    if not wrong:
        try:
            digest = state_digest(isolated(making).model_copy(update={"partitions": found.partitions}))
        except TelassureError as unreadable:
            wrong = [str(unreadable)]
    if not wrong and digest != found.state_digest:
        wrong = [f"records and points: their digest is {digest[:16]}, the home's was {found.state_digest[:16]}"]
    return Proof(found.name, len(found.files), wrong, digest, found.left_out)


def _copied(settings: Settings, making: Path) -> Mapping[str, Sequence[int]]:
    """The databases, states first; where the log has trimmed meanwhile what a state has yet to read, all again."""
    home = settings.home
    for _ in range(_TRIES):
        for topology in TOPOLOGIES:
            copy_database(home / f"{topology}.db", making / f"{topology}.db")
        for points in sorted((home / "metrics").glob("*")):
            if points.is_file() and not beside(points) and points.suffix != ".lock":
                copy_database(points, making / "metrics" / points.name)
        copy_database(home / "log.db", making / "log.db")
        if (home / ACCESS).is_file():
            copy_database(home / ACCESS, making / ACCESS)
        copy = _of(settings, making)
        offsets = {name: _offsets(copy, name) for name in TOPOLOGIES}
        if _whole(copy, offsets):
            return offsets
    raise TransientError("the log is trimmed faster than it can be copied; set retention.log_records higher")


def _offsets(settings: Settings, topology: str) -> list[int]:
    with closing(state_store(settings, topology)) as store:
        return [store.checkpoint(topology, number).offset for number in range(settings.partitions)]


def _whole(settings: Settings, offsets: Mapping[str, Sequence[int]]) -> bool:
    """Everything after each checkpoint is in the log, and no checkpoint is beyond its end."""
    with closing(event_log(settings)) as log:
        for topology, several in offsets.items():
            for number, offset in enumerate(several):
                end = log.end(topology, number)
                following = log.read(topology, number, offset, _ONE, _ONE)
                if offset > end or (offset < end and (not following or following[0].offset != offset + 1)):
                    return False
    return True


def _plain_files(home: Path, secrets: bool) -> Iterator[str]:
    """Files as they are: what is set, what waits in the inbox, the demo's own, what was archived, and secrets where
    they are asked for. Of the archive, which is copied after the states so that no line falls between the two, the
    manifests come before the files that they name."""
    yield from (name for name in _PLAIN if (home / name).is_file())
    yield from (place.relative_to(home).as_posix() for place in (home / ARCHIVE).glob(f"*/{MANIFEST}"))
    for place in sorted((home / ARCHIVE).glob("*/*.gz")):
        yield place.relative_to(home).as_posix()
    folders = ("inbox", "simulator", *((SECRETS,) if secrets else ()))
    for folder in folders:
        for place in sorted((home / folder).rglob("*")):
            inside = place.relative_to(home)
            if place.is_file() and not place.is_symlink() and inside.parts[1] not in ("done", "failed"):
                yield inside.as_posix()


def _of(settings: Settings, home: Path) -> Settings:
    return isolated(home).model_copy(update={"partitions": settings.partitions})


def _embedded(settings: Settings) -> None:
    if settings.distributed or settings.influx.url:
        raise ConfigurationError(
            "telassure backup copies an embedded home; back PostgreSQL, Kafka and InfluxDB up by their own means"
            " (docs/operations.md), and this home beside them"
        )
    if not (settings.home / f"{LOG}.db").exists():
        raise InvalidInput("there is no home here yet; set TELASSURE_HOME", str(settings.home))


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    """A folder on the same disk, for its owner alone, gone afterwards unless it was moved."""
    made = Path(tempfile.mkdtemp(prefix=".making-", dir=beside))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
