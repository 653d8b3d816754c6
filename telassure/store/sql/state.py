"""The state store in SQL: everything a turn writes, in one transaction of one topology's database."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from telassure.kernel.events import CatalogueEntry, Charge
from telassure.kernel.instant import Duration, Instant
from telassure.kernel.kept import BusinessRecord
from telassure.kernel.ports import Archiving, CellRow, Checkpoint, Choice, OpenLetter, OutboxRow, Turn
from telassure.store.sql import (
    applied_positions,
    catalogue,
    cells,
    charge_lines,
    charge_totals,
    counters,
    dialect,
    letters,
    outbox,
    records,
)
from telassure.store.sql.engine import Row
from telassure.store.sql.letter_room import ROOM, LetterRoom
from telassure.store.sql.shrink import shrink
from telassure.store.sql.state_database import StateDatabase

_PIECE: Final = 2_000  # positions or records that one transaction forgets, so that a commit never waits long
_ARCHIVED: Final = 50_000  # ledger lines of one file of the archive
_SOUGHT: Final = 100_000  # old records that one look at their table brings


class SqlStateStore:
    """ports.StateStore over one database, made or migrated when opened. Safe from any thread.

    `commit` is durable when it returns (SQLite: write-ahead log, synchronous FULL). A reading sees one snapshot.
    """

    def __init__(self, url: str, connections: int = dialect.CONNECTIONS, letter_room: int = ROOM) -> None:
        self._database = StateDatabase(url, connections)
        self._letters = LetterRoom(letters.LETTERS, letter_room)

    def checkpoint(self, topology: str, partition: int) -> Checkpoint:
        with self._database.reading() as connection:
            return cells.checkpoint(connection, topology, partition)

    def cells(self, topology: str, partition: int, operator: str, keys: Sequence[str]) -> Mapping[str, CellRow]:
        with self._database.reading() as connection:
            return cells.read(connection, topology, partition, operator, keys)

    def timers(self, topology: str, partition: int) -> Iterable[tuple[str, str, Instant]]:
        with self._database.reading() as connection:
            return list(cells.timers(connection, topology, partition))

    def catalogue(self, topology: str, partition: int) -> Iterable[CatalogueEntry]:
        with self._database.reading() as connection:
            return list(catalogue.read(connection, topology, partition))

    def commit(self, turn: Turn) -> None:
        with self._database.writing() as connection:
            cells.advance(connection, turn)
            cells.write(connection, turn)
            charges = [record for record in turn.records if isinstance(record, Charge)]
            appended = charge_lines.append(connection, (turn.partition, turn.offset), charges) if charges else []
            records.write(connection, [record for record in turn.records if not isinstance(record, Charge)])
            applied_positions.write(connection, turn)
            outbox.write(connection, turn)
            self._letters.write(connection, turn.letters)
            catalogue.write(connection, turn)
            counters.write(connection, turn)
            charge_totals.add(connection, charge_totals.sums_of(appended))

    def move(self, turn: Turn) -> None:
        """Put a checkpoint where a log that was adopted goes on. The clocks that it has stay."""
        with self._database.writing() as connection:
            cells.move(connection, turn)

    def counters(self, topology: str) -> Mapping[str, int]:
        """What adds up; the "feed:" times are kept apart (see telassure.store.sql.counters)."""
        with self._database.reading() as connection:
            return counters.counts(connection, topology)

    def taken(
        self, topology: str, partition: int, places: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], bytes]:
        with self._database.reading() as connection:
            return applied_positions.read(connection, topology, partition, places)

    def forget(self, topology: str, partition: int, through: int) -> int:
        """In small transactions, and then the sources that have no position left."""
        with self._database.reading() as connection:
            sources = applied_positions.sources(connection, topology, partition)
        gone = 0
        for source in sources:
            while True:
                with self._database.writing() as connection:
                    piece = applied_positions.forget(connection, source, through, _PIECE)
                gone += piece
                if piece < _PIECE:
                    break
        if gone:
            with self._database.writing() as connection:
                applied_positions.drop_sources(connection, topology, partition)
        return gone

    def remove(self, kind: type[BusinessRecord], age: Duration, now: Instant, first: Archiving | None = None) -> int:
        """In small transactions: what is old is looked for outside of them."""
        kept = records.table_of(kind)
        with self._database.reading() as connection:
            newest = records.newest(connection, kept)
        if newest is None or not kept.kept.removable:
            return 0
        gone, before = 0, min(newest, now) - age
        if kept.kept.archived:
            return self._archive(kept, before, first) if first is not None else 0
        while keys := self._old(kept, before):
            for start in range(0, len(keys), _PIECE):
                with self._database.writing() as connection:
                    gone += records.remove(connection, kept, before, keys[start : start + _PIECE])
        return gone

    def _archive(self, kept: records.RecordTable[Any], before: Instant, first: Archiving) -> int:
        """What is old leaves once it lies elsewhere, and as it lies there; what has changed meanwhile, next time."""
        gone = 0
        while True:
            with self._database.reading() as connection:
                old = records.oldest(connection, kept, before, _ARCHIVED)
            if not old:
                self._forget_hours(kept, before)
                return gone
            first(old)
            removed = 0
            for start in range(0, len(old), _PIECE):
                with self._database.writing() as connection:
                    removed += records.remove_same(connection, kept, old[start : start + _PIECE])
            gone += removed
            if not removed:
                return gone

    def _forget_hours(self, kept: records.RecordTable[Any], before: Instant) -> None:
        if kept.kept.record is Charge:
            with self._database.writing() as connection:
                charge_totals.forget(connection, before)

    def forget_letters(self, waiting: Instant, answered: Instant) -> int:
        return letters.forget(self._database, letters.LETTERS, waiting, answered)

    def shrink(self) -> int:
        """Give the disk back what the file no longer needs, where that is much; how many bytes."""
        return shrink(self._database)

    def _old(self, kept: records.RecordTable[Any], before: Instant) -> Sequence[Row]:
        with self._database.reading() as connection:
            return records.old(connection, kept, before, _SOUGHT)

    def outbox(self, topology: str, limit: int, partition: int | None = None, target: str = "") -> Sequence[OutboxRow]:
        with self._database.reading() as connection:
            return outbox.oldest(connection, topology, limit, partition, target)

    def acknowledge(self, topology: str, outbox_ids: Sequence[str]) -> None:
        with self._database.writing() as connection:
            outbox.acknowledge(connection, topology, outbox_ids)

    def replayable_letters(self, choice: Choice, after: str, limit: int) -> Sequence[OpenLetter]:
        """Open letters whose input may go into the log again, with ids above `after`, by id."""
        with self._database.reading() as connection:
            return letters.replayable(connection, letters.LETTERS, choice, after, limit)

    def mark_replayed(self, done: Sequence[OpenLetter]) -> None:
        """The log holds the input of these letters again."""
        with self._database.writing() as connection:
            letters.mark(connection, letters.LETTERS, done)

    def close(self) -> None:
        self._database.close()
