"""Backup and restore of a home and of the servers behind it: what is kept, what is put back, and what proves it."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from telassure import __version__
from telassure.kernel.errors import InvalidInput, TelassureError
from telassure.kernel.instant import to_datetime
from telassure.store.archive import FOLDER as ARCHIVE
from telassure.store.archive import Archive
from telassure.store.backup import manifest
from telassure.store.backup.copies import copy_file, fault_of
from telassure.store.backup.manifest import Manifest
from telassure.store.backup.pieces import PieceStore
from telassure.wiring import server_copies
from telassure.wiring.home_copies import as_home, copied, plain_files
from telassure.wiring.omissions import beside, omissions
from telassure.wiring.places import LOG, WallClock, state_digest
from telassure.wiring.settings import Settings, isolated


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
    """Copy a home, running or not, and what PostgreSQL and InfluxDB keep of it, into a folder of backups; what earlier
    ones hold is not written again.

    A database of a server is one snapshot. Of files, states are copied before the log, so that no checkpoint is beyond
    its end; a hop that a later copy has and an earlier one has not sent yet is sent again and known as a repeat. Points
    come after detection's state, which makes those that it has not noted again.
    """
    _begun(settings)
    home, at = settings.home, WallClock().now()
    name = to_datetime(at).strftime("%Y%m%dT%H%M%S.%fZ")
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _scratch(to) as making:
        _bring_former(settings, to, making)
        offsets = copied(settings, making)
        for plain in plain_files(home, secrets):
            copy_file(home / plain, making / plain)
        digest = state_digest(as_home(settings, making))
        store, files, new = PieceStore(to), dict[str, Sequence[str]](), 0
        for place in sorted(each for each in making.rglob("*") if each.is_file() and not beside(each)):
            files[place.relative_to(making).as_posix()], added = store.keep(place)
            new += added
        size = sum((making / each).stat().st_size for each in files)
    left_out = omissions(settings, files, secrets)
    kept = server_copies.servers(settings)
    Manifest(name, __version__, settings.partitions, digest, files, offsets, left_out, kept).write(to)
    return BackupReport(name, len(files), size, new, digest, left_out)


def prove(source: Path, name: str = "") -> Proof:
    """Put a backup together in a place of its own, look at every piece and database, and compare the digests."""
    found = manifest.read(source, name)
    wrong = [f"{file}: {what}" for file, pieces in found.files.items() for what in PieceStore(source).wrong(pieces)]
    if wrong:
        return Proof(found.name, len(found.files), wrong, "", found.left_out)
    with _scratch(source) as making:
        return _assembled(source, found, making)


def restore(source: Path, settings: Settings, name: str = "") -> Proof:
    """Put a backup into the home of these settings, which is not there yet, and into the servers that they name where
    it holds what servers kept: these must be empty. It is there whole, or not at all."""
    home = settings.home
    if home.exists() and any(home.iterdir()):
        raise InvalidInput("it is not empty; restore into a folder that is not there yet", str(home))
    found = manifest.read(source, name)
    server_copies.fit(settings, found)
    wrong = [f"{file}: {what}" for file, pieces in found.files.items() for what in PieceStore(source).wrong(pieces)]
    if wrong:
        return Proof(found.name, len(found.files), wrong, "", found.left_out)
    home.parent.mkdir(parents=True, exist_ok=True)
    with _scratch(home.parent) as making:
        proof = _assembled(source, found, making)
        if proof.ok:
            server_copies.put_back(settings, found, making)
            making.chmod(0o700)
            if home.exists():
                home.rmdir()
            shutil.move(making, home)
    return _proven(proof, settings, found) if proof.ok and found.servers else proof


def _proven(proof: Proof, settings: Settings, found: Manifest) -> Proof:
    """Of what went into servers, what they say now."""
    digest = state_digest(settings)
    return replace(proof, digest=digest, differences=_differences(digest, found))


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
    return Proof(found.name, len(found.files), wrong or _differences(digest, found), digest, found.left_out)


def _differences(digest: str, found: Manifest) -> list[str]:
    if digest == found.state_digest:
        return []
    return [f"records and points: their digest is {digest[:16]}, the home's was {found.state_digest[:16]}"]


def _bring_former(settings: Settings, root: Path, making: Path) -> None:
    """What the newest backup holds of what servers keep: brought up to date, most of its pieces stay as they are."""
    with suppress(InvalidInput):
        found = manifest.read(root)
        for file, pieces in found.files.items():
            if any(server_copies.files_of(name, file) for name in server_copies.servers(settings)):
                try:
                    PieceStore(root).bring(pieces, making / file)
                except ValueError:  # a piece is missing or damaged: this file is copied anew
                    (making / file).unlink()


def _begun(settings: Settings) -> None:
    if not settings.distributed and not (settings.home / f"{LOG}.db").exists():
        raise InvalidInput("there is no home here yet; set TELASSURE_HOME", str(settings.home))


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    """A folder on the same disk, for its owner alone, gone afterwards unless it was moved."""
    made = Path(tempfile.mkdtemp(prefix=".making-", dir=beside))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
