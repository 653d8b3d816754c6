"""Pieces of files, each under the digest of its content: what an earlier backup has is not written again."""

import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

PIECE: Final = 1 << 20
_FAST: Final = 1


@dataclass(frozen=True, slots=True)
class PieceStore:
    """The folder `pieces` of a backup folder. A piece is whole or not there, readable by its owner alone."""

    root: Path

    def keep(self, file: Path) -> tuple[tuple[str, ...], int]:
        """The digests of a file's pieces, in order, and how many bytes were new here."""
        found, new = [], 0
        with file.open("rb") as stream:
            while piece := stream.read(PIECE):
                digest = sha256(piece).hexdigest()
                place = self._place(digest)
                if not place.exists():
                    new += _written(place, zlib.compress(piece, _FAST))
                found.append(digest)
        return tuple(found), new

    def bring(self, digests: Sequence[str], to: Path) -> None:
        """Put a file together from its pieces; ValueError names the first that is missing or damaged."""
        to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            for digest in digests:
                piece = self._read(digest)
                if piece is None:
                    raise ValueError(digest)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())

    def wrong(self, digests: Sequence[str]) -> Iterator[str]:
        """Which of these are missing or damaged, in words."""
        for digest in dict.fromkeys(digests):
            if not self._place(digest).exists():
                yield f"piece {digest[:16]} is missing"
            elif self._read(digest) is None:
                yield f"piece {digest[:16]} is damaged"

    def _read(self, digest: str) -> bytes | None:
        try:
            piece = zlib.decompress(self._place(digest).read_bytes())
        except (OSError, zlib.error):
            return None
        return piece if sha256(piece).hexdigest() == digest else None

    def _place(self, digest: str) -> Path:
        return self.root / "pieces" / digest[:2] / digest


def _written(place: Path, content: bytes) -> int:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(place)
    return len(content)
