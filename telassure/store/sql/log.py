"""The embedded event log in SQL: one database for all topologies, one ordered sequence per partition."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, Table, UniqueConstraint, select

from telassure.kernel.ports import Appended, Entry, LogRecord
from telassure.store.sql import bulk, dialect
from telassure.store.sql.engine import Row, run
from telassure.store.sql.log_letters import BuriedLetters
from telassure.store.sql.positions import (
    POSITIONS,
    Named,
    admit,
    drop,
    numbers_of,
    take,
    taken,
    without_positions,
)
from telassure.store.sql.schema import LOG, ROW_NUMBER, TEXT

STREAMS: Final = Table(
    "log_stream",
    LOG,
    Column("stream", ROW_NUMBER, primary_key=True),
    Column("topology", TEXT, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("newest", BigInteger, nullable=False),
    UniqueConstraint("topology", "partition"),
)
# `place` = stream * 2**40 + offset: the one tree is in reading order of every partition, and appends go to its end.
EVENTS: Final = Table(
    "log_event",
    LOG,
    Column("place", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("kind", TEXT, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("source", BigInteger, nullable=False),
    Column("position", TEXT, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("trace", TEXT, nullable=False),
)
_STREAM: Final = 1 << 40
_PIECE: Final = 2_000  # rows that one transaction of trim or prune deletes, so that an append never waits long

_READ: Final = (
    "SELECT e.place, e.kind, e.payload, s.name, e.position, e.rows, e.trace FROM log_event e"
    " JOIN log_source s ON s.source = e.source WHERE e.place > ? AND e.place < ? ORDER BY e.place LIMIT ?"
)
_TRIM: Final = "DELETE FROM log_event WHERE place BETWEEN ? AND ?"

Stream = tuple[str, int]  # (topology, partition)


class SqlEventLog(BuriedLetters):
    """ports.EventLog over one database, made or migrated when opened. Safe from any thread and several processes.

    An append is one durable transaction. Writers of one database take turns, so that offsets become visible in order.
    """

    def append(self, entries: Sequence[Entry]) -> Appended:
        return self.append_all([entries])[0]

    def append_all(self, batches: Sequence[Sequence[Entry]]) -> Sequence[Appended]:
        """Several callers' batches in one transaction, each with its own answer; an earlier batch comes first."""
        named = {(entry.topology, entry.source) for entries in batches for entry in entries}
        with self._database.writing() as connection:
            return _append(connection, batches, numbers_of(connection, named))

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        found: list[LogRecord] = []
        with self._database.reading() as connection:
            stream = _stream(connection, topology, partition)
            if stream is None:
                return found
            base = stream[0] * _STREAM
            text = dialect.marked(connection.dialect, _READ)
            rows = connection.exec_driver_sql(text, (base + after, base + _STREAM, records))
            for place, kind, payload, source, position, count, trace in rows:
                found.append(LogRecord(place - base, kind, payload, source, position, count, trace))
                size -= len(payload)
                if size <= 0:
                    break
        return found

    def end(self, topology: str, partition: int) -> int:
        with self._database.reading() as connection:
            stream = _stream(connection, topology, partition)
        return stream[1] if stream else 0

    def trim(self, topology: str, partition: int, through: int) -> None:
        with self._database.reading() as connection:
            stream = _stream(connection, topology, partition)
        if stream is None:
            return
        first, last = stream[0] * _STREAM + 1, stream[0] * _STREAM + min(through, stream[1])
        with self._database.reading() as connection:
            oldest = connection.exec_driver_sql(
                dialect.marked(connection.dialect, "SELECT min(place) FROM log_event WHERE place BETWEEN ? AND ?"),
                (first, last),
            ).scalar_one()
        while oldest is not None and oldest <= last:
            with self._database.writing() as connection:
                upto = min(oldest + _PIECE - 1, last)
                run(connection, dialect.marked(connection.dialect, _TRIM), [(oldest, upto)])
            oldest = upto + 1

    def prune(self, topology: str, partition: int, keep: int) -> int:
        """Forget the positions of trimmed entries older than the newest `keep` of this partition, and then the sources
        that have none left; how many positions went.

        A maintenance call: it looks at every position once, and deletes in small transactions.
        """
        with self._database.reading() as connection:
            stream = _stream(connection, topology, partition)
            if stream is None:
                return 0
            base = stream[0] * _STREAM
            live = connection.execute(
                select(EVENTS.c.place)
                .where(EVENTS.c.place.between(base + 1, base + _STREAM - 1))
                .order_by(EVENTS.c.place)
                .limit(1)
            ).scalar_one_or_none()
            last = min(base + stream[1] - keep, base + stream[1] if live is None else live - 1)
            old = select(POSITIONS.c.source, POSITIONS.c.position).where(POSITIONS.c.place.between(base + 1, last))
            gone = [tuple(row) for row in connection.execute(old)]
        for start in range(0, len(gone), _PIECE):
            with self._database.writing() as connection:
                text = "DELETE FROM log_position WHERE source = ? AND position = ?"
                run(connection, dialect.marked(connection.dialect, text), gone[start : start + _PIECE])
        self._drop_sources(topology)
        return len(gone)

    def _drop_sources(self, topology: str) -> None:
        """Forget the sources of a topology that no position names any more, in small transactions."""
        with self._database.reading() as connection:
            unused = without_positions(connection, topology)
        for start in range(0, len(unused), _PIECE):
            with self._database.writing() as connection:
                drop(connection, unused[start : start + _PIECE])


