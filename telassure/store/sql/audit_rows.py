"""What was done, row by row as it was written, and the head of the chain; nothing here changes or removes an entry."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Table, select

from telassure.kernel.instant import Instant
from telassure.kernel.ports import Deed
from telassure.store.sql import bulk
from telassure.store.sql.engine import Database, run
from telassure.store.sql.schema import ACCESS, LOG, ROW_NUMBER, TEXT

ENTRIES: Final = Table(
    "audit_entry",
    ACCESS,
    Column("number", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", TEXT, nullable=False),
    Column("deed", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False),
    Column("outcome", TEXT, nullable=False),
    Column("chain", LargeBinary, nullable=False),
)
HEAD: Final = Table(
    "audit_head",
    ACCESS,
    Column("place", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
for _each in (ENTRIES, HEAD):
    _each.to_metadata(LOG)  # the same beside the log, for what is done in its transactions
_ONLY: Final = 1


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, when, and with which outcome; `chain` covers this entry and all before it."""

    number: int
    at: Instant
    actor: str
    deed: str
    subject: str
    outcome: str
    chain: bytes


@dataclass(frozen=True, slots=True)
class AuditHead:
    """How many entries there are, the chain of the last, and a signature of both."""

    number: int
    chain: bytes
    signature: bytes


def _entry(row: Sequence[Any]) -> AuditEntry:
    number, at, actor, deed, subject, outcome, chain = row
    return AuditEntry(number, at, actor, deed, subject, outcome, bytes(chain))


class AuditRows:
    """The entries and the head, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def head(self) -> AuditHead | None:
        found = self._connection.exec_driver_sql("SELECT number, chain, signature FROM audit_head").first()
        return None if found is None else AuditHead(found[0], bytes(found[1]), bytes(found[2]))

    def entries(self) -> Iterator[AuditEntry]:
        """All of them, in order."""
        for row in self._connection.execute(select(ENTRIES).order_by(ENTRIES.c.number)):
            yield _entry(row)

    def newest(self, limit: int) -> Sequence[AuditEntry]:
        """The last ones, the newest first."""
        wanted = select(ENTRIES).order_by(ENTRIES.c.number.desc()).limit(limit)
        return [_entry(row) for row in self._connection.execute(wanted)]

    def take_turns(self) -> None:
        """Let nobody else append before this transaction has ended; a SQLite writer is alone."""
        if self._connection.dialect.name == "postgresql":
            self._connection.exec_driver_sql("LOCK TABLE audit_head IN EXCLUSIVE MODE")

    def append(self, entry: AuditEntry, head: AuditHead) -> None:
        """One more entry, with the head that it makes."""
        dialect = self._connection.dialect
        run(self._connection, bulk.insert(dialect, ENTRIES), [astuple(entry)])
        run(self._connection, bulk.upsert(dialect, HEAD), [(_ONLY, *astuple(head))])


Scribe = Callable[[AuditRows, Sequence[Deed]], None]
"""Writes deeds down in the transaction in which they are done."""


def unwritten(rows: AuditRows, deeds: Sequence[Deed]) -> None:
    """Nobody writes anything down."""


@dataclass(frozen=True, slots=True)
class AuditView:
    """What was done, within one snapshot."""

    audit: AuditRows


@dataclass(frozen=True, slots=True)
class AuditReader:
    """The trail of a database that others write to."""

    url: str

    @contextmanager
    def reading(self) -> Iterator[AuditView]:
        """One snapshot."""
        with closing(Database(self.url)) as database, database.reading() as connection:
            yield AuditView(AuditRows(connection))
