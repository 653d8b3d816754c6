"""Files as bounded streams: plain or gzip, never more than a limit once unpacked, never a line without end."""

import errno
import gzip
import io
import os
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import IO, Final

from telassure.kernel.errors import InvalidInput

LARGEST_FILE: Final = 4 << 30
LONGEST_LINE: Final = 1 << 20
BARE_RETURNS: Final = "lines end in a carriage return alone; end them in LF or CRLF"
_PIECE: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"


class Bounded(io.RawIOBase):
    """A stream that ends in InvalidInput where it unpacks to more than `limit` bytes, or is cut short."""

    def __init__(self, stream: IO[bytes], name: str, limit: int) -> None:
        self._stream = stream
        self._name = name
        self._limit = limit
        self._taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the stub wants a Buffer
        try:
            piece = self._stream.read(len(buffer))
        except EOFError:
            raise InvalidInput("the gzip file is cut short; send it again whole", self._name) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise InvalidInput(f"the gzip file is broken ({error}); send it again", self._name) from None
        self._taken += len(piece)
        if self._taken > self._limit:
            raise InvalidInput(f"the file unpacks to more than {self._limit} bytes; split it", self._name)
        buffer[: len(piece)] = piece
        return len(piece)


def regular(path: Path) -> IO[bytes]:
    """A regular file open for reading; OSError for anything else, without waiting for whoever might write into it."""
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return os.fdopen(number, "rb")
    except OSError:
        os.close(number)
        raise


@contextmanager
def opened(path: Path, name: str, limit: int = LARGEST_FILE) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked where they are gzip (by content, whatever the name says)."""
    with regular(path) as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]  # it reads bytes
        with stream, io.BufferedReader(Bounded(stream, name, limit), _PIECE) as bounded:
            yield bounded


def _nothing() -> None:
    pass


def unpacked(path: Path, name: str, beat: Callable[[], None] = _nothing) -> None:
    """Read a packed file to its end, which shows whether it is whole; InvalidInput where it is not. `beat` is called
    for each piece."""
    with regular(path) as raw:
        if raw.read(2) != _GZIP:
            return
    with opened(path, name) as stream:
        while stream.read(_PIECE):
            beat()


def lines(stream: IO[bytes], name: str) -> Iterator[tuple[int, bytes]]:
    """(line number from 1, line without its end); a leading byte order mark is dropped."""
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            wrong = BARE_RETURNS if b"\r" in line else f"the line is longer than {LONGEST_LINE} bytes; is it text?"
            raise InvalidInput(wrong, f"{name}:{number}")
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        yield number, line.rstrip(b"\r\n")


def content_hash(path: Path, beat: Callable[[], None] = _nothing) -> str:
    """128 bits of its bytes in hex, so that a changed file is another source. `beat` is called for each piece."""
    digest = blake2b(digest_size=16)
    with regular(path) as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
            beat()
    return digest.hexdigest()


def plain_name(name: str) -> str:
    """A file name without .gz."""
    return name[:-3] if name.lower().endswith(".gz") else name