def _append(
    connection: Connection, batches: Sequence[Sequence[Entry]], numbers: Mapping[Named, int]
) -> Sequence[Appended]:
    """What becomes of each batch, once this transaction is durable."""
    sourced = [[(numbers[e.topology, e.source], e) for e in entries] for entries in batches]
    known = _known(connection, [pair for batch in sourced for pair in batch])
    fresh: list[tuple[int, Entry]] = []
    answers = [admit(batch, known, fresh) for batch in sourced]
    _store(connection, fresh)
    return answers


def _known(connection: Connection, entries: Iterable[tuple[int, Entry]]) -> dict[tuple[int, str], bytes]:
    """The digests of the positions among these that are taken already."""
    asked: dict[int, dict[str, None]] = {}
    for source, entry in entries:
        asked.setdefault(source, {})[entry.position] = None
    return {
        (source, position): digest
        for source, positions in asked.items()
        for position, digest in taken(connection, source, list(positions))
    }


def _store(connection: Connection, fresh: Sequence[tuple[int, Entry]]) -> None:
    """Give offsets in the order of the batch, and write entries and positions."""
    by_stream: dict[Stream, list[tuple[int, Entry]]] = {}
    for source, entry in fresh:
        by_stream.setdefault((entry.topology, entry.partition), []).append((source, entry))
    events: list[Row] = []
    positions: list[tuple[int, str, bytes, int]] = []
    for stream, several in sorted(by_stream.items()):
        for place, (source, e) in enumerate(several, _reserve(connection, stream, len(several))):
            events.append((place, e.kind, e.payload, source, e.position, e.rows, e.trace))
            positions.append((source, e.position, e.digest, place))
    run(connection, bulk.insert(connection.dialect, EVENTS), events)
    take(connection, positions)


def _reserve(connection: Connection, stream: Stream, count: int) -> int:
    """The first of `count` places at the end of a stream, which is made where it is new."""
    found = _stream(connection, *stream)
    if found is None:
        run(connection, bulk.insert(connection.dialect, STREAMS, leaving=("stream",)), [(*stream, 0)])
        found = _stream(connection, *stream)
    if found is None:
        raise LookupError(f"the log has no row for {stream[0]}[{stream[1]}] in the transaction that wrote it")
    number, newest = found
    move = "UPDATE log_stream SET newest = ? WHERE stream = ?"
    run(connection, dialect.marked(connection.dialect, move), [(newest + count, number)])
    return number * _STREAM + newest + 1


def _stream(connection: Connection, topology: str, partition: int) -> tuple[int, int] | None:
    """(number, highest offset) of a partition's stream, None where nothing was ever written."""
    text = "SELECT stream, newest FROM log_stream WHERE topology = ? AND partition = ?"
    row = connection.exec_driver_sql(dialect.marked(connection.dialect, text), (topology, partition)).one_or_none()
    return (row[0], row[1]) if row else None
