"""Single records: a frozen dataclass as a msgpack array of its fields in order.

Fields are only ever appended, with defaults: an older reader drops what it does not know, a newer one fills in. The
trace of an event is no part of its bytes: it stands beside them in the log, so that equal events have equal bytes.
"""

import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from enum import IntEnum
from fractions import Fraction
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

import msgpack

from telassure.kernel.codec.price_lists import pack_prices, unpack_prices
from telassure.kernel.errors import UnknownSchema
from telassure.kernel.events import Price

VERSION: Final = 1
_SCALARS: Final = (str, int, float, bool, bytes, type(None))
_BESIDE: Final = "trace"
Record = TypeVar("Record")
Convert = Callable[[Any], Any]


class RecordCodec:
    """The codec of one dataclass, compiled once from its type hints."""

    def __init__(self, record: type, union: dict[str, type] | None = None) -> None:
        self._record = record
        hints = get_type_hints(record)
        names = [f.name for f in fields(record) if f.name != _BESIDE]
        self._names = names
        self._outward = [(name, _outward(hints[name], union)) for name in names]
        inward = [_inward(hints[name], union) for name in names]
        self._inward = [(place, convert) for place, convert in enumerate(inward) if convert is not None]
        self._required = sum(1 for f in fields(record) if f.default is MISSING and f.default_factory is MISSING)
        if [f.name for f in fields(record)][: len(names)] != names:
            raise TypeError(f"{record.__name__}: {_BESIDE} is not the last field")

    def to_list(self, event: Any) -> list[Any]:
        return [getattr(event, n) if c is None else c(getattr(event, n)) for n, c in self._outward]

    def from_list(self, values: list[Any]) -> Any:
        if len(values) < self._required:
            raise UnknownSchema(f"{self._record.__name__} with {len(values)} of {self._required} fields")
        known = values[: len(self._names)]
        for place, convert in self._inward:
            if place < len(known):
                known[place] = convert(known[place])
        return self._record(*known)

    def encode(self, event: Any) -> bytes:
        packed: bytes = msgpack.packb([VERSION, self.to_list(event)])
        return packed

    def decode(self, payload: bytes) -> Any:
        found = msgpack.unpackb(payload)
        if not isinstance(found, list) or len(found) != 2 or not isinstance(found[1], list):
            raise UnknownSchema(f"not a {self._record.__name__}")
        return self.from_list(found[1])


def _outward(hint: Any, union: dict[str, type] | None) -> Convert | None:
    """How a value of this type becomes msgpack; None where it already is."""
    if hint in _SCALARS:
        return None
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return int
    if hint is Fraction:
        return str
    if isinstance(hint, type) and is_dataclass(hint):
        return RecordCodec(hint).to_list
    if get_origin(hint) is tuple:
        return _outward_tuple(get_args(hint)[0], union)
    return _optional(hint, union, _outward)


def _inward(hint: Any, union: dict[str, type] | None) -> Convert | None:
    if hint in _SCALARS:
        return None
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return {member.value: member for member in hint}.__getitem__  # a look-up is a fifth of a call of the class
    if hint is Fraction:
        return Fraction
    if isinstance(hint, type) and is_dataclass(hint):
        return RecordCodec(hint).from_list
    if get_origin(hint) is tuple:
        return _inward_tuple(get_args(hint)[0], union)
    return _optional(hint, union, _inward)


def _outward_tuple(element: Any, union: dict[str, type] | None) -> Convert:
    if union is not None and _is_union(element):
        codecs = {record: (name, RecordCodec(record)) for name, record in union.items()}
        return lambda values: [[codecs[type(v)][0], codecs[type(v)][1].to_list(v)] for v in values]
    if element is Price:
        return pack_prices
    convert = _outward(element, union)
    return list if convert is None else lambda values: [convert(v) for v in values]


def _inward_tuple(element: Any, union: dict[str, type] | None) -> Convert:
    if union is not None and _is_union(element):
        codecs = {name: RecordCodec(record) for name, record in union.items()}
        return lambda values: tuple(_tagged(codecs, v) for v in values)
    if element is Price:
        return unpack_prices
    convert = _inward(element, union)
    return tuple if convert is None else lambda values: tuple(convert(v) for v in values)


def _tagged(codecs: dict[str, RecordCodec], value: list[Any]) -> Any:
    codec = codecs.get(value[0])
    if codec is None:
        raise UnknownSchema(f"a catalogue entry of unknown kind {value[0]!r}")
    return codec.from_list(value[1])


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType)


def _optional(hint: Any, union: dict[str, type] | None, way: Callable[..., Convert | None]) -> Convert | None:
    inner = [a for a in get_args(hint) if a is not type(None)]
    if not _is_union(hint) or len(inner) != 1:
        raise TypeError(f"no encoding for a field of type {hint}")
    convert = way(inner[0], union)
    return None if convert is None else lambda v: None if v is None else convert(v)
