"""What was done, row by row as it was written, and the head of the chain; nothing here changes or removes an entry."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Table, create_engine, inspect, make_url, select

from telassure.kernel.instant import Instant
from telassure.kernel.ports import Deed
from telassure.store.sql import bulk, dialect
from telassure.store.sql.end_marks import SUFFIX
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
_FIRST: Final = "log_0007"
"""The migration that puts a trail beside a log."""


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
        spoken = self._connection.dialect
        run(self._connection, bulk.insert(spoken, ENTRIES), [astuple(entry)])
        run(self._connection, bulk.upsert(spoken, HEAD), [(_ONLY, *astuple(head))])


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
        """One snapshot. A database that is not made yet, or is of a release without trails, has an empty one; of one
        that has lost its trail, or is gone and has left a mark, there is nothing to read."""
        address = make_url(self.url)
        if not dialect.exists(address) and not Path(address.database or "").with_suffix(SUFFIX).exists():
            with _empty() as connection:
                yield AuditView(AuditRows(connection))
            return
        with closing(Database(self.url)) as database, database.reading() as connection:
            if _has_trail(connection):
                yield AuditView(AuditRows(connection))
                return
        with _empty() as connection:
            yield AuditView(AuditRows(connection))


def _has_trail(connection: Connection) -> bool:
    """Whether the log's migrations have come to the one that makes its trail."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()) >= _FIRST


@contextmanager
def _empty() -> Iterator[Connection]:
    """A trail in which nothing was written yet."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        ENTRIES.create(connection)
        HEAD.create(connection)
        yield connection
    engine.dispose()
