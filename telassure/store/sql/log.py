"""The embedded event log in SQL: one database for all topologies, one ordered sequence per partition."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, select

from telassure.kernel.errors import LogMismatch
from telassure.kernel.instant import Instant
from telassure.kernel.ports import Appended, Entry, LogMark, LogRecord
from telassure.store.sql import bounds, bulk, dialect
from telassure.store.sql.audit_rows import AuditRows, Scribe, unwritten
from telassure.store.sql.end_marks import Stream
from telassure.store.sql.engine import Row, run
from telassure.store.sql.letter_room import ROOM
from telassure.store.sql.log_database import LogDatabase, Witnesses, nobody
from telassure.store.sql.log_file import WAYS_OUT
from telassure.store.sql.log_letters import BuriedLetters
from telassure.store.sql.log_reading import difference, pieced, whole
from telassure.store.sql.log_streams import (
    EVENTS,
    WIDTH,
    LogStream,
    identity,
    keep_end,
    keep_trimmed,
    link,
    opened_stream,
    stream_of,
)
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

_PIECE: Final = 2_000  # rows that one transaction of trim or prune deletes, so that an append never waits long
_TRIM: Final = "DELETE FROM log_event WHERE place BETWEEN ? AND ?"


class SqlEventLog(BuriedLetters):
    """ports.EventLog over one database, made or migrated when opened. Safe from any thread and several processes.

    An append is one durable transaction. Writers of one database take turns, so that offsets become visible in order.
    It is verified as it is read, and its end before something is added; LogMismatch where it is not what was written.
    """

    def __init__(
        self,
        url: str,
        connections: int = dialect.CONNECTIONS,
        witnesses: Witnesses = nobody,
        letter_room: int = ROOM,
        scribe: Scribe = unwritten,
    ) -> None:
        self._scribe = scribe
        self._database: LogDatabase = LogDatabase(url, connections, witnesses)
        super().__init__(self._database, letter_room)

    def append(self, entries: Sequence[Entry]) -> Appended:
        return self.append_all([entries])[0]

    def append_all(self, batches: Sequence[Sequence[Entry]]) -> Sequence[Appended]:
        """Several callers' batches in one transaction, each with its own answer; an earlier batch comes first."""
        named = {(entry.topology, entry.source) for entries in batches for entry in entries}
        with self._database.writing() as connection:
            answers, fresh = _judged(connection, batches, numbers_of(connection, named))
            ends = self._store(connection, fresh)
            if deeds := [entry.deed for _, entry in fresh if entry.deed is not None]:
                self._scribe(AuditRows(connection), deeds)
        if ends:
            self._database.keep_ends(ends)
        return answers

    def _store(self, connection: Connection, fresh: Sequence[tuple[int, Entry]]) -> Mapping[Stream, LogMark]:
        """Give offsets in the order of the batch, and write entries and positions; where the streams end now."""
        by_stream: dict[Stream, list[tuple[int, Entry]]] = {}
        for source, entry in fresh:
            by_stream.setdefault((entry.topology, entry.partition), []).append((source, entry))
        events: list[Row] = []
        positions: list[tuple[int, str, bytes, int]] = []
        ends: dict[Stream, LogMark] = {}
        for place, several in sorted(by_stream.items()):
            stream = opened_stream(connection, *place)
            self._database.recognise_end(connection, stream)
            for row, (source, e) in zip(_rows(stream, several), several, strict=True):
                events.append(row)
                positions.append((source, e.position, e.digest, row[0]))
            keep_end(connection, stream)
            ends[place] = LogMark(stream.identity, stream.newest, stream.end)
        run(connection, bulk.insert(connection.dialect, EVENTS), events)
        take(connection, positions)
        return ends

    def read(self, topology: str, partition: int, after: int, records: int, size: int) -> Sequence[LogRecord]:
        with self._database.reading() as connection:
            stream = stream_of(connection, topology, partition)
            if stream is None:
                return []
            return whole(self._database.name, stream, pieced(connection, stream, after, records, size))

    def end(self, topology: str, partition: int) -> int:
        with self._database.reading() as connection:
            stream = stream_of(connection, topology, partition)
        return stream.newest if stream else 0

    def recognise(self, topology: str, partition: int, offset: int, mark: LogMark | None) -> str:
        place = f"{topology}[{partition}]"
        with self._database.reading() as connection:
            stream = stream_of(connection, topology, partition)
            for each in (mark, LogMark("", offset)):
                if each is not None and (why := difference(connection, stream, place, each)):
                    raise LogMismatch(f"{self._database.name}: {why}: {WAYS_OUT}")
            if stream is None:
                return identity(connection)
        if offset < stream.trimmed:
            raise LogMismatch(
                f"{self._database.name}: {place} begins at {stream.trimmed + 1}, and the state of {topology} was read"
                f" through {offset}: it is older than the log reaches back: {WAYS_OUT}"
            )
        return stream.identity

    def trim(self, topology: str, partition: int, through: int) -> None:
        with self._database.reading() as connection:
            stream = stream_of(connection, topology, partition)
            if stream is None:
                return
            first, last = stream.base + 1, stream.base + min(through, stream.newest)
            text = "SELECT min(place) FROM log_event WHERE place BETWEEN ? AND ?"
            asked = connection.exec_driver_sql(dialect.marked(connection.dialect, text), (first, last))
            oldest = asked.scalar_one()
        while oldest is not None and oldest <= last:
            upto = min(oldest + _PIECE - 1, last)
            with self._database.writing() as connection:
                keep_trimmed(connection, opened_stream(connection, topology, partition), upto - stream.base)
                run(connection, dialect.marked(connection.dialect, _TRIM), [(oldest, upto)])
            oldest = upto + 1

    def surplus(self, topology: str, partition: int, size: int, before: Instant) -> int:
        with self._database.reading() as connection:
            stream = stream_of(connection, topology, partition)
            if stream is None:
                return 0
            span = (stream.base + 1, stream.base + WIDTH - 1)
            place = max(bounds.beyond(connection, *span, size), bounds.before(connection, topology, *span, before))
        return max(0, place - stream.base)

    def prune(self, topology: str, partition: int, keep: int) -> int:
        """Forget the positions of trimmed entries older than the newest `keep` of this partition, those of its trimmed
        ticks, and then the sources that have none left; how many positions went.

        A maintenance call: it looks at every position once, and deletes in small transactions.
        """
        with self._database.reading() as connection:
            stream = stream_of(connection, topology, partition)
            if stream is None:
                return 0
            base = stream.base
            live = connection.execute(
                select(EVENTS.c.place)
                .where(EVENTS.c.place.between(base + 1, base + WIDTH - 1))
                .order_by(EVENTS.c.place)
                .limit(1)
            ).scalar_one_or_none()
            trimmed = base + stream.newest if live is None else live - 1
            last = min(base + stream.newest - keep, trimmed)
            old = select(POSITIONS.c.source, POSITIONS.c.position).where(POSITIONS.c.place.between(base + 1, last))
            gone = [tuple(row) for row in connection.execute(old)]
            gone += bounds.ticked(connection, topology, max(base, last) + 1, trimmed)
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


def _judged(
    connection: Connection, batches: Sequence[Sequence[Entry]], numbers: Mapping[Named, int]
) -> tuple[Sequence[Appended], Sequence[tuple[int, Entry]]]:
    """What becomes of each batch once this transaction is durable, and the entries that are new."""
    sourced = [[(numbers[e.topology, e.source], e) for e in entries] for entries in batches]
    known = _known(connection, [pair for batch in sourced for pair in batch])
    fresh: list[tuple[int, Entry]] = []
    return [admit(batch, known, fresh) for batch in sourced], fresh


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


def _rows(stream: LogStream, several: Sequence[tuple[int, Entry]]) -> Iterable[Row]:
    """The rows of entries at the end of a stream, which moves on."""
    for source, e in several:
        fields = (e.kind, e.payload, e.position, e.rows, e.trace)
        stream.chain = link(stream.end, stream.newest + 1, e.source, fields)
        stream.newest += 1
        yield stream.base + stream.newest, e.kind, e.payload, source, e.position, e.rows, e.trace, stream.chain
