"""Questions as SQL: the rows of a record's table by conditions, in an order, behind a place."""

from collections.abc import Iterator
from enum import IntEnum
from typing import Any, TypeVar

from sqlalchemy import Select, and_, func, literal, or_, select
from sqlalchemy.sql import ColumnElement

from telassure.kernel.kept import BusinessRecord
from telassure.kernel.ports import AnyOf, Beginning, Between, Condition, NoneOf, Value
from telassure.store.questions import Question, Term
from telassure.store.sql.record_columns import ordering_column
from telassure.store.sql.records import RecordTable

K = TypeVar("K", bound=BusinessRecord)


def rows(kept: RecordTable[K], asked: Question[K]) -> Select[Any]:
    """The whole rows, in order."""
    chosen = select(*kept.table.c).where(*conditions(kept, asked))
    if asked.after:
        chosen = chosen.where(_behind(kept, asked))
    columns = [(_column(kept, term), term.descending) for term in asked.order]
    return chosen.order_by(*(column.desc() if descending else column for column, descending in columns))


def conditions(kept: RecordTable[K], asked: Question[K]) -> Iterator[ColumnElement[bool]]:
    for name, condition in asked.where.items():
        yield from _condition(kept.table.c[name], condition)


def _condition(column: ColumnElement[Any], condition: Condition) -> Iterator[ColumnElement[bool]]:
    match condition:
        case AnyOf():
            yield column.in_([_plain(value) for value in condition.values])
        case NoneOf():
            yield column.not_in([_plain(value) for value in condition.values])
        case Between():
            yield from _between(column, condition)
        case Beginning():
            yield from _between(column, condition.range)
        case _:
            yield column == _plain(condition)


def _between(column: ColumnElement[Any], limits: Between) -> Iterator[ColumnElement[bool]]:
    if limits.low is not None:
        yield column >= _plain(limits.low)
    if limits.high is not None:
        yield column < _plain(limits.high)


def _plain(value: Value) -> Value:
    """What every driver takes: a severity is a number to them."""
    return int(value) if isinstance(value, IntEnum) else value


def _column(kept: RecordTable[K], term: Term) -> ColumnElement[Any]:
    column = kept.table.c[ordering_column(term.field, term.money)]
    return column if term.unknown is None else func.coalesce(column, literal(term.unknown))


def _behind(kept: RecordTable[K], asked: Question[K]) -> ColumnElement[bool]:
    """Everything up to a term as in the place, and that term beyond it, for one of the terms."""
    ways: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for term, value in zip(asked.order, asked.after, strict=True):
        column = _column(kept, term)
        ways.append(and_(*same, column < value if term.descending else column > value))
        same.append(column == value)
    return or_(*ways)
