"""What one person has asked for and another one has not confirmed yet, and marks of what was confirmed, row by row."""

from dataclasses import astuple, dataclass
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Table

from telassure.kernel.instant import Instant
from telassure.store.sql import bulk
from telassure.store.sql.engine import run
from telassure.store.sql.schema import ACCESS, TEXT

REQUESTS: Final = Table(
    "access_request",
    ACCESS,
    Column("digest", LargeBinary, primary_key=True),
    Column("principal", TEXT, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """The digest of what was asked for, by whom and when; or the mark of a confirmation."""

    digest: bytes
    principal: str
    asked_at: Instant


class RequestRows:
    """What waits, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def since(self, digest: bytes, before: Instant) -> KeptRequest | None:
        """The request of this digest; those from before an instant are forgotten."""
        self._connection.execute(REQUESTS.delete().where(REQUESTS.c.asked_at < before))
        row = self._connection.execute(REQUESTS.select().where(REQUESTS.c.digest == digest)).first()
        return None if row is None else KeptRequest(bytes(row[0]), row[1], row[2])

    def keep(self, found: KeptRequest) -> None:
        run(self._connection, bulk.upsert(self._connection.dialect, REQUESTS), [astuple(found)])

    def drop(self, found: KeptRequest) -> None:
        """It was confirmed."""
        self._connection.execute(REQUESTS.delete().where(REQUESTS.c.digest == found.digest))
