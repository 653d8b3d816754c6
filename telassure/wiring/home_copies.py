"""What of an installation is copied, in which order, into a folder that reads as an embedded home."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from telassure.kernel.errors import TransientError
from telassure.store.archive import FOLDER as ARCHIVE
from telassure.store.archive import MANIFEST
from telassure.store.backup.copies import copy_database
from telassure.wiring.omissions import SECRETS, beside
from telassure.wiring.places import TOPOLOGIES, event_log, state_store
from telassure.wiring.server_copies import copy_bucket, copy_schemas
from telassure.wiring.settings import Settings, isolated

_PLAIN: Final = ("partitions", "telassure.toml")
ACCESS: Final = "access.db"
_TRIES: Final = 3
_ONE: Final = 1


def copied(settings: Settings, making: Path) -> Mapping[str, Sequence[int]]:
    """Bring the databases into a folder; how far each topology's partitions had applied the log. What lies in the
    folder already, of an earlier backup, is brought up to date where a server keeps it."""
    offsets = _schemas(settings, making) if settings.distributed else _files(settings, making)
    if settings.influx.url:
        copy_bucket(settings, making)
    if (settings.home / ACCESS).is_file():
        copy_database(settings.home / ACCESS, making / ACCESS)
    return offsets


def _schemas(settings: Settings, making: Path) -> Mapping[str, Sequence[int]]:
    """One snapshot; and the points that lie in this home, which come after detection's state as in an embedded one."""
    copy_schemas(settings, making)
    _points(settings, making)
    copy = as_home(settings, making)
    return {name: _offsets(copy, name) for name in TOPOLOGIES}


def _files(settings: Settings, making: Path) -> Mapping[str, Sequence[int]]:
    """The databases, states first; where the log has trimmed meanwhile what a state has yet to read, all again."""
    home = settings.home
    for _ in range(_TRIES):
        for topology in TOPOLOGIES:
            copy_database(home / f"{topology}.db", making / f"{topology}.db")
        _points(settings, making)
        copy_database(home / "log.db", making / "log.db")
        copy = as_home(settings, making)
        offsets = {name: _offsets(copy, name) for name in TOPOLOGIES}
        if _whole(copy, offsets):
            return offsets
    raise TransientError("the log is trimmed faster than it can be copied; set retention.log_records higher")


def _points(settings: Settings, making: Path) -> None:
    for points in sorted((settings.home / "metrics").glob("*")):
        if points.is_file() and not beside(points) and points.suffix != ".lock" and not settings.influx.url:
            copy_database(points, making / "metrics" / points.name)


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


def plain_files(home: Path, secrets: bool) -> Iterator[str]:
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


def as_home(settings: Settings, home: Path) -> Settings:
    """Settings of an embedded system over a folder, with as many partitions."""
    return isolated(home).model_copy(update={"partitions": settings.partitions})
