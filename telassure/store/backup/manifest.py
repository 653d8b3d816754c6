"""What one backup holds: its files with their pieces, the digest of what they say, and what was left out."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import orjson

from telassure.kernel.errors import InvalidInput

FOLDER: Final = "backups"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`name` is when it was begun, in UTC. `offsets` is how far each topology's partitions had applied the log.
    `state_digest` is that of every business record and point in it. `servers` is what kept the state and the points
    that lie in it as files, none where that was the home itself."""

    name: str
    release: str
    partitions: int
    state_digest: str
    files: Mapping[str, Sequence[str]]
    offsets: Mapping[str, Sequence[int]] = field(default_factory=dict)
    left_out: Sequence[str] = ()
    servers: Sequence[str] = ()

    def write(self, root: Path) -> None:
        """Last of all: without it the pieces are no backup."""
        place = root / FOLDER / f"{self.name}.json"
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = place.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(orjson.dumps(asdict(self)))
            out.flush()
            os.fsync(out.fileno())
        draft.replace(place)


def names(root: Path) -> list[str]:
    """The backups of a folder, the oldest first."""
    return sorted(place.stem for place in (root / FOLDER).glob("*.json"))


def read(root: Path, name: str = "") -> Manifest:
    """The backup of a name, the newest without one; InvalidInput where there is none or its manifest is damaged."""
    known = names(root)
    if not known or (name and name not in known):
        there = f"there are {', '.join(known[-5:])}" if known else "there is none; make one: telassure backup FOLDER"
        raise InvalidInput(f"no such backup; {there}", f"{root} {name}".strip())
    place = root / FOLDER / f"{name or known[-1]}.json"
    try:
        return Manifest(**orjson.loads(place.read_bytes()))
    except (OSError, orjson.JSONDecodeError, TypeError) as damaged:
        raise InvalidInput(
            f"the manifest is damaged ({damaged}); take another backup of the folder", str(place)
        ) from None
