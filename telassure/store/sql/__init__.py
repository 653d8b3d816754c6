"""The stores in SQL: log, ledger, state, and the reader over them (SQLite when embedded, PostgreSQL when not)."""

from telassure.store.sql.access import SqlAccess
from telassure.store.sql.group import GroupAppender
from telassure.store.sql.ledger import SqlPositionLedger
from telassure.store.sql.log import SqlEventLog
from telassure.store.sql.log_reader import SqlLogReader
from telassure.store.sql.reader import SqlReader
from telassure.store.sql.server import schema_url
from telassure.store.sql.state import SqlStateStore

__all__ = [
    "GroupAppender",
    "SqlAccess",
    "SqlEventLog",
    "SqlLogReader",
    "SqlPositionLedger",
    "SqlReader",
    "SqlStateStore",
    "schema_url",
]
