"""Which source positions a log has taken, so that a repeat is known; they outlive the payloads.

Policy: a position may be forgotten once its entry is further back than the newest `keep` of its partition (`prune`). A
repeat that comes later than that is taken again, and then only the receivers' own idempotence guards against it.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Table, UniqueConstraint, select

from telassure.kernel.instant import Instant
from telassure.kernel.ports import Appended, Entry
from telassure.store.sql import bulk, dialect
from telassure.store.sql.engine import run
from telassure.store.sql.schema import LOG, ROW_NUMBER, TEXT

SOURCES: Final = Table(
    "log_source",
    LOG,
    Column("source", ROW_NUMBER, primary_key=True),
    Column("topology", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    UniqueConstraint("topology", "name"),
)
POSITIONS: Final = Table(
    "log_position",
    LOG,
    Column("source", BigInteger, primary_key=True, autoincrement=False),
    Column("position", TEXT, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("place", BigInteger, nullable=False),  # in the embedded log; 0 where a ledger claimed it
    Column("claimed_at", BigInteger),  # wall time of a ledger's claim
    sqlite_with_rowid=False,
)
_UNUSED: Final = "NOT EXISTS (SELECT 1 FROM log_position p WHERE p.source = log_source.source)"

Named = tuple[str, str]  # (topology, source)
Numbered = tuple[int, Entry]  # an entry with its source's number
Place = tuple[int, str]  # (source's number, position)


def numbers_of(connection: Connection, wanted: set[Named], hold: bool = False) -> dict[Named, int]:
    """The number of each; new sources get one in this transaction. Read anew each time: another process may have pruned
    a source, and its number may be another's by now. With `hold` none of them is pruned before this transaction ends.
    """
    found = _numbers(connection, wanted, hold)
    if unknown := sorted(wanted - found.keys()):
        run(connection, bulk.insert(connection.dialect, SOURCES, ignore=True, leaving=("source",)), unknown)
        found |= _numbers(connection, unknown, hold)
    return found


def _numbers(connection: Connection, several: Iterable[Named], hold: bool) -> dict[Named, int]:
    text = dialect.marked(connection.dialect, "SELECT source FROM log_source WHERE topology = ? AND name = ?")
    text += dialect.held(connection.dialect) if hold else ""
    asked = ((named, connection.exec_driver_sql(text, named).scalar_one_or_none()) for named in several)
    return {named: number for named, number in asked if number is not None}


def without_positions(connection: Connection, topology: str) -> Sequence[tuple[int]]:
    """The sources of a topology that no position names; as an entry goes before its position, they have none either."""
    text = f"SELECT source FROM log_source WHERE topology = ? AND {_UNUSED}"  # noqa: S608  # words of ours
    found = connection.exec_driver_sql(dialect.marked(connection.dialect, text), (topology,))
    return [(number,) for (number,) in found]


def drop(connection: Connection, numbers: Sequence[tuple[int]]) -> None:
    """Forget these sources, but for those that have been used again since."""
    text = f"DELETE FROM log_source WHERE source = ? AND {_UNUSED}"  # noqa: S608  # words of ours
    run(connection, dialect.marked(connection.dialect, text), numbers)


def taken(connection: Connection, source: int, positions: Sequence[str]) -> Iterable[tuple[str, bytes]]:
    """(position, digest) of those among `positions` that are taken."""
    for start in range(0, len(positions), dialect.MARKS):
        some = positions[start : start + dialect.MARKS]
        marks = ",".join("?" * len(some))
        text = f"SELECT position, digest FROM log_position WHERE source = ? AND position IN ({marks})"  # noqa: S608  # words of ours
        found = connection.exec_driver_sql(dialect.marked(connection.dialect, text), (source, *some))
        yield from ((position, digest) for position, digest in found)


def take(connection: Connection, rows: Sequence[tuple[int, str, bytes, int]]) -> None:
    """Keep (source, position, digest, place), none of which is taken."""
    run(connection, bulk.insert(connection.dialect, POSITIONS, leaving=("claimed_at",)), sorted(rows))


def admit(batch: Sequence[Numbered], known: dict[Place, bytes], fresh: list[Numbered]) -> Appended:
    """Sort a batch into new, repeated and conflicting; the new join `fresh` and become known."""
    repeats: list[int] = []
    conflicts: list[int] = []
    for index, (source, entry) in enumerate(batch):
        digest = known.get((source, entry.position))
        if digest is None:
            known[source, entry.position] = entry.digest
            fresh.append((source, entry))
        else:
            (repeats if digest == entry.digest else conflicts).append(index)
    accepted = len(batch) - len(repeats) - len(conflicts)
    return Appended(accepted, len(repeats), tuple(conflicts), tuple(repeats))


# --- a ledger's own --------------------------------------------------------------------------------------------------


def claim(connection: Connection, rows: Sequence[tuple[int, str, bytes]], at: Instant) -> dict[Place, bytes]:
    """Take those of the sorted (source, position, digest) that are free; the digests of those that are not."""
    whole = [(*row, 0, at) for row in rows]
    if connection.dialect.name == "sqlite":  # this transaction is alone
        found = _digests(connection, [(source, position) for source, position, _ in rows])
        run(connection, bulk.insert(connection.dialect, POSITIONS), [row for row in whole if row[:2] not in found])
        return found
    free_ones = bulk.returning(bulk.insert(connection.dialect, POSITIONS, ignore=True), "source, position")
    new = {(source, position) for source, position in free_ones.returned(connection, whole)}
    return _digests(connection, [row[:2] for row in rows if row[:2] not in new])


def _digests(connection: Connection, places: Sequence[Place]) -> dict[Place, bytes]:
    asked: dict[int, list[str]] = {}
    for source, position in places:
        asked.setdefault(source, []).append(position)
    return {
        (source, position): digest
        for source, several in asked.items()
        for position, digest in taken(connection, source, several)
    }


def sources(connection: Connection, topology: str) -> Sequence[int]:
    return list(connection.execute(select(SOURCES.c.source).where(SOURCES.c.topology == topology)).scalars())


def claimed_before(connection: Connection, source: int, before: Instant, after: str, limit: int) -> Sequence[str]:
    """Up to `limit` positions above `after` that a ledger claimed earlier than `before`, in order."""
    old = (POSITIONS.c.source == source) & (POSITIONS.c.position > after) & (POSITIONS.c.claimed_at < before)
    asked = select(POSITIONS.c.position).where(old).order_by(POSITIONS.c.position).limit(limit)
    return list(connection.execute(asked).scalars())


def free(connection: Connection, source: int, several: Sequence[str]) -> None:
    text = "DELETE FROM log_position WHERE source = ? AND position = ?"
    run(connection, dialect.marked(connection.dialect, text), [(source, position) for position in several])


def drop_unused(connection: Connection, several: Sequence[int]) -> None:
    """Forget those of these sources that no position names: first nobody may claim with them, then it is looked up."""
    for start in range(0, len(several), dialect.MARKS):
        some = SOURCES.c.source.in_(several[start : start + dialect.MARKS])
        connection.execute(select(SOURCES.c.source).where(some).order_by(SOURCES.c.source).with_for_update()).all()
        drop(connection, [(source,) for source in several[start : start + dialect.MARKS]])
