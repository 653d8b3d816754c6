"""Request bodies as bounded streams: what is too large is never held, packed or not, and a slow sender is let go."""

import asyncio
import zlib
from collections.abc import Container
from typing import Final

from starlette.requests import ClientDisconnect, Request

_GZIP: Final = 31  # zlib's window bits for a gzip header


class BodyRefused(Exception):
    """The body is not taken: an HTTP status and what to tell the client."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


async def read_body(request: Request, limit: int, patience: float, unpacks: Container[str] = ()) -> bytes:
    """The body, unpacked, of at most `limit` bytes, within `patience` seconds; BodyRefused otherwise. What is packed in
    a way that the reader `unpacks` itself is left as it came.

    The rest of a body that is too large is read and dropped, up to ten times the limit, so that the client sees the
    answer and not a broken connection; a client that asked first (Expect: 100-continue) is told at once.
    """
    try:
        async with asyncio.timeout(patience):
            return await _read(request, limit, unpacks)
    except TimeoutError:
        raise BodyRefused(408, f"the body did not arrive within {patience:g} s") from None
    except ClientDisconnect:
        raise BodyRefused(400, "the client went away") from None


async def _read(request: Request, limit: int, unpacks: Container[str]) -> bytes:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip") and encoding not in unpacks:
        raise BodyRefused(415, f"Content-Encoding {encoding[:20]!r} is not taken; use gzip or none")
    declared = request.headers.get("content-length", "")
    too_large = declared.isdigit() and int(declared) > limit
    if too_large and (int(declared) > 10 * limit or "expect" in request.headers):
        raise _too_large(limit)
    unpacked, seen = _Unpacked(encoding == "gzip", limit), 0
    async for piece in request.stream():
        seen += len(piece)
        if seen > 10 * limit:
            raise _too_large(limit)
        if not too_large:
            too_large = seen > limit or not unpacked.take(piece)
    if too_large:
        raise _too_large(limit)
    return unpacked.whole()


class _Unpacked:
    """The pieces of a body, unpacked as they come; emptied and closed once they exceed the limit."""

    def __init__(self, packed: bool, limit: int) -> None:
        self._unpacker = zlib.decompressobj(_GZIP) if packed else None
        self._limit = limit
        self._body = bytearray()

    def take(self, piece: bytes) -> bool:
        """False where the limit is passed."""
        if self._unpacker is None:
            self._body += piece
        else:
            try:
                self._body += self._unpacker.decompress(piece, self._limit + 1 - len(self._body))
            except zlib.error:
                raise BodyRefused(400, "the body is not gzip, as its Content-Encoding says") from None
        if len(self._body) <= self._limit:
            return True
        self._body.clear()
        return False

    def whole(self) -> bytes:
        if self._unpacker is not None and not self._unpacker.eof:
            raise BodyRefused(400, "the gzip body is cut short")
        if self._unpacker is not None and self._unpacker.unused_data:
            raise BodyRefused(400, "more follows the gzip body; send one gzip member")
        return bytes(self._body)


def _too_large(limit: int) -> BodyRefused:
    return BodyRefused(413, f"the body is larger than {limit} bytes; send it in smaller batches")
