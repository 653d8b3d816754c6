"""Counters that add up, and the newest event time of each feed, which does not.

A counter named "feed:<name>" is no count: its value is an event time, and the greatest one is kept, as feed `<name>`.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Table, Text, case, select
from sqlalchemy.sql import ColumnElement

from telassure.instant import Instant
from telassure.ports import FEED
from telassure.store.sql import dialect
from telassure.store.sql.engine import run
from telassure.store.sql.schema import STATE

COUNTERS: Final = Table(
    "counter",
    STATE,
    Column("topology", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)
FEEDS: Final = Table(
    "feed",
    STATE,
    Column("topology", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("newest", BigInteger, nullable=False),
)


def _sum(table: Table, came: Any) -> Mapping[str, ColumnElement[Any]]:
    return {"count": table.c.count + came["count"]}


def _greatest(table: Table, came: Any) -> Mapping[str, ColumnElement[Any]]:
    return {"newest": case((came.newest > table.c.newest, came.newest), else_=table.c.newest)}


def write(connection: Connection, topology: str, counters: Mapping[str, int]) -> None:
    counts = [(topology, name, count) for name, count in counters.items() if not name.startswith(FEED)]
    feeds = [(topology, name.removeprefix(FEED), at) for name, at in counters.items() if name.startswith(FEED)]
    run(connection, dialect.upsert(connection.dialect, COUNTERS, _sum), counts)
    run(connection, dialect.upsert(connection.dialect, FEEDS, _greatest), feeds)


def counts(connection: Connection, topology: str) -> Mapping[str, int]:
    stored = select(COUNTERS.c.name, COUNTERS.c["count"]).where(COUNTERS.c.topology == topology)
    return {name: int(count) for name, count in connection.execute(stored)}


def feeds(connection: Connection, topology: str) -> Mapping[str, Instant]:
    stored = select(FEEDS.c.name, FEEDS.c.newest).where(FEEDS.c.topology == topology)
    return {name: int(newest) for name, newest in connection.execute(stored)}
