"""Which source positions a log has taken, so that a repeat is known; they outlive the payloads.

Policy: a position may be forgotten once its entry is further back than the newest `keep` of its partition (`prune`). A
repeat that comes later than that is taken again, and then only the receivers' own idempotence guards against it.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Table, Text, UniqueConstraint

from telassure.store.sql import dialect
from telassure.store.sql.engine import run
from telassure.store.sql.schema import LOG, ROW_NUMBER

SOURCES: Final = Table(
    "log_source",
    LOG,
    Column("source", ROW_NUMBER, primary_key=True),
    Column("topology", Text, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("topology", "name"),
)
POSITIONS: Final = Table(
    "log_position",
    LOG,
    Column("source", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("place", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
_UNUSED: Final = "NOT EXISTS (SELECT 1 FROM log_position p WHERE p.source = log_source.source)"

Named = tuple[str, str]  # (topology, source)


def numbers_of(connection: Connection, wanted: set[Named]) -> dict[Named, int]:
    """The number of each; new sources get one in this transaction. Read anew each time: another process may have pruned
    a source, and its number may be another's by now."""
    found = _numbers(connection, wanted)
    if unknown := sorted(wanted - found.keys()):
        run(connection, dialect.insert(connection.dialect, SOURCES, ignore=True, leaving="source"), unknown)
        found |= _numbers(connection, unknown)
    return found


def _numbers(connection: Connection, several: Iterable[Named]) -> dict[Named, int]:
    text = dialect.marked(connection.dialect, "SELECT source FROM log_source WHERE topology = ? AND name = ?")
    asked = ((named, connection.exec_driver_sql(text, named).scalar_one_or_none()) for named in several)
    return {named: number for named, number in asked if number is not None}


def without_positions(connection: Connection, topology: str) -> Sequence[tuple[int]]:
    """The sources of a topology that no position names; as an entry goes before its position, they have none either."""
    text = f"SELECT source FROM log_source WHERE topology = ? AND {_UNUSED}"  # noqa: S608
    found = connection.exec_driver_sql(dialect.marked(connection.dialect, text), (topology,))
    return [(number,) for (number,) in found]


def drop(connection: Connection, numbers: Sequence[tuple[int]]) -> None:
    """Forget these sources, but for those that have been used again since."""
    text = f"DELETE FROM log_source WHERE source = ? AND {_UNUSED}"  # noqa: S608
    run(connection, dialect.marked(connection.dialect, text), numbers)


def taken(connection: Connection, source: int, positions: Sequence[str]) -> Iterable[tuple[str, bytes]]:
    """(position, digest) of those among `positions` that are taken."""
    for start in range(0, len(positions), dialect.MARKS):
        some = positions[start : start + dialect.MARKS]
        marks = ",".join("?" * len(some))
        text = f"SELECT position, digest FROM log_position WHERE source = ? AND position IN ({marks})"  # noqa: S608
        found = connection.exec_driver_sql(dialect.marked(connection.dialect, text), (source, *some))
        yield from ((position, digest) for position, digest in found)


def take(connection: Connection, rows: Sequence[tuple[int, str, bytes, int]]) -> None:
    """Keep (source, position, digest, place), none of which is taken."""
    run(connection, dialect.insert(connection.dialect, POSITIONS), sorted(rows))
