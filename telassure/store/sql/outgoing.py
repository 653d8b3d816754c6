"""The notices of a topology on their way to several receivers: who of them has had which row of the outbox."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from sqlalchemy import Column, Connection, Table, exists, func, select

from telassure.kernel.errors import DamagedStore
from telassure.kernel.events import DeadLetter
from telassure.kernel.identity import derive_id
from telassure.kernel.ports import Choice, OpenLetter, OutboxRow
from telassure.store.sql import bulk, dialect, letters, outbox
from telassure.store.sql.engine import run
from telassure.store.sql.outbox import OUTBOX
from telassure.store.sql.schema import STATE, TEXT
from telassure.store.sql.state_database import StateDatabase

TOLD: Final = Table(
    "notice_told",
    STATE,
    Column("topology", TEXT, primary_key=True),
    Column("outbox_id", TEXT, primary_key=True),
    Column("receiver", TEXT, primary_key=True),
    sqlite_with_rowid=False,
)
_CONNECTIONS: Final = 2


class SqlOutgoing:
    """ports.Outgoing over the database of a topology's state, for these receivers. Safe from any thread.

    A receiver that is new is told what waits for others still; what waited for one that is gone alone is dropped.
    """

    def __init__(self, url: str, topology: str, target: str, receivers: Sequence[str]) -> None:
        self._database = StateDatabase(url, _CONNECTIONS)
        self._topology, self._target, self._receivers = topology, target, tuple(receivers)
        with suppress(DamagedStore):  # every call says so
            self._drop_stale()

    def _drop_stale(self) -> None:
        with self._database.reading() as connection:
            stale = self._had_by_all(connection)
        if stale:
            with self._database.writing() as connection:
                self._drop(connection, stale)

    def waiting(self, receiver: str, limit: int) -> Sequence[OutboxRow]:
        told = exists().where(
            TOLD.c.topology == OUTBOX.c.topology,
            TOLD.c.outbox_id == OUTBOX.c.outbox_id,
            TOLD.c.receiver == receiver,
        )
        wanted = select(*(OUTBOX.c[name] for name in outbox.FIELDS)).where(
            OUTBOX.c.topology == self._topology, OUTBOX.c.target == self._target, ~told
        )
        with self._database.reading() as connection:
            return [OutboxRow(*row) for row in connection.execute(wanted.order_by(OUTBOX.c.place).limit(limit))]

    def settle(self, receiver: str, told: Sequence[str], refused: Sequence[DeadLetter]) -> None:
        with self._database.writing() as connection:
            letters.write(connection, letters.LETTERS, refused)
            if self._receivers == (receiver,):
                self._drop(connection, told)
                return
            self._mark(connection, [(outbox_id, receiver) for outbox_id in told])
            self._drop(connection, self._had_by_all(connection, told))

    def requeue(self, several: Sequence[OpenLetter]) -> None:
        """Put refused notices back, for the receiver alone that refused them, and close their letters."""
        with self._database.writing() as connection:
            for each in several:
                letter = each.letter
                name = derive_id("again", letter.letter_id, each.times)
                row = OutboxRow(name, self._target, letter.kind, letter.payload, letter.position, letter.time)
                outbox.put(connection, self._topology, row)
                self._mark(connection, [(name, other) for other in self._receivers if other != letter.place])
            letters.mark(connection, letters.LETTERS, several)

    def replayable_letters(self, choice: Choice, after: str, limit: int) -> Sequence[OpenLetter]:
        """Open letters of this topology's refused notices."""
        with self._database.reading() as connection:
            return letters.replayable(connection, letters.LETTERS, choice, after, limit)

    def close(self) -> None:
        self._database.close()

    def _mark(self, connection: Connection, several: Sequence[tuple[str, str]]) -> None:
        statement = bulk.insert(connection.dialect, TOLD, ignore=True)
        run(connection, statement, [(self._topology, *each) for each in several])

    def _had_by_all(self, connection: Connection, among: Sequence[str] | None = None) -> Sequence[str]:
        """The rows that each of the receivers has had."""
        had = (
            select(TOLD.c.outbox_id)
            .where(TOLD.c.topology == self._topology, TOLD.c.receiver.in_(self._receivers))
            .group_by(TOLD.c.outbox_id)
            .having(func.count() == len(self._receivers))
        )
        chosen = had if among is None else had.where(TOLD.c.outbox_id.in_(among))
        return list(connection.execute(chosen).scalars())

    def _drop(self, connection: Connection, outbox_ids: Sequence[str]) -> None:
        outbox.acknowledge(connection, self._topology, outbox_ids)
        text = dialect.marked(connection.dialect, "DELETE FROM notice_told WHERE topology = ? AND outbox_id = ?")
        run(connection, text, [(self._topology, outbox_id) for outbox_id in outbox_ids])
