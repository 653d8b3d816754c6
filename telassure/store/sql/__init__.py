"""The stores in SQL: log, state, and the reader over both (SQLite when embedded)."""

from telassure.store.sql.group import GroupAppender
from telassure.store.sql.log import SqlEventLog
from telassure.store.sql.reader import SqlReader
from telassure.store.sql.state import SqlStateStore

__all__ = ["GroupAppender", "SqlEventLog", "SqlReader", "SqlStateStore"]
