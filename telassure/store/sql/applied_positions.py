"""The source positions that each partition has applied, for a log that may deliver them again (Kafka)."""

from collections.abc import Mapping, Sequence
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
    delete,
    exists,
    select,
    tuple_,
)

from telassure.kernel.ports import Turn
from telassure.store.sql import bulk, dialect
from telassure.store.sql.cells import CHECKPOINTS
from telassure.store.sql.engine import run
from telassure.store.sql.schema import ROW_NUMBER, STATE, TEXT

SOURCES: Final = Table(
    "taken_source",
    STATE,
    Column("source", ROW_NUMBER, primary_key=True),
    Column("topology", TEXT, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("name", TEXT, nullable=False),
    UniqueConstraint("topology", "partition", "name"),
    sqlite_autoincrement=True,
)
POSITIONS: Final = Table(
    "taken_position",
    STATE,
    Column("source", BigInteger, primary_key=True, autoincrement=False),
    Column("position", TEXT, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Index("taken_position_by_offset", "source", "offset"),
    sqlite_with_rowid=False,
)
_FORGET: Final = (
    "DELETE FROM taken_position WHERE source = ? AND position IN"
    ' (SELECT position FROM taken_position WHERE source = ? AND "offset" <= ? ORDER BY "offset" LIMIT ?)'
)

Place = tuple[str, str]  # (source, position)


def write(connection: Connection, turn: Turn) -> None:
    """Keep what a turn has applied; a position that is there stays as it is."""
    if not turn.taken:
        return
    names = sorted({each.source for each in turn.taken})
    numbers = _numbers(connection, turn.topology, turn.partition, names)
    if missing := [(turn.topology, turn.partition, name) for name in names if name not in numbers]:
        run(connection, bulk.insert(connection.dialect, SOURCES, leaving=("source",)), missing)
        numbers = _numbers(connection, turn.topology, turn.partition, names)
    rows = sorted((numbers[each.source], each.position, each.digest, each.offset) for each in turn.taken)
    run(connection, bulk.insert(connection.dialect, POSITIONS, ignore=True), rows)


def read(connection: Connection, topology: str, partition: int, places: Sequence[Place]) -> Mapping[Place, bytes]:
    numbers = _numbers(connection, topology, partition, sorted({source for source, _ in places}))
    names = {number: name for name, number in numbers.items()}
    asked = [(numbers[source], position) for source, position in places if source in numbers]
    found: dict[Place, bytes] = {}
    for start in range(0, len(asked), dialect.MARKS // 2):
        some = tuple_(POSITIONS.c.source, POSITIONS.c.position).in_(asked[start : start + dialect.MARKS // 2])
        for source, position, digest in connection.execute(
            select(POSITIONS.c.source, POSITIONS.c.position, POSITIONS.c.digest).where(some)
        ):
            found[names[source], position] = digest
    return found


def sources(connection: Connection, topology: str, partition: int) -> Sequence[int]:
    here = (SOURCES.c.topology == topology) & (SOURCES.c.partition == partition)
    return list(connection.execute(select(SOURCES.c.source).where(here)).scalars())


def forget(connection: Connection, source: int, through: int, limit: int) -> int:
    """Forget up to `limit` positions of a source at offsets up to `through`; how many went."""
    return run(connection, dialect.marked(connection.dialect, _FORGET), [(source, source, through, limit)])


def drop_sources(connection: Connection, topology: str, partition: int) -> None:
    """Forget the sources that have no position left. The partition's commits wait, or one could be using such a source
    in this moment."""
    owned = (CHECKPOINTS.c.topology == topology) & (CHECKPOINTS.c.partition == partition)
    connection.execute(select(CHECKPOINTS.c.offset).where(owned).with_for_update()).all()
    here = (SOURCES.c.topology == topology) & (SOURCES.c.partition == partition)
    connection.execute(delete(SOURCES).where(here, ~exists().where(POSITIONS.c.source == SOURCES.c.source)))


def _numbers(connection: Connection, topology: str, partition: int, names: Sequence[str]) -> dict[str, int]:
    here = (SOURCES.c.topology == topology) & (SOURCES.c.partition == partition)
    found: dict[str, int] = {}
    for start in range(0, len(names), dialect.MARKS):
        some = SOURCES.c.name.in_(names[start : start + dialect.MARKS])
        asked = select(SOURCES.c.name, SOURCES.c.source).where(here, some)
        found.update((name, number) for name, number in connection.execute(asked))
    return found
