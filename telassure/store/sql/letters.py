"""Dead letters: one table in every database, upserted by id, so that the same bad input is one letter."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, MetaData, Table, Text

from telassure.events import DeadLetter
from telassure.store.sql import dialect
from telassure.store.sql.engine import run
from telassure.store.sql.schema import LOG, STATE

_PACK: Final = attrgetter("letter_id", "source", "position", "operator", "place", "reason", "payload", "time")


def _table(metadata: MetaData) -> Table:
    return Table(
        "dead_letter",
        metadata,
        Column("letter_id", Text, primary_key=True),
        Column("source", Text, nullable=False),
        Column("position", Text, nullable=False),
        Column("operator", Text, nullable=False),
        Column("place", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("time", BigInteger, nullable=False, index=True),
    )


LETTERS: Final = _table(STATE)
BURIED: Final = _table(LOG)


def write(connection: Connection, table: Table, letters: Sequence[DeadLetter]) -> None:
    if letters:
        run(connection, dialect.upsert(connection.dialect, table), [_PACK(letter) for letter in letters])


def newest(connection: Connection, table: Table, limit: int) -> list[DeadLetter]:
    """The newest letters, then by id."""
    found = connection.execute(table.select().order_by(table.c.time.desc(), table.c.letter_id).limit(limit))
    return [DeadLetter(*row) for row in found]
