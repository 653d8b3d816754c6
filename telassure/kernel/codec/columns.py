"""Columns <-> bytes: raw little-endian buffers, where a column that never changes is kept as its one value.

Chosen by measurement against Arrow IPC, JSON and row-wise msgpack: `benchmarks/codec.py`, docs/adr/0002.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from telassure.kernel.errors import UnknownSchema

# A separator that no string of ours holds (the validator refuses control characters).
_NUL: Final = "\x00"


def pack(column: NDArray[Any]) -> list[Any]:
    """[dtype, length, bytes]; the bytes hold one element where all are equal.

    >>> pack(np.array([7, 7, 7], dtype="<i4"))
    ['<i4', 3, b'\\x07\\x00\\x00\\x00']
    """
    little = column.dtype.newbyteorder("<") if column.dtype.itemsize > 1 else column.dtype
    array = np.ascontiguousarray(column, dtype=little)
    raw = array.tobytes()
    width = array.itemsize
    constant = len(array) > 1 and raw[:width] * 2 == raw[: 2 * width] and raw == raw[:width] * len(array)
    return [little.str, len(array), raw[:width] if constant else raw]


def unpack(packed: Sequence[Any], dtype: str) -> NDArray[Any]:
    """The column again, read-only; UnknownSchema where it is not what `pack` makes of that dtype."""
    name, length, raw = packed
    if name not in (dtype, dtype.replace("<", "|")) or not isinstance(raw, bytes) or not isinstance(length, int):
        raise UnknownSchema(f"a column of {name!r} where {dtype!r} belongs")
    width = np.dtype(dtype).itemsize
    if len(raw) == width * length:
        return np.frombuffer(raw, dtype=dtype)
    if len(raw) == width and length > 0:
        column = np.full(length, np.frombuffer(raw, dtype=dtype)[0])
        column.flags.writeable = False
        return column
    raise UnknownSchema(f"a column of {length} rows with {len(raw)} bytes of {dtype!r}")


def pack_texts(texts: Sequence[str]) -> list[Any]:
    """[count, the texts joined]; [count, the texts] where one holds what joins them."""
    joined = _NUL.join(texts)
    whole = joined.count(_NUL) == max(len(texts) - 1, 0)
    return [len(texts), joined if whole else list(texts)]


def unpack_texts(packed: Sequence[Any]) -> tuple[str, ...]:
    count, joined = packed
    if count == 0:
        return ()
    texts = tuple(joined.split(_NUL) if isinstance(joined, str) else joined)
    if len(texts) != count:
        raise UnknownSchema(f"{len(texts)} texts where {count} were announced")
    return texts
