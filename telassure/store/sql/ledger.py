"""The source positions that were published into a log that cannot refuse a repeat by itself (Kafka)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection

from telassure.kernel.instant import Instant
from telassure.kernel.ports import Appended, Claim, Entry
from telassure.store.sql import dialect, migrate, positions
from telassure.store.sql.audit_rows import AuditRows, Scribe, unwritten
from telassure.store.sql.engine import Database
from telassure.store.sql.letter_room import ROOM
from telassure.store.sql.log_letters import BuriedLetters
from telassure.store.sql.positions import Named, Numbered

_PIECE: Final = 2_000  # rows that one transaction of prune deletes


class SqlPositionLedger(BuriedLetters):
    """ports.PositionLedger over one database, made or migrated when opened. Safe from any thread and many processes.

    Of two that claim one position at once, the second waits until the first has published it or failed. Positions are
    claimed in sorted order, so that no two wait for each other. In SQLite one claim at a time is under way.
    """

    def __init__(
        self,
        url: str,
        connections: int = dialect.CONNECTIONS,
        letter_room: int = ROOM,
        scribe: Scribe = unwritten,
    ) -> None:
        migrate.upgrade(url, "log")
        super().__init__(Database(url, connections), letter_room)
        self._scribe = scribe
        self._numbered: set[Named] = set()

    @contextmanager
    def claiming(self, batches: Sequence[Sequence[Entry]]) -> Iterator[Claim]:
        """The claim is durable when the block has ended; the positions are free again where it raises."""
        named = {(entry.topology, entry.source) for entries in batches for entry in entries}
        if not named <= self._numbered:
            with self._database.writing() as connection:  # at once, or a new source would wait for a publisher
                positions.numbers_of(connection, named)
            self._numbered = named | (self._numbered if len(self._numbered) < _PIECE else set())
        with self._database.writing() as connection:
            numbers = positions.numbers_of(connection, named, hold=True)
            claim = _claim(connection, [[(numbers[e.topology, e.source], e) for e in batch] for batch in batches])
            yield claim
            if deeds := [entry.deed for entry in claim.fresh if entry.deed is not None]:
                self._scribe(AuditRows(connection), deeds)  # last: nobody waits for a publisher to write his own down

    def prune(self, topology: str, before: Instant) -> int:
        """Forget the positions that were claimed before an instant of the database's clock, and then the sources that
        have none left; how many positions went. A maintenance call: it looks at every position, in small pieces."""
        with self._database.reading() as connection:
            several = positions.sources(connection, topology)
        gone = sum(self._prune(source, before) for source in several)
        with self._database.writing() as connection:
            positions.drop_unused(connection, several)
        return gone

    def _prune(self, source: int, before: Instant) -> int:
        gone, after = 0, ""
        while True:
            with self._database.writing() as connection:
                old = positions.claimed_before(connection, source, before, after, _PIECE)
                positions.free(connection, source, old)
            gone += len(old)
            if len(old) < _PIECE:
                return gone
            after = old[-1]


def _claim(connection: Connection, sourced: Sequence[Sequence[Numbered]]) -> Claim:
    first = {(source, e.position): e.digest for batch in reversed(sourced) for source, e in reversed(batch)}
    rows = [(source, position, digest) for (source, position), digest in sorted(first.items())]
    known = positions.claim(connection, rows, dialect.now(connection))
    fresh: list[Numbered] = []
    answers: list[Appended] = [positions.admit(batch, known, fresh) for batch in sourced]
    return Claim(answers, [entry for _, entry in fresh])
