"""The chain that seals the ledger: every commit's lines under one digest, which follows from the one before."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final
from zlib import crc32

import orjson
from sqlalchemy import BigInteger, Column, Connection, Table, select

from telassure.kernel.errors import InvalidInput
from telassure.store.sql import bulk
from telassure.store.sql.engine import Row, run
from telassure.store.sql.schema import STATE, TEXT

SEALED: Final = 18
"""How many of a line's columns are under its seal: all but the checksum and the digest, which come behind them."""
BEFORE: Final = -1
"""The partition under which lines are summed up that stood there when lines began to be sealed."""
HEADS: Final = Table(
    "ledger_head",
    STATE,
    Column("partition", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("lines", BigInteger, nullable=False),
    Column("digest", TEXT, nullable=False),
    sqlite_with_rowid=False,
)


def sealed(rows: Sequence[Row], seal: str, digest: str) -> tuple[list[Row], str]:
    """The rows of one commit in the order of their key, under their seal, and the digest that follows on `digest`."""
    under = [(*row[: SEALED - 1], seal) for row in rows]
    try:
        texts = list(map(orjson.dumps, under))
    except TypeError as error:  # a number beyond 64 bits, or half a surrogate pair: nothing that a column holds, either
        raise InvalidInput(f"a value does not fit a line of the ledger: {error}") from error
    link = linked(digest, contents(texts))
    found = [(*row, crc32(text), "") for row, text in zip(under, texts, strict=True)]
    found[-1] = (*found[-1][:-1], link)
    return found, link


def text_of(row: Row) -> bytes:
    """What of a line is under its seal."""
    return orjson.dumps(row[:SEALED])


def contents(texts: Iterable[bytes]) -> str:
    """A hash over what is under one seal, line by line."""
    return sha256(b"".join([text + b"\n" for text in texts])).hexdigest()


def linked(digest: str, content: str) -> str:
    """What follows on a digest where these contents follow."""
    return sha256(f"{digest} {content}".encode()).hexdigest()


def head(connection: Connection, partition: int) -> tuple[int, str]:
    """(lines sealed, digest) of a partition's chain; 0 and "" where nothing was sealed yet."""
    asked = select(HEADS.c.lines, HEADS.c.digest).where(HEADS.c.partition == partition)
    found = connection.execute(asked).first()
    return (found.lines, found.digest) if found is not None else (0, "")


def advance(connection: Connection, partition: int, number: int, head: tuple[int, str]) -> None:
    """Keep how far a partition's chain has come."""
    run(connection, bulk.upsert(connection.dialect, HEADS), [(partition, number, *head)])
