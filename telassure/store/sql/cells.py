"""Checkpoints and cells: where a partition stands, and what its operators remember there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, Table, UniqueConstraint, true

from telassure.kernel.errors import StaleOwner
from telassure.kernel.instant import Instant
from telassure.kernel.ports import CellRow, Checkpoint, LogMark, Turn
from telassure.store.sql import bulk, dialect
from telassure.store.sql.engine import run
from telassure.store.sql.schema import ROW_NUMBER, STATE, TEXT

CHECKPOINTS: Final = Table(
    "checkpoint",
    STATE,
    Column("topology", TEXT, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, nullable=False),
    Column("clocks", LargeBinary, nullable=False),
    Column("log_identity", TEXT),
    Column("log_offset", BigInteger),
    Column("log_chain", LargeBinary),
)
# One small number stands for (topology, partition, operator) in every cell.
FAMILIES: Final = Table(
    "cell_family",
    STATE,
    Column("family", ROW_NUMBER, primary_key=True),
    Column("topology", TEXT, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("operator", TEXT, nullable=False),
    UniqueConstraint("topology", "partition", "operator"),
)
CELLS: Final = Table(
    "cell",
    STATE,
    Column("family", BigInteger, primary_key=True, autoincrement=False),
    Column("key", TEXT, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("wake", BigInteger),
    Column("offset", BigInteger, nullable=False),
    Column("blob", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)


def checkpoint(connection: Connection, topology: str, partition: int) -> Checkpoint:
    here = (CHECKPOINTS.c.topology == topology) & (CHECKPOINTS.c.partition == partition)
    row = connection.execute(CHECKPOINTS.select().where(here)).one_or_none()
    if row is None:
        return Checkpoint(0, b"")
    mark = LogMark(row.log_identity, row.log_offset, row.log_chain or b"") if row.log_identity else None
    return Checkpoint(row.offset, row.clocks, mark)


def advance(connection: Connection, turn: Turn) -> None:
    """Compare-and-swap the offset; StaleOwner where another owner has moved it, or another log was adopted."""
    here = (CHECKPOINTS.c.topology == turn.topology) & (CHECKPOINTS.c.partition == turn.partition)
    values = _marked(turn)
    known = CHECKPOINTS.c.log_identity
    same = known.is_(None) | (known == turn.mark.identity) if turn.mark is not None else true()
    swap = CHECKPOINTS.update().where(here, CHECKPOINTS.c.offset == turn.expected, same)
    if connection.execute(swap.values(offset=turn.offset, clocks=turn.clocks, **values)).rowcount:
        return
    if turn.expected == 0:
        first = bulk.insert(connection.dialect, CHECKPOINTS, ignore=True)
        if run(connection, first, [(turn.topology, turn.partition, turn.offset, turn.clocks, *values.values())]) == 1:
            return
    found = checkpoint(connection, turn.topology, turn.partition).offset
    place = f"{turn.topology}[{turn.partition}]"
    raise StaleOwner(f"{place}: the stored offset is {found}, not {turn.expected}; drop the cache and load again")


def move(connection: Connection, turn: Turn) -> None:
    """Put a checkpoint where a log that was adopted goes on, whichever log it was made from; its clocks stay.
    StaleOwner where another owner has moved it meanwhile."""
    here = (CHECKPOINTS.c.topology == turn.topology) & (CHECKPOINTS.c.partition == turn.partition)
    moved = CHECKPOINTS.update().where(here, CHECKPOINTS.c.offset == turn.expected)
    if not connection.execute(moved.values(offset=turn.offset, **_marked(turn))).rowcount:
        advance(connection, turn)


def _marked(turn: Turn) -> dict[str, str | int | bytes | None]:
    """The columns that say which log a checkpoint was made from."""
    mark = turn.mark
    identity, offset, chain = (mark.identity, mark.offset, mark.chain) if mark is not None else (None, None, None)
    return {"log_identity": identity, "log_offset": offset, "log_chain": chain}


def _families(connection: Connection, topology: str, partition: int) -> dict[str, int]:
    here = (FAMILIES.c.topology == topology) & (FAMILIES.c.partition == partition)
    return {row.operator: row.family for row in connection.execute(FAMILIES.select().where(here))}


def write(connection: Connection, turn: Turn) -> None:
    """Upsert and delete cells; of two rows of one cell the later counts. In key order, which is the tree's order."""
    if not turn.cells:
        return
    families = _families(connection, turn.topology, turn.partition)
    missing = {cell.operator for cell in turn.cells} - families.keys()
    if missing:
        text = bulk.insert(connection.dialect, FAMILIES, leaving=("family",))
        run(connection, text, [(turn.topology, turn.partition, operator) for operator in sorted(missing)])
        families = _families(connection, turn.topology, turn.partition)
    last = {(families[c.operator], c.key): c for c in turn.cells}
    gone = sorted(place for place, c in last.items() if c.blob is None)
    kept = sorted((*place, c.version, c.wake, c.offset, c.blob) for place, c in last.items() if c.blob is not None)
    run(connection, dialect.marked(connection.dialect, "DELETE FROM cell WHERE family = ? AND key = ?"), gone)
    run(connection, bulk.upsert(connection.dialect, CELLS), kept)


def read(
    connection: Connection, topology: str, partition: int, operator: str, keys: Sequence[str]
) -> Mapping[str, CellRow]:
    family = _families(connection, topology, partition).get(operator)
    found: dict[str, CellRow] = {}
    if family is None:
        return found
    for start in range(0, len(keys), dialect.MARKS):
        some = keys[start : start + dialect.MARKS]
        marks = ",".join("?" * len(some))
        text = f'SELECT key, version, blob, wake, "offset" FROM cell WHERE family = ? AND key IN ({marks})'  # noqa: S608  # marks
        for row in connection.exec_driver_sql(dialect.marked(connection.dialect, text), (family, *some)):
            found[row[0]] = CellRow(operator, *row)
    return found


def timers(connection: Connection, topology: str, partition: int) -> Iterator[tuple[str, str, Instant]]:
    for operator, family in sorted(_families(connection, topology, partition).items()):
        here = (CELLS.c.family == family) & CELLS.c.wake.is_not(None)
        for key, wake in connection.execute(CELLS.select().with_only_columns(CELLS.c.key, CELLS.c.wake).where(here)):
            yield operator, key, wake
