"""Ledger lines that have left their tables: packed files of JSON lines with a manifest, for whoever looks back."""

import gzip
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson

from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import Instant, iso
from telassure.kernel.kept import BusinessRecord, kept_as

FOLDER: Final = "archive"
MANIFEST: Final = "manifest.json"
_LEVEL: Final = 6


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """One file of a table's archive: its lines are of times from `first` to `last`."""

    table: str
    file: str
    lines: int
    first: Instant
    last: Instant
    sha256: str


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder with a folder for each table. What is kept is durable when `keep` returns; a file is named by its first
    day and its content, so that the same lines are kept once. A line that came again is read as it came last. One
    process keeps a table."""

    root: Path

    def keep(self, several: Sequence[BusinessRecord]) -> None:
        """Add one file of records of one type, oldest first."""
        if not several:
            return
        kept = kept_as(type(several[0]))
        times = [getattr(each, kept.time) for each in several]
        text = b"".join(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in several)
        packed = gzip.compress(text, _LEVEL, mtime=0)
        digest = sha256(packed).hexdigest()
        name = f"{iso(min(times))[:10]}-{digest[:16]}.jsonl.gz"
        folder = self.root / kept.table
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(folder / name, packed)
        found = ArchivedFile(kept.table, name, len(several), min(times), max(times), digest)
        listed = [each for each in self.files(kept.table) if each.file != name]
        _write(folder / MANIFEST, orjson.dumps([asdict(each) for each in (*listed, found)]))

    def tables(self) -> list[str]:
        return sorted(place.parent.name for place in self.root.glob(f"*/{MANIFEST}"))

    def files(self, table: str) -> list[ArchivedFile]:
        """In the order in which they were kept; InvalidInput where the manifest is damaged."""
        place = self.root / table / MANIFEST
        if not place.exists():
            return []
        try:
            return [ArchivedFile(**each) for each in orjson.loads(place.read_bytes())]
        except (orjson.JSONDecodeError, TypeError) as damaged:
            raise InvalidInput(f"it is damaged ({damaged}); put it back from a backup", str(place)) from None

    def fault(self, found: ArchivedFile) -> str:
        """What is wrong with a file, "" where nothing is."""
        place = self.root / found.table / found.file
        if not place.is_file():
            return "it is missing; put it back from a backup"
        same = sha256(place.read_bytes()).hexdigest() == found.sha256
        return "" if same else "it is damaged; put it back from a backup"

    def lines(self, table: str) -> Iterator[dict[str, Any]]:
        """Every line once, as it came last, the newest file first; InvalidInput names a file that is not whole."""
        seen: set[str] = set()
        for found in reversed(self.files(table)):
            if fault := self.fault(found):
                raise InvalidInput(fault, str(self.root / table / found.file))
            for line in gzip.decompress((self.root / table / found.file).read_bytes()).splitlines():
                fields = orjson.loads(line)
                name = next(iter(fields.values()))  # a record's first field is its id
                if name not in seen:
                    seen.add(name)
                    yield fields


def _write(place: Path, content: bytes) -> None:
    """A file for its owner alone, whole and durable, or as it was before."""
    draft = place.with_name(f".{place.name}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
