"""A question to a store of records, checked: conditions, order, how many and after which place."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import total_ordering
from math import isnan
from types import NoneType
from typing import Any, Final, Generic, TypeVar, get_args

import orjson

from telassure.kernel.errors import InvalidInput
from telassure.kernel.kept import DESCENDING, BusinessRecord, Kept, Order, kept_as
from telassure.kernel.money import Money
from telassure.kernel.ports import AnyOf, NoneOf, Value, Where

K = TypeVar("K", bound=BusinessRecord)
_CURSOR: Final = "after"
MOST_VALUES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Term:
    """One part of an order. `unknown` is what a field counts as while it has no value; `money` orders by amount."""

    field: str
    descending: bool
    unknown: float | None = None
    money: bool = False

    def value(self, record: BusinessRecord) -> Value:
        """What a record is ordered by."""
        found: Any = getattr(record, self.field)
        if self.money:
            found = found.micros
        absent = found is None or (isinstance(found, float) and isnan(found))
        return self.unknown if absent and self.unknown is not None else found


@dataclass(frozen=True, slots=True)
class Question(Generic[K]):
    """`order` ends with the key, so that no two records have one place; `after` is a place to begin behind."""

    kept: Kept[K]
    where: Where
    order: tuple[Term, ...]
    after: tuple[Value, ...] = ()

    def place(self, record: K) -> tuple[Any, ...]:
        """What records of this order can be sorted by."""
        return sortable(self.order, [term.value(record) for term in self.order])

    def cursor(self, record: K) -> str:
        """The text by which the next ones are asked for."""
        place = [_spelt(self.order), [term.value(record) for term in self.order]]
        return urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


@total_ordering
@dataclass(frozen=True, slots=True)
class Falling:
    """A value that is sorted the other way round."""

    value: Any

    def __lt__(self, other: "Falling") -> bool:
        return bool(other.value < self.value)


def sortable(order: Sequence[Term], values: Sequence[Value]) -> tuple[Any, ...]:
    return tuple(Falling(v) if t.descending else v for t, v in zip(order, values, strict=True))


def question(kind: type[K], where: Where, order: Order = (), after: str = "") -> Question[K]:
    """InvalidInput for a field that cannot be asked for or ordered by, and for a cursor of another order."""
    kept = kept_as(kind)
    _check(kept, where)
    terms = tuple(_terms(kept, order or kept.order))
    return Question(kept, where, terms, _place(after, terms) if after else ())


def key_of(kept: Kept[K], key: Sequence[Value]) -> Where:
    """The condition of one key; InvalidInput where it has another number of parts."""
    if len(key) != len(kept.key):
        raise InvalidInput(f"a {kept.table} is found by {', '.join(kept.key)}; give {len(kept.key)} values", "get")
    return dict(zip(kept.key, key, strict=True))


def _check(kept: Kept[K], where: Where) -> None:
    known = dict.fromkeys((*kept.key, kept.time, *kept.filters))
    for name, condition in where.items():
        if name not in known or kept.hints[name] is Money:
            raise InvalidInput(f"no {kept.table} can be asked for by it; ask by one of {', '.join(known)}", name)
        if isinstance(condition, AnyOf | NoneOf) and len(condition.values) > MOST_VALUES:
            raise InvalidInput(f"{len(condition.values):,} values at once; ask for {MOST_VALUES:,} at a time", name)


def _terms(kept: Kept[K], order: Order) -> Iterator[Term]:
    """The parts of an order, and those of the key that are not in it."""
    usual = [name.removeprefix(DESCENDING) for name in kept.order]
    known = {*kept.key, kept.time, *kept.filters, *kept.unknown, *usual}
    named = [name.removeprefix(DESCENDING) for name in order]
    for name in (*order, *(part for part in kept.key if part not in named)):
        field = name.removeprefix(DESCENDING)
        hint = kept.hints.get(field)
        absent = field not in kept.unknown and (hint is float or NoneType in get_args(hint))
        if field not in known or absent:
            raise InvalidInput(f"no {kept.table} can be ordered by it; order by {', '.join(sorted(known))}", name)
        yield Term(field, name.startswith(DESCENDING), kept.unknown.get(field), hint is Money)


def _spelt(order: Sequence[Term]) -> list[str]:
    return [(DESCENDING if term.descending else "") + term.field for term in order]


def _place(cursor: str, order: Sequence[Term]) -> tuple[Value, ...]:
    try:
        spelt, values = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise InvalidInput("no listing of ours has given it; begin again without one", _CURSOR) from None
    if spelt != _spelt(order):
        raise InvalidInput("another order's listing has given it; begin again without one", _CURSOR)
    return tuple(values)
