"""The outbox: effects on their way out, in the order they were committed, until their target has acknowledged."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
    and_,
    or_,
    select,
)
from sqlalchemy.sql import ColumnElement

from telassure.kernel.ports import OutboxRow, Turn
from telassure.store.sql import bulk, dialect
from telassure.store.sql.engine import run
from telassure.store.sql.schema import ROW_NUMBER, STATE, TEXT

OUTBOX: Final = Table(
    "outbox",
    STATE,
    Column("place", ROW_NUMBER, primary_key=True),
    Column("topology", TEXT, nullable=False),
    Column("outbox_id", TEXT, nullable=False),
    Column("target", TEXT, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("position", TEXT, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("trace", TEXT, nullable=False),
    Column("partition", Integer),  # of the turn that committed it; release 1 leaves it out
    UniqueConstraint("topology", "outbox_id"),
    Index("outbox_by_partition", "topology", "partition", "place"),
    sqlite_autoincrement=True,
)
FIELDS: Final = ("outbox_id", "target", "kind", "payload", "position", "created_at", "trace")
_PACK: Final = attrgetter(*FIELDS)


def write(connection: Connection, turn: Turn) -> None:
    """Queue behind what waits; a row that is waiting already stays where it is."""
    if turn.outbox:
        statement = bulk.insert(connection.dialect, OUTBOX, ignore=True, leaving=("place",))
        run(connection, statement, [(turn.topology, *_PACK(row), turn.partition) for row in turn.outbox])


def put(connection: Connection, topology: str, row: OutboxRow) -> None:
    """Queue one row that no turn commits."""
    statement = bulk.insert(connection.dialect, OUTBOX, ignore=True, leaving=("place",))
    run(connection, statement, [(topology, *_PACK(row), None)])


def oldest(
    connection: Connection, topology: str, limit: int, partition: int | None, target: str
) -> Sequence[OutboxRow]:
    waiting = select(*(OUTBOX.c[name] for name in FIELDS)).where(OUTBOX.c.topology == topology)
    if partition is not None:
        waiting = waiting.where(_of(connection, partition))
    if target:
        waiting = waiting.where(OUTBOX.c.target.startswith(target, autoescape=True))
    return [OutboxRow(*row) for row in connection.execute(waiting.order_by(OUTBOX.c.place).limit(limit))]


def _of(connection: Connection, partition: int) -> ColumnElement[bool]:
    """Rows of a partition: it is in its column, or where release 1 wrote them, second in "operator/partition/…"."""
    here: ColumnElement[bool] = OUTBOX.c.partition == partition
    unnamed = OUTBOX.c.partition.is_(None)
    named = dialect.second_part(connection.dialect, OUTBOX.c.position) == str(partition)
    return or_(here, and_(unnamed, named))


def acknowledge(connection: Connection, topology: str, outbox_ids: Sequence[str]) -> None:
    text = dialect.marked(connection.dialect, "DELETE FROM outbox WHERE topology = ? AND outbox_id = ?")
    run(connection, text, [(topology, outbox_id) for outbox_id in outbox_ids])
