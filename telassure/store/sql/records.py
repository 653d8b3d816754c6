"""The tables of the business records, one for each `Kept` that is declared."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Index, MetaData, PrimaryKeyConstraint, Table, func, select, tuple_

from telassure.kernel.declared import derived
from telassure.kernel.instant import Instant
from telassure.kernel.kept import BusinessRecord, Kept, kept_as, kept_types
from telassure.store.sql import bulk, dialect
from telassure.store.sql.engine import Row, run
from telassure.store.sql.record_columns import field_columns, packer, unpacker
from telassure.store.sql.schema import ACCESS, LOG, STATE

K = TypeVar("K", bound=BusinessRecord)


@dataclass(frozen=True)
class RecordTable(Generic[K]):
    """One record type and its table. `pack` gives a row in column order, `unpack` the record of a row."""

    kept: Kept[K]
    table: Table
    pack: Callable[[K], Row]
    unpack: Callable[[Sequence[Any]], K]

    def write(self, connection: Connection, records: Iterable[K]) -> None:
        """Upsert by primary key, in order: of two with one key the later stays."""
        run(connection, bulk.upsert(connection.dialect, self.table), [self.pack(record) for record in records])


@derived
def record_tables() -> Mapping[type[BusinessRecord], RecordTable[Any]]:
    """The table of every type that is kept. They stand in a `MetaData` of their own."""
    metadata = MetaData()
    return {record: _record_table(kept, metadata) for record, kept in kept_types().items()}


def table_of(record: type[K]) -> RecordTable[K]:
    """ConfigurationError for a type that is not kept."""
    return record_tables()[kept_as(record).record]


def schema_tables(kind: str) -> Mapping[str, Table]:
    """Every table of a database of `kind` "log", "state" or "access", by name."""
    if kind == "access":
        return ACCESS.tables
    if kind == "log":
        return LOG.tables
    return {**STATE.tables, **{kept.table.name: kept.table for kept in record_tables().values()}}


def write(connection: Connection, records: Sequence[BusinessRecord]) -> None:
    """Upsert every record into the table of its type."""
    by_type: dict[type[BusinessRecord], list[BusinessRecord]] = {}
    for record in records:
        by_type.setdefault(type(record), []).append(record)
    for record_type, several in by_type.items():
        table_of(record_type).write(connection, several)


def newest(connection: Connection, kept: RecordTable[K]) -> Instant | None:
    """The newest time of any record of a type."""
    found: Instant | None = connection.execute(select(func.max(kept.table.c[kept.kept.time]))).scalar_one()
    return found


def old(connection: Connection, kept: RecordTable[K], before: Instant, most: int) -> list[Row]:
    """The keys of up to `most` records that are done with and older."""
    chosen = select(*kept.table.primary_key).where(kept.table.c[kept.kept.time] < before)
    if kept.kept.closed:
        chosen = chosen.where(kept.table.c.state.in_(kept.kept.closed))
    return [tuple(row) for row in connection.execute(chosen.limit(most))]


def remove(connection: Connection, kept: RecordTable[K], before: Instant, keys: Sequence[Row]) -> int:
    """Delete the records of these keys as far as they still are done with and older; how many went."""
    conditions = [f'"{column.name}" = ?' for column in kept.table.primary_key]
    conditions.append(f'"{kept.kept.time}" < ?')
    if kept.kept.closed:
        conditions.append(f"state IN ({', '.join('?' * len(kept.kept.closed))})")
    text = f"DELETE FROM {kept.table.name} WHERE {' AND '.join(conditions)}"  # noqa: S608  # our own table and columns
    rows = [(*key, before, *kept.kept.closed) for key in keys]
    return run(connection, dialect.marked(connection.dialect, text), rows)


def oldest(connection: Connection, kept: RecordTable[K], before: Instant, most: int) -> list[K]:
    """The oldest records that are done with and older than an instant, in order."""
    time = kept.table.c[kept.kept.time]
    chosen = select(*kept.table.c).where(time < before)
    if kept.kept.closed:
        chosen = chosen.where(kept.table.c.state.in_(kept.kept.closed))
    return [kept.unpack(row) for row in connection.execute(chosen.order_by(time, *kept.table.primary_key).limit(most))]


def remove_same(connection: Connection, kept: RecordTable[K], several: Sequence[K]) -> int:
    """Delete the records that still are as given; how many went."""
    gone, columns = 0, list(kept.table.primary_key)
    width = dialect.MARKS // len(columns)
    for start in range(0, len(several), width):
        keys = {
            tuple(getattr(each, column.name) for column in columns): each for each in several[start : start + width]
        }
        asked = select(*kept.table.c).where(tuple_(*columns).in_(list(keys))).with_for_update()
        same = [key for row in connection.execute(asked) if (key := _key(kept, row)) and keys[key] == kept.unpack(row)]
        if same:
            gone += connection.execute(kept.table.delete().where(tuple_(*columns).in_(same))).rowcount
    return gone


def _key(kept: RecordTable[K], row: Any) -> tuple[Any, ...]:
    return tuple(row._mapping[column.name] for column in kept.table.primary_key)


def _record_table(kept: Kept[K], metadata: MetaData) -> RecordTable[K]:
    table = Table(
        kept.table,
        metadata,
        *(column for each in field_columns(kept) for column in each.columns()),
        PrimaryKeyConstraint(*kept.key),
        *(Index(f"{kept.table}_by_{names[-1]}", *names) for names in kept.indexes),
        sqlite_with_rowid=False,
    )
    return RecordTable(kept, table, packer(kept), unpacker(kept))
