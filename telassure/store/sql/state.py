"""The state store in SQL: everything a turn writes, in one transaction of one topology's database."""

from collections.abc import Iterable, Mapping, Sequence

from telassure.events import CatalogueEntry, Charge
from telassure.instant import Instant
from telassure.ports import CellRow, Checkpoint, OutboxRow, Turn
from telassure.store.sql import catalogue, cells, charged, counters, letters, migrate, outbox, records
from telassure.store.sql.engine import Database


class SqlStateStore:
    """ports.StateStore over one database, made or migrated when opened. Safe from any thread.

    `commit` is durable when it returns (SQLite: write-ahead log, synchronous FULL). A reading sees one snapshot.
    """

    def __init__(self, url: str) -> None:
        migrate.upgrade(url, "state")
        self._database = Database(url)

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
            charged.write(connection, [record for record in turn.records if isinstance(record, Charge)])
            records.write(connection, [record for record in turn.records if not isinstance(record, Charge)])
            outbox.write(connection, turn.topology, turn.outbox)
            letters.write(connection, letters.LETTERS, turn.letters)
            catalogue.write(connection, turn)
            counters.write(connection, turn.topology, turn.counters)

    def counters(self, topology: str) -> Mapping[str, int]:
        """What adds up; the "feed:" times are kept apart (see telassure.store.sql.counters)."""
        with self._database.reading() as connection:
            return counters.counts(connection, topology)

    def outbox(self, topology: str, limit: int) -> Sequence[OutboxRow]:
        with self._database.reading() as connection:
            return outbox.oldest(connection, topology, limit)

    def acknowledge(self, topology: str, outbox_ids: Sequence[str]) -> None:
        with self._database.writing() as connection:
            outbox.acknowledge(connection, topology, outbox_ids)

    def replayable_letters(self, choice: letters.Choice, after: str, limit: int) -> Sequence[letters.Refused]:
        """Open letters whose input may go into the log again, with ids above `after`, by id."""
        with self._database.reading() as connection:
            return letters.replayable(connection, letters.LETTERS, choice, after, limit)

    def mark_replayed(self, done: Sequence[letters.Refused]) -> None:
        """The log holds the input of these letters again."""
        with self._database.writing() as connection:
            letters.mark(connection, letters.LETTERS, done)

    def close(self) -> None:
        self._database.close()
