"""Which source positions a log has taken, so that a repeat is known; they outlive the payloads.

Policy: a position may be forgotten once its entry is further back than the newest `keep` of its partition (`prune`). A
repeat that comes later than that is taken again, and then only the receivers' own idempotence guards against it.
"""

from collections.abc import Iterable, Mapping, Sequence
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
_REMEMBERED: Final = 10_000

Named = tuple[str, str]  # (topology, source)


class Sources:
    """The numbers of the sources, remembered once the transaction that gave them is durable. Safe from any thread."""

    def __init__(self) -> None:
        self._numbers: dict[Named, int] = {}

    def numbers(self, connection: Connection, wanted: set[Named]) -> dict[Named, int]:
        """The number of each; new sources get one in this transaction."""
        found = {named: number for named in wanted if (number := self._numbers.get(named)) is not None}
        unknown = sorted(wanted - found.keys())
        run(connection, dialect.insert(connection.dialect, SOURCES, ignore=True, leaving="source"), unknown)
        text = dialect.marked(connection.dialect, "SELECT source FROM log_source WHERE topology = ? AND name = ?")
        for named in unknown:
            found[named] = connection.exec_driver_sql(text, named).scalar_one()
        return found

    def remember(self, numbers: Mapping[Named, int]) -> None:
        if len(self._numbers) > _REMEMBERED:
            self._numbers = {}
        self._numbers.update(numbers)


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
