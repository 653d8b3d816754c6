"""JSON objects that API faces keep, by resource and id, in the order in which they came."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Column, LargeBinary, Table, UniqueConstraint, delete, func, insert, select, update

from telassure.store.sql.engine import Database
from telassure.store.sql.schema import LOG, ROW_NUMBER, TEXT

DOCUMENT: Final = Table(
    "face_document",
    LOG,
    Column("place", ROW_NUMBER, primary_key=True),
    Column("resource", TEXT, nullable=False),
    Column("document_id", TEXT, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("resource", "document_id"),
    sqlite_autoincrement=True,
)
_PIECE: Final = 500


class SqlDocuments:
    """bss_sync.tmf.back_office.DocumentStore in the database of the log, which is made already. Safe from any
    thread."""

    def __init__(self, url: str) -> None:
        self._database = Database(url, connections=2)

    def get(self, resource: str, identity: str) -> dict[str, Any] | None:
        return self.several(resource, [identity]).get(identity)

    def several(self, resource: str, identities: Sequence[str]) -> Mapping[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        with self._database.reading() as connection:
            for start in range(0, len(identities), _PIECE):
                some = identities[start : start + _PIECE]
                wanted = select(DOCUMENT.c.document_id, DOCUMENT.c.body).where(
                    DOCUMENT.c.resource == resource, DOCUMENT.c.document_id.in_(some)
                )
                found |= {name: orjson.loads(body) for name, body in connection.execute(wanted)}
        return found

    def put(self, resource: str, identity: str, body: Mapping[str, Any]) -> None:
        """Durable when it returns; an object that is there keeps its place."""
        content = orjson.dumps(body)
        known = (DOCUMENT.c.resource == resource) & (DOCUMENT.c.document_id == identity)
        with self._database.writing() as connection:
            if connection.execute(update(DOCUMENT).where(known).values(body=content)).rowcount == 0:
                connection.execute(insert(DOCUMENT).values(resource=resource, document_id=identity, body=content))

    def remove(self, resource: str, identity: str) -> bool:
        """Whether it was there."""
        gone = delete(DOCUMENT).where(DOCUMENT.c.resource == resource, DOCUMENT.c.document_id == identity)
        with self._database.writing() as connection:
            return connection.execute(gone).rowcount > 0

    def listed(self, resource: str, offset: int, limit: int) -> Sequence[dict[str, Any]]:
        wanted = select(DOCUMENT.c.body).where(DOCUMENT.c.resource == resource).order_by(DOCUMENT.c.place)
        with self._database.reading() as connection:
            return [orjson.loads(body) for (body,) in connection.execute(wanted.offset(offset).limit(limit))]

    def count(self, resource: str) -> int:
        wanted = select(func.count()).select_from(DOCUMENT).where(DOCUMENT.c.resource == resource)
        with self._database.reading() as connection:
            return int(connection.execute(wanted).scalar_one())

    def close(self) -> None:
        self._database.close()
