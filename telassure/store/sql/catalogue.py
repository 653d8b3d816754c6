"""The catalogue as each partition last saw it: encoded entries, one per identity, in the order they first came."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, Table, Text, func, select

from telassure.codec import decode, encode
from telassure.events import (
    Account,
    CatalogueChange,
    CatalogueEntry,
    Customer,
    Policy,
    Product,
    Resource,
    Service,
    Subscriber,
    Tariff,
)
from telassure.ports import Turn
from telassure.store.sql import dialect
from telassure.store.sql.engine import run
from telassure.store.sql.schema import STATE

ENTRIES: Final = Table(
    "catalogue_entry",
    STATE,
    Column("topology", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("noun", Text, primary_key=True),
    Column("identity", Text, primary_key=True),
    Column("place", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
_SEPARATOR: Final = "\x1f"


def identity(entry: CatalogueEntry) -> str:  # noqa: PLR0911 -- one line per noun
    """What makes two entries of one type the same entry (the rule of streams.catalogue.Catalogue)."""
    match entry:
        case Resource():
            return entry.resource_id
        case Service():
            return entry.service_id
        case Customer():
            return entry.customer_id
        case Account():
            return entry.account_id
        case Subscriber():
            return entry.subscriber
        case Product():
            return entry.product_id
        case Tariff():
            return f"{entry.tariff_id}{_SEPARATOR}{entry.valid_from}"
        case Policy():
            return _SEPARATOR.join((entry.area, entry.name, entry.selector))


def write(connection: Connection, turn: Turn) -> None:
    """Replace what has the same identity; a replaced entry keeps its place in the order."""
    if not turn.catalogue:
        return
    here = (ENTRIES.c.topology == turn.topology) & (ENTRIES.c.partition == turn.partition)
    last = connection.execute(select(func.coalesce(func.max(ENTRIES.c.place), 0)).where(here)).scalar_one()
    rows = []
    for place, entry in enumerate(turn.catalogue, last + 1):
        kind, payload = encode(CatalogueChange((entry,)))
        rows.append((turn.topology, turn.partition, type(entry).__name__, identity(entry), place, kind, payload))
    text = dialect.upsert(
        connection.dialect, ENTRIES, lambda _, came: {"kind": came["kind"], "payload": came["payload"]}
    )
    run(connection, text, rows)


def read(connection: Connection, topology: str, partition: int) -> Iterator[CatalogueEntry]:
    here = (ENTRIES.c.topology == topology) & (ENTRIES.c.partition == partition)
    stored = select(ENTRIES.c.kind, ENTRIES.c.payload).where(here).order_by(ENTRIES.c.place)
    for kind, payload in connection.execute(stored):
        change = decode(kind, payload)
        if not isinstance(change, CatalogueChange):
            raise TypeError(f"a catalogue entry of {topology}[{partition}] is stored as {type(change).__name__}")
        yield from change.entries
