"""The catalogue as each partition last saw it: encoded entries, one per identity, in the order they first came."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, Table, func, select
from sqlalchemy.sql import ColumnElement

from telassure.kernel.codec import decode, encode, noun_of
from telassure.kernel.events import CatalogueChange, CatalogueEntry
from telassure.kernel.events.control import identity_of
from telassure.kernel.ports import Turn
from telassure.store.sql import bulk
from telassure.store.sql.engine import Row, run
from telassure.store.sql.schema import STATE, TEXT

ENTRIES: Final = Table(
    "catalogue_entry",
    STATE,
    Column("topology", TEXT, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("noun", TEXT, primary_key=True),
    Column("identity", TEXT, primary_key=True),
    Column("place", BigInteger, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)


def write(connection: Connection, turn: Turn) -> None:
    """Replace what has the same identity; a replaced entry keeps its place in the order."""
    if not turn.catalogue:
        return
    here = (ENTRIES.c.topology == turn.topology) & (ENTRIES.c.partition == turn.partition)
    last = connection.execute(select(func.coalesce(func.max(ENTRIES.c.place), 0)).where(here)).scalar_one()
    rows: dict[tuple[str, str], Row] = {}
    for place, entry in enumerate(turn.catalogue, last + 1):
        kind, payload = encode(CatalogueChange((entry,)))
        named = (noun_of(entry), identity_of(entry))
        first = rows[named][4] if named in rows else place
        rows[named] = (turn.topology, turn.partition, *named, first, kind, payload)
    run(connection, bulk.upsert(connection.dialect, ENTRIES, _replaced), list(rows.values()))


def _replaced(_: Table, came: Any) -> Mapping[str, ColumnElement[Any]]:
    return {name: came[name] for name in ("kind", "payload")}


def read(connection: Connection, topology: str, partition: int) -> Iterator[CatalogueEntry]:
    here = (ENTRIES.c.topology == topology) & (ENTRIES.c.partition == partition)
    stored = select(ENTRIES.c.kind, ENTRIES.c.payload).where(here).order_by(ENTRIES.c.place)
    for kind, payload in connection.execute(stored):
        yield from _entries(kind, payload)


def _entries(kind: str, payload: bytes) -> tuple[CatalogueEntry, ...]:
    change = decode(kind, payload)
    if not isinstance(change, CatalogueChange):
        raise TypeError(f"a catalogue entry is stored as {type(change).__name__}")
    return change.entries
