"""The messages in a stream of syslog over TCP (RFC 6587): by counted octets, or by ends of lines."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

LONGEST: Final = 65_536
_LONGEST_COUNT: Final = 6


class BrokenFrame(Exception):
    """The stream is none: nothing after this can be told from the rest."""


@dataclass(slots=True)
class FrameReader:
    """Pieces of one stream in, whole messages out; what is not whole yet is kept, at most LONGEST octets."""

    _kept: bytearray = field(default_factory=bytearray)

    def messages(self, piece: bytes) -> Iterator[bytes]:
        """BrokenFrame where a message is longer than LONGEST, or its count is none."""
        self._kept += piece
        while self._kept:
            found = self._counted() if self._kept[0] in b"123456789" else self._line()
            if found is None:
                return
            if found:
                yield found

    def rest(self) -> bytes:
        """What is left at the end of the stream: a last line without its end."""
        return bytes(self._kept) if self._kept[:1] == b"<" else b""

    def _counted(self) -> bytes | None:
        space = self._kept.find(b" ", 0, _LONGEST_COUNT + 1)
        if space < 0:
            if len(self._kept) > _LONGEST_COUNT:
                raise BrokenFrame("a message's count of octets is malformed")
            return None
        count = bytes(self._kept[:space])
        if not count.isdigit() or int(count) > LONGEST:
            raise BrokenFrame(f"a message is longer than {LONGEST} octets, or its count is malformed")
        end = space + 1 + int(count)
        if len(self._kept) < end:
            return None
        return self._cut(space + 1, end, end)

    def _line(self) -> bytes | None:
        end = self._kept.find(b"\n")
        if end < 0:
            if len(self._kept) > LONGEST:
                raise BrokenFrame(f"a message is longer than {LONGEST} octets")
            return None
        return self._cut(0, end, end + 1)

    def _cut(self, begin: int, end: int, behind: int) -> bytes:
        found = bytes(self._kept[begin:end])
        del self._kept[:behind]
        return found.rstrip(b"\r\n\0")
