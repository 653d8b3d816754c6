"""The outbox: effects on their way out, in the order they were committed, until their target has acknowledged."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Table, Text, UniqueConstraint, select

from telassure.ports import OutboxRow
from telassure.store.sql import dialect
from telassure.store.sql.engine import run
from telassure.store.sql.schema import ROW_NUMBER, STATE

OUTBOX: Final = Table(
    "outbox",
    STATE,
    Column("place", ROW_NUMBER, primary_key=True),
    Column("topology", Text, nullable=False),
    Column("outbox_id", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("position", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("trace", Text, nullable=False),
    UniqueConstraint("topology", "outbox_id"),
    sqlite_autoincrement=True,
)
_PACK: Final = attrgetter("outbox_id", "target", "kind", "payload", "position", "created_at", "trace")


def write(connection: Connection, topology: str, rows: Sequence[OutboxRow]) -> None:
    """Queue behind what waits; a row that is waiting already stays where it is."""
    if rows:
        text = dialect.insert(connection.dialect, OUTBOX, ignore=True, leaving="place")
        run(connection, text, [(topology, *_PACK(row)) for row in rows])


def oldest(connection: Connection, topology: str, limit: int) -> Sequence[OutboxRow]:
    columns = [c for c in OUTBOX.c if c.name not in ("place", "topology")]
    waiting = select(*columns).where(OUTBOX.c.topology == topology).order_by(OUTBOX.c.place).limit(limit)
    return [OutboxRow(*row) for row in connection.execute(waiting)]


def acknowledge(connection: Connection, topology: str, outbox_ids: Sequence[str]) -> None:
    text = dialect.marked(connection.dialect, "DELETE FROM outbox WHERE topology = ? AND outbox_id = ?")
    run(connection, text, [(topology, outbox_id) for outbox_id in outbox_ids])
