"""A fingerprint of what the system concluded, the same for the same input however often it crashed on the way.

Hashed is every column of every business record of all topologies, in key order, and every dead letter but for its time,
its payload and its counts: a letter's time may be the wall clock's, its payload holds pseudonyms, which differ by
installation, and how often it was refused depends on who asked again, and when.
Record tables have no wall clock, offset, row number or trace in them; cells, outbox, counters and logs are left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from heapq import merge
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, select

from telassure.kernel.declared import derived
from telassure.kernel.kept import kept_types
from telassure.store.sql.engine import Row
from telassure.store.sql.letters import LETTERS
from telassure.store.sql.record_columns import TRACE
from telassure.store.sql.records import record_tables

_ROWS: Final = 2_000

Rows = Iterator[Row]


@derived
def tables() -> Mapping[str, Table]:
    """Every table that is hashed, by name."""
    return {**{kept.table.name: kept.table for kept in record_tables().values()}, LETTERS.name: LETTERS}


@derived
def _unhashed() -> Mapping[str, tuple[str, ...]]:
    return {kept.table: kept.unhashed for kept in kept_types().values()} | {
        LETTERS.name: ("time", "payload", "refused", "replayed", "kept_at")
    }


def hashed_columns(table: Table) -> list[Column[Any]]:
    """The key's columns first, then the others in table order, without those that do not belong into a fingerprint."""
    key = list(table.primary_key)
    out = (*_unhashed()[table.name], TRACE)
    return [*key, *(c for c in table.columns if c not in key and c.name not in out)]


def in_key_order(connection: Connection, table: Table) -> Rows:
    """The hashed columns of every row, streamed."""
    stored = select(*hashed_columns(table)).order_by(*table.primary_key)
    for several in connection.execution_options(yield_per=_ROWS).execute(stored).partitions(_ROWS):
        yield from (tuple(row) for row in several)


def digest_of(table: Table, several: Sequence[Rows]) -> str:
    """One hash over a table's rows from several databases; an equal row in two of them counts once."""
    width = len(table.primary_key)
    found = blake2b(digest_size=32)
    last: Row = ()
    for row in merge(*several, key=lambda row: row[:width]):
        if row != last:
            found.update(repr(row).encode("utf-8", "surrogatepass"))
        last = row
    return found.hexdigest()


def digest_of_all(digests: Mapping[str, str]) -> str:
    """One hash over the tables' hashes."""
    found = blake2b(digest_size=32)
    for name in sorted(digests):
        found.update(f"{name}:{digests[name]}\n".encode())
    return found.hexdigest()
