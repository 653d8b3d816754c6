"""The streams of a log, one a partition: how far each was written and trimmed, and the checksums of its records.

A chain begins at `begun` with a value made of the identity and the stream's name; the checksum of each record after it
covers the one before. Where a release without chains wrote, and where a log was adopted as it is, a chain begins anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from zlib import crc32

from crc32c import crc32c
from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, Table, UniqueConstraint

from telassure.store.sql import bulk, dialect
from telassure.store.sql.engine import run
from telassure.store.sql.schema import LOG, ROW_NUMBER, TEXT

STREAMS: Final = Table(
    "log_stream",
    LOG,
    Column("stream", ROW_NUMBER, primary_key=True),
    Column("topology", TEXT, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("newest", BigInteger, nullable=False),
    Column("identity", TEXT, nullable=False, server_default=""),
    Column("begun", BigInteger, nullable=False, server_default="0"),
    Column("chain", LargeBinary),  # at `newest`; NULL where nothing was written since `begun`
    Column("trimmed", BigInteger, nullable=False, server_default="0"),
    Column("trimmed_chain", LargeBinary),
    UniqueConstraint("topology", "partition"),
)
# `place` = stream * 2**40 + offset: the one tree is in reading order of every partition, and appends go to its end.
EVENTS: Final = Table(
    "log_event",
    LOG,
    Column("place", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("kind", TEXT, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("source", BigInteger, nullable=False),
    Column("position", TEXT, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("trace", TEXT, nullable=False),
    Column("chain", LargeBinary),
)
# Whose log it is: a random identity, and another one each time it was adopted; the last row is in force.
IDENTITIES: Final = Table(
    "log_identity",
    LOG,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("identity", TEXT, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("reason", TEXT, nullable=False),
)
WIDTH: Final = 1 << 40
_BYTES: Final = 9  # of a record's checksum
_EARLIER_BYTES: Final = 8  # of one that an earlier release wrote, and of what a chain begins with
_COLUMNS: Final = "stream, topology, partition, newest, identity, begun, chain, trimmed, trimmed_chain"


@dataclass(slots=True)
class LogStream:
    """One partition's stream, as its row says."""

    number: int
    topology: str
    partition: int
    newest: int
    identity: str
    begun: int
    chain: bytes | None
    trimmed: int
    trimmed_chain: bytes | None

    @property
    def base(self) -> int:
        return self.number * WIDTH

    @property
    def place(self) -> str:
        return f"{self.topology}[{self.partition}]"

    @property
    def seed(self) -> bytes:
        """The chain's value before its first record."""
        named = f"{self.identity} {self.topology} {self.partition}"
        return blake2b(named.encode(), digest_size=_EARLIER_BYTES).digest()

    @property
    def end(self) -> bytes:
        """The chain's value at `newest`."""
        return self.seed if self.chain is None else self.chain

    @property
    def contradictory(self) -> bool:
        """It says that nothing was written since its chain began, and has a checksum of what was."""
        return self.begun > self.newest or (self.begun == self.newest and self.chain is not None)

    def known(self, offset: int) -> bytes | None:
        """The chain's value at an offset, as far as the stream itself says."""
        if offset == self.newest and offset >= self.begun:
            return self.end
        if offset == self.begun:
            return self.seed
        return self.trimmed_chain if offset == self.trimmed else None


def link(before: bytes, offset: int, source: str, fields: Sequence[object]) -> bytes:
    """The checksum of a record of these (kind, payload, position, rows, trace); it covers the one before.

    Of the payload it covers two cyclic checksums, which are one of 64 bits: no damage within 64 bits in a row passes,
    other accidents once in 10^19, and they take a sixth of the time of hashing it.
    """
    kind, payload, position, rows, trace = fields
    said = f"{offset}\x1f{kind}\x1f{source}\x1f{position}\x1f{rows}\x1f{trace}\x1f"
    summed = f"{said}{crc32(payload):08x}{crc32c(payload):08x}"  # type: ignore[arg-type]  # a column of bytes
    return blake2b(before + summed.encode(), digest_size=_BYTES).digest()


def same_link(chain: bytes, before: bytes, offset: int, source: str, fields: Sequence[object]) -> bool:
    """Whether a record that came with this checksum is the one that was written, by this release or an earlier one."""
    if len(chain) != _EARLIER_BYTES:
        return link(before, offset, source, fields) == chain
    kind, payload, position, rows, trace = fields
    said = f"{offset}\x1f{kind}\x1f{source}\x1f{position}\x1f{rows}\x1f{trace}\x1f"
    whole = before + said.encode() + payload  # type: ignore[operator]  # a column of bytes
    return blake2b(whole, digest_size=_EARLIER_BYTES).digest() == chain


def stream_of(connection: Connection, topology: str, partition: int) -> LogStream | None:
    """A partition's stream, None where nothing was ever written."""
    text = f"SELECT {_COLUMNS} FROM log_stream WHERE topology = ? AND partition = ?"  # noqa: S608  # words of ours
    row = connection.exec_driver_sql(dialect.marked(connection.dialect, text), (topology, partition)).one_or_none()
    return LogStream(*row) if row else None


def streams(connection: Connection) -> Sequence[LogStream]:
    """All of them, by topology and partition."""
    text = f"SELECT {_COLUMNS} FROM log_stream ORDER BY topology, partition"  # noqa: S608  # words of ours
    return [LogStream(*row) for row in connection.exec_driver_sql(text)]


def opened_stream(connection: Connection, topology: str, partition: int) -> LogStream:
    """The stream, made in this transaction where it is new."""
    found = stream_of(connection, topology, partition)
    if found is None:
        insert = bulk.insert(connection.dialect, STREAMS, leaving=("stream", "chain", "trimmed", "trimmed_chain"))
        run(connection, insert, [(topology, partition, 0, identity(connection), 0)])
        found = stream_of(connection, topology, partition)
    if found is None:
        raise LookupError(f"the log has no row for {topology}[{partition}] in the transaction that wrote it")
    return found


def identity(connection: Connection) -> str:
    """The identity that is in force."""
    text = "SELECT identity FROM log_identity ORDER BY number DESC LIMIT 1"
    return str(connection.exec_driver_sql(text).scalar_one())


def keep_end(connection: Connection, stream: LogStream) -> None:
    """Write how far a stream goes now."""
    text = "UPDATE log_stream SET newest = ?, chain = ? WHERE stream = ?"
    run(connection, dialect.marked(connection.dialect, text), [(stream.newest, stream.chain, stream.number)])


def keep_trimmed(connection: Connection, stream: LogStream, through: int) -> None:
    """Write, before its rows go, through which offset a stream is trimmed, and the chain's value there."""
    chain = chain_at(connection, stream, through)
    text = "UPDATE log_stream SET trimmed = ?, trimmed_chain = ? WHERE stream = ? AND trimmed < ?"
    run(connection, dialect.marked(connection.dialect, text), [(through, chain, stream.number, through)])


def chain_at(connection: Connection, stream: LogStream, offset: int) -> bytes | None:
    """The chain's value at an offset; None where nobody can tell it any more."""
    known = stream.known(offset)
    if known is not None or not max(stream.begun, stream.trimmed) < offset < stream.newest:
        return known
    text = "SELECT chain FROM log_event WHERE place = ?"
    found = connection.exec_driver_sql(dialect.marked(connection.dialect, text), (stream.base + offset,))
    chain: bytes | None = found.scalar_one_or_none()
    return chain
