"""Bodies that are packed by snappy, unpacked whole: the block format, as remote write uses it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detection.compiled import compiled
from telassure.kernel.errors import InvalidInput

Octets = NDArray[np.uint8]
_LONGEST_LENGTH: Final = 5
_FITS: Final = 0


def unpacked(body: bytes, most: int) -> bytes:
    """The body as it was before it was packed; InvalidInput where it is no snappy block, or would be longer than that.

    >>> unpacked(bytes([5, 4 << 2]) + b"hello", 100)
    b'hello'
    """
    length, at = _length(body)
    if length > most:
        raise InvalidInput(f"the body unpacks to {length} bytes; at most {most} are taken: send smaller batches")
    out = np.empty(length, dtype=np.uint8)
    if _unpack(np.frombuffer(body, dtype=np.uint8), at, out) != _FITS:
        raise InvalidInput("the body is no snappy block; send remote write as the standard packs it")
    return out.tobytes()


def _length(body: bytes) -> tuple[int, int]:
    """What the block says its length is, and where its first element begins."""
    length = 0
    for at, octet in enumerate(body[:_LONGEST_LENGTH]):
        length |= (octet & 0x7F) << (7 * at)
        if octet < 0x80:
            return length, at + 1
    raise InvalidInput("the body is no snappy block: its length is cut short")


@compiled
def _number(body: Octets, at: int, octets: int) -> int:
    """A number of so many octets, the lowest first; -1 where the block ends before."""
    if at + octets > len(body):
        return -1
    found = 0
    for place in range(octets):
        found |= int(np.int64(body[at + place])) << (8 * place)
    return found


@compiled
def _literal(body: Octets, at: int) -> tuple[int, int]:
    """How long the literal is whose tag stands at a place, and where it begins; -1 where the block ends before."""
    tag = int(np.int64(body[at]))  # numba makes a float of uint8 beside int
    count, extra = (tag >> 2) + 1, (tag >> 2) - 59
    if extra > 0:
        count, at = _number(body, at + 1, extra) + 1, at + extra
    begin = at + 1
    return (count, begin) if count > 0 and begin + count <= len(body) else (-1, begin)


@compiled
def _copy(body: Octets, at: int) -> tuple[int, int, int]:
    """How much the copy whose tag stands at a place repeats, from how far back, and the place behind it; an offset of
    -1 where the block ends before."""
    tag = int(np.int64(body[at]))
    if tag & 3 == 1:
        low = _number(body, at + 1, 1)
        return ((tag >> 2) & 7) + 4, -1 if low < 0 else ((tag >> 5) << 8) | low, at + 2
    octets = 2 if tag & 3 == 2 else 4
    return (tag >> 2) + 1, _number(body, at + 1, octets), at + 1 + octets


@compiled
def _unpack(body: Octets, at: int, out: Octets) -> int:
    """0 where the elements of a block make exactly as many octets as there is room for, else 1."""
    made = 0
    while at < len(body):
        if body[at] & 3 == 0:
            count, begin = _literal(body, at)
            if count < 0 or made + count > len(out):
                return 1
            out[made : made + count] = body[begin : begin + count]
            at = begin + count
        else:
            count, offset, at = _copy(body, at)
            if offset <= 0 or offset > made or made + count > len(out):
                return 1
            for place in range(made, made + count):  # one by one: a copy may reach into what it makes
                out[place] = out[place - offset]
        made += count
    return 0 if made == len(out) else 1
