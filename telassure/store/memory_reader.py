"""Every type of record that is kept, read from stores in memory: for tests, and as what the SQL reader is held to."""

from collections.abc import Iterator
from typing import TypeVar

from telassure.kernel.kept import BusinessRecord, Order, kept_as
from telassure.kernel.ports import (
    ANY,
    LISTED,
    AnyOf,
    Beginning,
    Between,
    Condition,
    Listing,
    NoneOf,
    Value,
    Where,
)
from telassure.store.memory import MemoryStateStore
from telassure.store.questions import Question, key_of, question, sortable

K = TypeVar("K", bound=BusinessRecord)


class MemoryRecordReader:
    """ports.RecordReader over state stores in memory."""

    def __init__(self, *stores: MemoryStateStore) -> None:
        self._stores = stores

    def get(self, kind: type[K], *key: Value) -> K | None:
        return next(self._of(question(kind, key_of(kept_as(kind), key))), None)

    def find(
        self, kind: type[K], where: Where = ANY, order: Order = (), limit: int = LISTED, after: str = ""
    ) -> Listing[K]:
        asked = question(kind, where, order, after)
        place = sortable(asked.order, asked.after) if after else None
        behind = [record for record in self._of(asked) if place is None or asked.place(record) > place]
        rows, more = behind[:limit], len(behind) > limit
        return Listing(rows, self.count(kind, where), asked.cursor(rows[-1]) if more and rows else "")

    def every(self, kind: type[K], where: Where = ANY, order: Order = ()) -> Iterator[K]:
        return self._of(question(kind, where, order))

    def count(self, kind: type[BusinessRecord], where: Where = ANY) -> int:
        return sum(1 for _ in self._of(question(kind, where)))

    def _of(self, asked: Question[K]) -> Iterator[K]:
        kept = [record for store in self._stores for record in store.records[asked.kept.record].values()]
        found = [r for r in kept if all(_holds(getattr(r, name), wanted) for name, wanted in asked.where.items())]
        return iter(sorted(found, key=asked.place))


def _holds(value: Value | None, condition: Condition) -> bool:
    """As databases have it, nothing holds of what has no value."""
    if value is None:
        return False
    match condition:
        case AnyOf():
            return value in condition.values
        case NoneOf():
            return value not in condition.values
        case Between():
            return _within(value, condition)
        case Beginning():
            return str(value).startswith(condition.text)
        case _:
            return value == condition


def _within(value: Value, limits: Between) -> bool:
    low, high = limits.low, limits.high
    return (low is None or value >= low) and (high is None or value < high)  # type: ignore[operator]  # of one type
