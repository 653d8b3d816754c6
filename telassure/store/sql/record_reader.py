"""Every type of record that is kept, read in one way from the databases of all topologies."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from heapq import merge
from itertools import chain
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Select, func, select

from telassure.kernel.kept import BusinessRecord, Order, kept_as
from telassure.kernel.ports import ANY, LISTED, Listing, Value, Where
from telassure.store.questions import Question, key_of, question
from telassure.store.sql import selection
from telassure.store.sql.readable import ReadableDatabase
from telassure.store.sql.records import RecordTable, table_of

K = TypeVar("K", bound=BusinessRecord)
Found = TypeVar("Found")
_PIECE: Final = 1_000


class SqlRecordReader:
    """ports.RecordReader over one database per topology. What has not been made yet reads as empty."""

    def __init__(self, state_urls: Mapping[str, str]) -> None:
        self._states = {topology: self._opened(url) for topology, url in state_urls.items()}

    @staticmethod
    def _opened(url: str) -> ReadableDatabase:
        return ReadableDatabase(url)

    def get(self, kind: type[K], *key: Value) -> K | None:
        return next(iter(self._some(question(kind, key_of(kept_as(kind), key)), 1)), None)

    def find(
        self, kind: type[K], where: Where = ANY, order: Order = (), limit: int = LISTED, after: str = ""
    ) -> Listing[K]:
        asked = question(kind, where, order, after)
        found = self._some(asked, limit + 1)
        rows, more = found[:limit], len(found) > limit
        total = self.count(kind, where) if more or after else len(rows)
        return Listing(rows, max(total, len(rows)), asked.cursor(rows[-1]) if more and rows else "")

    def every(self, kind: type[K], where: Where = ANY, order: Order = ()) -> Iterator[K]:
        """One snapshot of each database, streamed."""
        asked, kept = question(kind, where, order), table_of(kind)
        chosen = selection.rows(kept, asked)
        present = [one for one in self._states.values() if one.ask(lambda c: c.execute(chosen.limit(0)).all())]
        with ExitStack() as stack:
            several = [_streamed(stack.enter_context(one.reading()), kept, chosen) for one in present]
            yield from several[0] if len(several) == 1 else merge(*several, key=asked.place)

    def count(self, kind: type[BusinessRecord], where: Where = ANY) -> int:
        kept, asked = table_of(kind), question(kind, where)
        counted = select(func.count()).select_from(kept.table).where(*selection.conditions(kept, asked))
        return sum(self._each(lambda c: int(c.execute(counted).scalar_one())))

    def close(self) -> None:
        for database in self._states.values():
            database.close()

    def _some(self, asked: Question[K], limit: int) -> list[K]:
        """The first records over all databases."""
        kept = table_of(asked.kept.record)
        chosen = selection.rows(kept, asked).limit(limit)
        found = [kept.unpack(row) for row in chain(*self._each(lambda c: c.execute(chosen).all()))]
        return sorted(found, key=asked.place)[:limit]

    def _each(self, asking: Callable[[Connection], Found]) -> list[Found]:
        return [answer for database in self._states.values() for answer in database.ask(asking)]


def _streamed(connection: Connection, kept: RecordTable[K], chosen: Select[Any]) -> Iterator[K]:
    found = connection.execution_options(yield_per=_PIECE).execute(chosen)
    for several in found.partitions(_PIECE):
        yield from _unpacked(kept, several)


def _unpacked(kept: RecordTable[K], rows: Sequence[Any]) -> Iterator[K]:
    return (kept.unpack(row) for row in rows)
