"""Cells as the releases before this one wrote them: a header by place, which told parts apart by their number."""

import msgpack

SIZE = 4  # bytes that hold the header's size


def header_of(blob: bytes) -> dict[str, object]:
    """The header of a cell, by names."""
    found: dict[str, object] = msgpack.unpackb(blob[SIZE : end_of(blob)], strict_map_key=False)
    return found


def end_of(blob: bytes) -> int:
    """Where the header ends and the rows begin."""
    return SIZE + int.from_bytes(blob[:SIZE], "little")


def with_header(blob: bytes, header: object) -> bytes:
    """The same rows under another header."""
    packed: bytes = msgpack.packb(header)
    return len(packed).to_bytes(SIZE, "little") + packed + blob[end_of(blob) :]


def former(blob: bytes, fields: int = 13) -> bytes:
    """The cell as a release wrote it that knew so many fields."""
    header: dict[str, object] = header_of(blob)
    parts: dict[str, object] = header["parts"]  # type: ignore[assignment]  # as written
    traces, evidence = parts["episodes"]  # type: ignore[misc]  # as written
    known = [*header["series"][:4], header["wake"], header["row"], traces, parts["feedback"], parts["gaps"]]  # type: ignore[index]
    return with_header(blob, [*known, parts["meters"], evidence, parts["elements"], parts["peers"]][:fields])
