"""A record as columns: they follow the dataclass, money is micros and currency, tuples are JSON text."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from enum import IntEnum
from math import isnan
from operator import attrgetter, itemgetter
from types import NoneType
from typing import Any, Final, TypeVar, get_args, get_origin

import orjson
from sqlalchemy import BigInteger, Boolean, Column, Double, SmallInteger
from sqlalchemy.types import TypeEngine

from telassure.kernel.kept import BusinessRecord, Kept
from telassure.kernel.money import Money
from telassure.store.sql.bulk import Row
from telassure.store.sql.schema import TEXT

K = TypeVar("K", bound=BusinessRecord)
TRACE: Final = "trace"
_PLAIN: Final[Mapping[Any, type[TypeEngine[Any]] | TypeEngine[Any]]] = {
    str: TEXT,
    int: BigInteger,
    float: Double,
    bool: Boolean,
}


@dataclass(frozen=True, slots=True)
class FieldColumn:
    """One field on its way into a column and back. `default` is what a release that does not know it leaves there."""

    name: str
    hint: Any
    optional: bool
    default: str | None

    def columns(self) -> Iterator[Column[Any]]:
        if self.hint is Money:
            yield Column(f"{self.name}_micros", BigInteger, nullable=False)
            yield Column(f"{self.name}_currency", TEXT, nullable=False)
        elif self.default is not None:
            yield Column(self.name, _type(self.hint), nullable=False, server_default=self.default)
        else:  # NaN is kept as NULL, as SQLite does by itself, so a float column is nullable
            yield Column(self.name, _type(self.hint), nullable=self.optional or self.hint is float)

    def paths(self) -> list[str]:
        return [f"{self.name}.micros", f"{self.name}.currency"] if self.hint is Money else [self.name]

    def load(self, place: int) -> Callable[[Any, Sequence[Any]], Any] | None:
        """How the field comes from what is stored at a place of a row; None where that is it already."""
        if self.hint is Money:
            return lambda micros, row: Money(micros, row[place + 1])
        load = _loader(self.hint)
        if load is None or (self.optional and self.hint is float):
            return None
        if self.optional:
            return lambda value, _: None if value is None else load(value)
        return lambda value, _: load(value)


def ordering_column(name: str, money: bool) -> str:
    """The column that a field is ordered by."""
    return f"{name}_micros" if money else name


def field_columns(kept: Kept[Any]) -> list[FieldColumn]:
    """In the order of the columns: as the fields, but for those that were appended."""
    hints = kept.hints
    names = [name for name in kept.names if name not in kept.appended]
    found = []
    for name in (*names, *kept.appended):
        some = [part for part in get_args(hints[name]) if part is not NoneType]
        optional = NoneType in get_args(hints[name])
        hint = some[0] if optional else hints[name]
        later = name == TRACE or name in kept.appended
        found.append(FieldColumn(name, hint, optional, None if optional or not later else _default(hint)))
    return found


def packer(kept: Kept[K]) -> Callable[[K], Row]:
    paths: list[str] = []
    encoded: list[tuple[int, Callable[[Any], object]]] = []
    for column in field_columns(kept):
        if column.hint is float:
            encoded.append((len(paths), _number))
        elif get_origin(column.hint) is tuple:
            encoded.append((len(paths), _json))
        paths += column.paths()
    fast: Callable[[K], Row] = attrgetter(*paths)
    if not encoded:
        return fast

    def pack(record: K) -> Row:
        row = list(fast(record))
        for place, store in encoded:
            row[place] = store(row[place])
        return tuple(row)

    return pack


def unpacker(kept: Kept[K]) -> Callable[[Sequence[Any]], K]:
    """Fields that are what their columns hold are only put in their order; the others are loaded one by one."""
    places: dict[str, int] = {}
    loads: dict[str, Callable[[Any, Sequence[Any]], Any]] = {}
    width = 0
    for column in field_columns(kept):
        places[column.name] = width
        if (load := column.load(width)) is not None:
            loads[column.name] = load
        width += len(column.paths())
    pick = itemgetter(*(places[name] for name in kept.names))
    loaded = [(number, loads[name]) for number, name in enumerate(kept.names) if name in loads]

    def unpack(row: Sequence[Any]) -> K:
        values = list(pick(row))
        for number, load in loaded:
            values[number] = load(values[number], row)
        return kept.record(*values)

    return unpack


def _type(hint: Any) -> Any:
    if get_origin(hint) is tuple:
        return TEXT
    return SmallInteger if isinstance(hint, type) and issubclass(hint, IntEnum) else _PLAIN[hint]


def _default(hint: Any) -> str | None:
    """What stands in a column that a migration has added, in the rows that are there."""
    if get_origin(hint) is tuple:
        return "[]"
    return {str: "", int: "0", bool: "0"}.get(hint)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _number(value: float | None) -> float | None:
    """One form in every database: not a number is NULL, and zero has no sign."""
    return None if value is None or isnan(value) else value + 0.0


def _loader(hint: Any) -> Callable[[Any], Any] | None:
    if hint is float:
        return lambda value: float("nan") if value is None else value
    if get_origin(hint) is tuple:
        return lambda text: _tuple(hint, orjson.loads(text))
    if hint is bool or (isinstance(hint, type) and issubclass(hint, IntEnum)):
        return hint
    return None


def _tuple(hint: Any, values: Sequence[Any]) -> tuple[Any, ...]:
    part = get_args(hint)[0]
    if is_dataclass(part) and isinstance(part, type):
        return tuple(part(**value) for value in values)
    return tuple(map(tuple, values)) if get_origin(part) is tuple else tuple(values)
