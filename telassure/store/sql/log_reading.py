"""Records as they are read back from a log: each is the one that was written, and follows the one before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from telassure.kernel.errors import LogMismatch
from telassure.kernel.ports import LogMark, LogRecord
from telassure.store.sql import dialect
from telassure.store.sql.log_file import WAYS_OUT
from telassure.store.sql.log_streams import WIDTH, LogStream, chain_at, same_link

_READ: Final = (
    "SELECT e.place, e.kind, e.payload, s.name, e.position, e.rows, e.trace, e.chain FROM log_event e"
    " JOIN log_source s ON s.source = e.source WHERE e.place > ? AND e.place < ? ORDER BY e.place LIMIT ?"
)

CONTRADICTORY: Final = "says that nothing was written since its chain began, and has a checksum of it"
_MANY: Final = 1_000
_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with the records from one offset through another."""

    first: int
    last: int
    reason: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A few records in a row, and what is wrong with the next ones."""

    records: list[LogRecord]
    flaw: Flaw | None = None


def pieced(connection: Connection, stream: LogStream, after: int, records: int, size: int) -> Piece:
    """Up to `records` records and about `size` bytes after an offset, up to the first that is not as it was written.
    Records that an earlier release wrote have no checksum and are taken as they are."""
    if after > stream.newest:
        return Piece([], Flaw(stream.newest + 1, after, f"ends at {stream.newest}, before {after}"))
    if stream.contradictory:
        return Piece([], Flaw(1, stream.newest, CONTRADICTORY))
    found: list[LogRecord] = []
    at = max(after, stream.trimmed)
    before = chain_at(connection, stream, at)
    for record in _rows(connection, stream, at, records):
        flaw = _flaw(stream, at, before, record)
        if flaw is not None:
            return Piece(found, flaw)
        found.append(record)
        at, before = record.offset, record.chain or None
        size -= len(record.payload)
        if size <= 0:
            return Piece(found)
    if len(found) < records and stream.begun < stream.newest and at < stream.newest:
        return Piece(found, _missing(at + 1, stream.newest))
    return Piece(found)


def whole(name: str, stream: LogStream, piece: Piece) -> list[LogRecord]:
    """The records of a piece; LogMismatch where it has none, and a flaw."""
    if piece.flaw is not None and not piece.records:
        raise LogMismatch(f"{name}: {stream.place} {piece.flaw.reason}: {WAYS_OUT}")
    return piece.records


def flaws(connection: Connection, stream: LogStream, after: int = 0) -> Iterator[Flaw | int]:
    """Everything that is wrong with a stream after an offset, what lies behind its end too, and now and then how many
    records were looked at."""
    while after < stream.newest:
        piece = pieced(connection, stream, after, _MANY, _BYTES)
        yield len(piece.records)
        if piece.flaw is not None:
            yield piece.flaw
            after = piece.flaw.last
        elif piece.records:
            after = piece.records[-1].offset
        else:
            break
    yield from (_behind(record.offset) for record in _rows(connection, stream, max(after, stream.newest), _MANY))


def intruder(connection: Connection, stream: LogStream) -> str:
    """What lies behind the end of a stream, where its next record has to go; "" where nothing does."""
    several = (_behind(record.offset) for record in _rows(connection, stream, stream.newest, 1))
    return next((f"{stream.place} {flaw.reason}" for flaw in several), "")


def _rows(connection: Connection, stream: LogStream, after: int, records: int) -> Iterator[LogRecord]:
    text = dialect.marked(connection.dialect, _READ)
    found: Any = connection.exec_driver_sql(text, (stream.base + after, stream.base + WIDTH, records))
    for place, kind, payload, source, position, rows, trace, chain in found:
        yield LogRecord(place - stream.base, kind, payload, source, position, rows, trace, chain=chain or b"")


def _missing(first: int, last: int) -> Flaw:
    return Flaw(first, last, f"lacks record {first}" if first == last else f"lacks the records {first} to {last}")


def _behind(offset: int) -> Flaw:
    return Flaw(offset, offset, f"has a record {offset} behind its end")


def _flaw(stream: LogStream, at: int, before: bytes | None, record: LogRecord) -> Flaw | None:
    offset = record.offset
    if offset <= stream.begun:
        return None
    if offset > stream.newest:
        return _missing(at + 1, stream.newest) if at < stream.newest else _behind(offset)
    if offset != max(at, stream.begun) + 1:
        return _missing(max(at, stream.begun) + 1, offset - 1)
    known = stream.seed if offset == stream.begun + 1 else before
    fields = (record.kind, record.payload, record.position, record.rows, record.trace)
    same = known is None or same_link(record.chain, known, offset, record.source, fields)
    if not record.chain or not same:
        return Flaw(offset, offset, f"has a record {offset} that is not as it was written")
    if offset == stream.newest and record.chain != stream.end:
        return Flaw(offset, offset, f"has a last record {offset} that is not the one that was written")
    return None


def difference(connection: Connection, stream: LogStream | None, place: str, mark: LogMark) -> str:
    """Why a stream is not the one in which a mark was made, "" where it is."""
    if stream is None:
        return f"{place} is empty, and was written through {mark.offset}" if mark.offset else ""
    if stream.contradictory:
        return f"{place} {CONTRADICTORY}"
    if mark.identity and mark.identity != stream.identity:
        return f"{place} is another log than the one that was written through {mark.offset}"
    if stream.newest < mark.offset:
        lost = f"the records {stream.newest + 1} to {mark.offset} are lost"
        return f"{place} ends at {stream.newest}, and was written through {mark.offset}: {lost}"
    known = chain_at(connection, stream, mark.offset) if mark.chain and mark.offset >= stream.begun else None
    if known is not None and known != mark.chain:
        return f"{place}: the records up to {mark.offset} are not those that were written"
    return ""
