"""Counters that add up, and the newest event time of each feed, which does not.

A counter named "feed:<name>" is no count: its value is an event time, and the greatest one is kept, as feed `<name>`.
Every partition has rows of its own, so that no commit waits for another partition's; what release 1 counted for a whole
topology stays where it was and is added.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Integer, Table, case, select
from sqlalchemy.sql import ColumnElement

from telassure.kernel.instant import Instant
from telassure.kernel.ports import FEED, Turn
from telassure.store.sql import bulk
from telassure.store.sql.engine import run
from telassure.store.sql.schema import STATE, TEXT

COUNTERS: Final = Table(
    "counter",
    STATE,
    Column("topology", TEXT, primary_key=True),
    Column("name", TEXT, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
FEEDS: Final = Table(
    "feed",
    STATE,
    Column("topology", TEXT, primary_key=True),
    Column("name", TEXT, primary_key=True),
    Column("newest", BigInteger, nullable=False),
)
PARTITION_COUNTERS: Final = Table(
    "partition_counter",
    STATE,
    Column("topology", TEXT, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("name", TEXT, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
PARTITION_FEEDS: Final = Table(
    "partition_feed",
    STATE,
    Column("topology", TEXT, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("name", TEXT, primary_key=True),
    Column("newest", BigInteger, nullable=False),
)


def _sum(table: Table, came: Any) -> Mapping[str, ColumnElement[Any]]:
    return {"count": table.c.count + came["count"]}


def _greatest(table: Table, came: Any) -> Mapping[str, ColumnElement[Any]]:
    return {"newest": case((came.newest > table.c.newest, came.newest), else_=table.c.newest)}


def write(connection: Connection, turn: Turn) -> None:
    place, counted = (turn.topology, turn.partition), turn.counters.items()
    counts = [(*place, name, count) for name, count in counted if not name.startswith(FEED)]
    feeds = [(*place, name.removeprefix(FEED), at) for name, at in counted if name.startswith(FEED)]
    if turn.cured is not None:
        _set_back(connection, turn, turn.cured)
    run(connection, bulk.upsert(connection.dialect, PARTITION_COUNTERS, _sum), counts)
    run(connection, bulk.upsert(connection.dialect, PARTITION_FEEDS, _greatest), feeds)


def _set_back(connection: Connection, turn: Turn, at: Instant) -> None:
    """The newest times that are past an instant: this partition's, and those of release 1, which had no partition."""
    for table in (FEEDS, PARTITION_FEEDS):
        past = (table.c.topology == turn.topology) & (table.c.newest > at)
        own = past & (table.c.partition == turn.partition) if table is PARTITION_FEEDS else past
        connection.execute(table.update().where(own).values(newest=at))


def counts(connection: Connection, topology: str) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for table in (COUNTERS, PARTITION_COUNTERS):
        stored = select(table.c.name, table.c["count"]).where(table.c.topology == topology)
        for name, count in connection.execute(stored):
            found[name] = found.get(name, 0) + int(count)
    return found


def feeds(connection: Connection, topology: str) -> Mapping[str, Instant]:
    found: dict[str, Instant] = {}
    for table in (FEEDS, PARTITION_FEEDS):
        stored = select(table.c.name, table.c.newest).where(table.c.topology == topology)
        for name, newest in connection.execute(stored):
            found[name] = max(int(newest), found.get(name, int(newest)))
    return found
