"""What people log in by, row by row: accounts, links that serve once, and sessions. Of secrets only digests."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Table

from telassure.kernel.instant import Duration, Instant
from telassure.store.sql import bulk
from telassure.store.sql.engine import run
from telassure.store.sql.schema import ACCESS, TEXT

ACCOUNTS: Final = Table(
    "access_account",
    ACCESS,
    Column("principal", TEXT, primary_key=True),
    Column("password", TEXT, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)
LINKS: Final = Table(
    "access_link",
    ACCESS,
    Column("digest", LargeBinary, primary_key=True),
    Column("principal", TEXT, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
SESSIONS: Final = Table(
    "access_session",
    ACCESS,
    Column("digest", LargeBinary, primary_key=True),
    Column("principal", TEXT, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class KeptAccount:
    """The password of a principal who is a person, as argon2 writes it."""

    principal: str
    password: str
    changed_at: Instant


@dataclass(frozen=True, slots=True)
class KeptLink:
    """The digest of a link that logs in once."""

    digest: bytes
    principal: str
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class KeptSession:
    """The digest of what the browser of somebody who has logged in bears."""

    digest: bytes
    principal: str
    began_at: Instant
    seen_at: Instant
    expires_at: Instant

    def serves(self, now: Instant, idle: Duration) -> bool:
        """Whether it stands for its principal now, where one that was not used for `idle` ends."""
        return now < min(self.expires_at, self.seen_at + idle)


class AccountRows:
    """What is kept, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def accounts(self) -> Sequence[KeptAccount]:
        """All of them, by name."""
        return [
            KeptAccount(*row) for row in self._rows("SELECT principal, password, changed_at FROM access_account", "1")
        ]

    def links(self) -> Sequence[KeptLink]:
        """Those that nobody has used."""
        rows = self._rows("SELECT digest, principal, expires_at FROM access_link", "3")
        return [KeptLink(bytes(row[0]), *row[1:]) for row in rows]

    def sessions(self) -> Sequence[KeptSession]:
        """Those that nobody has ended."""
        rows = self._rows("SELECT digest, principal, began_at, seen_at, expires_at FROM access_session", "3")
        return [KeptSession(bytes(row[0]), *row[1:]) for row in rows]

    def keep(self, found: KeptAccount | KeptLink | KeptSession) -> None:
        table = {KeptAccount: ACCOUNTS, KeptLink: LINKS, KeptSession: SESSIONS}[type(found)]
        run(self._connection, bulk.upsert(self._connection.dialect, table), [astuple(found)])

    def drop(self, found: KeptAccount | KeptLink | KeptSession) -> None:
        """It serves no more."""
        table = {KeptAccount: ACCOUNTS, KeptLink: LINKS, KeptSession: SESSIONS}[type(found)]
        (key,) = table.primary_key.columns
        self._connection.execute(table.delete().where(key == astuple(found)[0]))

    def _rows(self, chosen: str, order: str) -> Sequence[Any]:
        return self._connection.exec_driver_sql(f"{chosen} ORDER BY {order}").all()
