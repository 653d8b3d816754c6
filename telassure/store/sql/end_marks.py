"""Where a log ended when it was last written, in a small file beside its database.

SQLite ends its recovery, without a word, at the first damaged frame of the write-ahead log: what was acknowledged after
that is gone. The file is written after each commit and before its answer, never flushed by itself: it is behind the log
after a loss of power at the most, and never ahead of it.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from zlib import crc32

import orjson

from telassure.kernel.errors import TransientError
from telassure.kernel.ports import LogMark

Stream = tuple[str, int]  # (topology, partition)
SUFFIX: Final = ".mark"
_HEAD: Final = 16  # the checksum and the length of what follows, in hexadecimal
_MOST: Final = 1 << 20


class EndMarks:
    """The marks of a log's streams, for any thread and process."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def read(self) -> Mapping[Stream, LogMark]:
        """Every stream's mark; none where there is no file, or where a crash has left one that is not whole."""
        try:
            file = os.open(self.place, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return {}
        try:
            fcntl.flock(file, fcntl.LOCK_SH)
            return _parsed(os.pread(file, _MOST, 0))
        finally:
            os.close(file)

    def advance(self, several: Mapping[Stream, LogMark]) -> None:
        """Keep these where they are further on than what is kept. TransientError where the file cannot be written."""
        try:
            with self._held() as file:
                kept = dict(_parsed(os.pread(file, _MOST, 0)))
                for stream, mark in several.items():
                    known = kept.get(stream)
                    if known is None or (known.identity == mark.identity and known.offset < mark.offset):
                        kept[stream] = mark
                os.pwrite(file, _written(kept), 0)
        except OSError as refused:
            raise TransientError(f"{self.place}: {refused.strerror}; the same call may succeed later") from refused

    def replace(self, several: Sequence[tuple[Stream, LogMark]]) -> None:
        """Keep these and no others, durably."""
        with self._held() as file:
            text = _written(dict(several))
            os.pwrite(file, text, 0)
            os.ftruncate(file, len(text))
            os.fsync(file)

    @contextmanager
    def _held(self) -> Iterator[int]:
        file = os.open(self.place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def _written(marks: Mapping[Stream, LogMark]) -> bytes:
    lines = [[name, number, m.identity, m.offset, m.chain.hex()] for (name, number), m in sorted(marks.items())]
    body = orjson.dumps(lines)
    return b"%08x%08x" % (crc32(body), len(body)) + body + b"\n"


def _parsed(text: bytes) -> Mapping[Stream, LogMark]:
    try:
        checksum, length = int(text[: _HEAD // 2], 16), int(text[_HEAD // 2 : _HEAD], 16)
    except ValueError:
        return {}
    body = text[_HEAD : _HEAD + length]
    if len(body) != length or crc32(body) != checksum:
        return {}
    lines = orjson.loads(body)
    return {(name, number): LogMark(made, offset, bytes.fromhex(chain)) for name, number, made, offset, chain in lines}
