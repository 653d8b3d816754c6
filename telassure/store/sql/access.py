"""Principals and the digests of their tokens, in a database of their own. No token is ever in it."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from typing import Final
from weakref import finalize

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Table, make_url

from telassure.kernel.instant import Instant
from telassure.store.sql import bulk, migrate
from telassure.store.sql.account_rows import AccountRows
from telassure.store.sql.audit_rows import AuditRows
from telassure.store.sql.engine import Database, run
from telassure.store.sql.request_rows import RequestRows
from telassure.store.sql.schema import ACCESS, TEXT

PRINCIPALS: Final = Table(
    "access_principal",
    ACCESS,
    Column("name", TEXT, primary_key=True),
    Column("roles", TEXT, nullable=False),
    Column("feeds", TEXT, nullable=False),
    Column("domains", TEXT, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)
TOKENS: Final = Table(
    "access_token",
    ACCESS,
    Column("token_id", TEXT, primary_key=True),
    Column("principal", TEXT, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("origin", TEXT, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class KeptPrincipal:
    """Who may ask, as it is kept: with its roles, and the feeds and domains that it is bounded to (none: not)."""

    name: str
    roles: tuple[str, ...]
    feeds: tuple[str, ...]
    domains: tuple[str, ...]
    made_at: Instant


@dataclass(frozen=True, slots=True)
class KeptToken:
    """The digest of a token. `origin` is the file it was taken from, "" where it was made here; 0 in `expires_at` and
    `revoked_at` is never."""

    token_id: str
    principal: str
    digest: bytes
    origin: str
    made_at: Instant
    expires_at: Instant
    revoked_at: Instant

    def serves(self, now: Instant) -> bool:
        """Whether it opens anything now."""
        return not self.revoked_at and (not self.expires_at or now < self.expires_at)


class AccessRows:
    """What is kept, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def audit(self) -> AuditRows:
        """What was done, in the same transaction."""
        return AuditRows(self._connection)

    @property
    def people(self) -> AccountRows:
        """What people log in by, in the same transaction."""
        return AccountRows(self._connection)

    @property
    def requests(self) -> RequestRows:
        """What waits for a second person, in the same transaction."""
        return RequestRows(self._connection)

    def principals(self) -> Sequence[KeptPrincipal]:
        """All of them, by name."""
        rows = self._connection.exec_driver_sql(
            "SELECT name, roles, feeds, domains, made_at FROM access_principal ORDER BY name"
        )
        return [
            KeptPrincipal(name, _texts(roles), _texts(feeds), _texts(domains), made_at)
            for name, roles, feeds, domains, made_at in rows
        ]

    def tokens(self) -> Sequence[KeptToken]:
        """All of them, the revoked ones too, in the order in which they were made."""
        rows = self._connection.exec_driver_sql(
            "SELECT token_id, principal, digest, origin, made_at, expires_at, revoked_at FROM access_token"
            " ORDER BY made_at, token_id"
        )
        return [KeptToken(row[0], row[1], bytes(row[2]), *row[3:]) for row in rows]

    def keep_principal(self, found: KeptPrincipal) -> None:
        lists = (json.dumps(each) for each in (found.roles, found.feeds, found.domains))
        run(
            self._connection,
            bulk.upsert(self._connection.dialect, PRINCIPALS),
            [(found.name, *lists, found.made_at)],
        )

    def keep_token(self, found: KeptToken) -> None:
        run(self._connection, bulk.upsert(self._connection.dialect, TOKENS), [astuple(found)])


def _texts(kept: str) -> tuple[str, ...]:
    return tuple(json.loads(kept))


class SqlAccess:
    """The database of access: any number of processes read it and change it. Its connections are closed when nobody
    has it any more, so that nobody has to close it."""

    def __init__(self, url: str) -> None:
        migrate.upgrade(url, "access")
        self._database = Database(url)
        self.name = make_url(url).database or ""
        finalize(self, self._database.close)

    @contextmanager
    def writing(self) -> Iterator[AccessRows]:
        """One transaction, durable when the block ends, gone where it raises."""
        with self._database.writing() as connection:
            yield AccessRows(connection)

    @contextmanager
    def reading(self) -> Iterator[AccessRows]:
        """One snapshot."""
        with self._database.reading() as connection:
            yield AccessRows(connection)
