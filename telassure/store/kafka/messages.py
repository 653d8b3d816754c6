"""A log entry as a Kafka message: the value is its payload, its headers are the rest."""

from collections.abc import Sequence
from typing import Final

from telassure.kernel.errors import InvalidInput, PermanentError
from telassure.kernel.ports import Entry, LogRecord

MESSAGE_BYTES: Final = 8 << 20
"""The largest message: what `telassure topics apply` lets a topic take."""

PLACE_BYTES: Final = 2_000
"""Of a source and a position together; PostgreSQL's index takes 2,700, and more looks like a passing failure."""

_OVERHEAD: Final = 160  # bytes of a record beside its value and the texts of its headers: lengths, header names
_TEXTS: Final = ("kind", "source", "position", "rows")


def topic_of(prefix: str, topology: str) -> str:
    return f"{prefix}.{topology}"


def headers_of(entry: Entry) -> list[tuple[str, bytes]]:
    """kind, source, position, rows and trace as UTF-8, digest as it is."""
    return [
        ("kind", entry.kind.encode()),
        ("source", entry.source.encode()),
        ("position", entry.position.encode()),
        ("digest", entry.digest),
        ("rows", b"%d" % entry.rows),
        ("trace", entry.trace.encode()),
    ]


def size_of(entry: Entry) -> int:
    """An upper bound of the bytes it takes in a batch; texts count four bytes a character."""
    texts = len(entry.kind) + len(entry.source) + len(entry.position) + len(entry.trace)
    return _OVERHEAD + len(entry.payload) + len(entry.digest) + 4 * texts


def check_size(entry: Entry) -> None:
    """PermanentError where no topic would take it, or no index of the ledger its source and position."""
    if not entry.source.startswith("hop:") and len(f"{entry.source}{entry.position}".encode()) > PLACE_BYTES:
        shown = f"{entry.source} {entry.position}"[:80]
        raise PermanentError(f"{shown}…: a source and its position have at most {PLACE_BYTES:,} bytes; shorten them")
    if (size := size_of(entry)) > MESSAGE_BYTES:
        reason = f"{size:,} bytes are more than the {MESSAGE_BYTES:,} of a Kafka message; send fewer rows at once"
        raise PermanentError(f"{entry.source} {entry.position}: {reason}")


def record_of(offset: int, value: bytes | None, headers: Sequence[tuple[str, bytes]], place: str) -> LogRecord:
    """A message read back; `offset` is Kafka's. InvalidInput for one that this system has not published."""
    found = dict(headers)
    if value is None or any(name not in found for name in _TEXTS):
        raise InvalidInput("not a message of Telassure's: it lacks a value or headers; who else writes here?", place)
    kind, source, position, rows = (found[name].decode() for name in _TEXTS)
    return LogRecord(offset + 1, kind, value, source, position, int(rows), found.get("trace", b"").decode())
