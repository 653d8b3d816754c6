"""Cells as bytes: dataclasses by the names of their fields, so that a release may add to what another has kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar, get_args, get_origin, get_type_hints

import msgpack

from telassure.kernel.errors import UnknownSchema

Kept = TypeVar("Kept")
Convert = Callable[[Any], Any]
_PACK: Final = msgpack.Packer().pack
_WIDE: Final = 1  # the msgpack extension for whole numbers beyond 64 bits


class CellCodec(Generic[Kept]):
    """A dataclass as a msgpack map of its fields by name, without those that are at their default.

    A field that the bytes lack has its default: what a release adds, it finds in the cells of the one before. So a
    default is part of the format: who changes one, or renames or drops a field, raises `state_version` and reads both.
    A field that this release does not know is refused, not passed over: the next dump would lose for good what a later
    release keeps in it. Fields that do not compare are derived, and not stored.

    Values are what msgpack knows, tuples of them, and lists, dictionaries or single ones of other such dataclasses.
    """

    def __init__(self, kind: type[Kept]) -> None:
        stored = [field for field in fields(kind) if field.compare]  # type: ignore[arg-type]  # a dataclass, see above
        hints = get_type_hints(kind)
        forms = {field.name: _form(hints[field.name]) for field in stored}
        self._kind = kind
        self._names = frozenset(forms)
        self._reads = [(name, read) for name, (_, read) in forms.items() if read is not None]
        self.plain: Callable[[Kept], dict[str, Any]] = _plain(
            stored, {name: write for name, (write, _) in forms.items()}
        )
        """What is packed: names and values as msgpack takes them."""

    def pack(self, cell: Kept) -> bytes:
        """The bytes of a cell: equal cells of equal order give equal bytes."""
        return packed(self.plain(cell))

    def unpack(self, blob: bytes) -> Kept:
        """The cell again; UnknownSchema where a field is not known, or one that has no default is missing."""
        return self.of(unpacked(blob))

    def of(self, kept: Any) -> Kept:
        """The inverse of `plain`."""
        try:
            for name, read in self._reads:
                if name in kept:
                    kept[name] = read(kept[name])
            return self._kind(**kept)
        except TypeError as wrong:
            raise self._unknown(kept) from wrong

    def _unknown(self, kept: Any) -> UnknownSchema:
        name = self._kind.__name__
        if not isinstance(kept, Mapping):
            return UnknownSchema(f"the bytes are not a {name} by the names of its fields")
        later = sorted(map(str, kept.keys() - self._names))
        if later:
            unknown = " and ".join(map(repr, later))
            return UnknownSchema(f"a {name} holds {unknown}, unknown to this release; run the one that wrote it")
        return UnknownSchema(f"a {name} with only {', '.join(map(str, kept))} lacks what it cannot be without")


class RowCodec(Generic[Kept]):
    """Many records of one type: the names of the fields once, then the values of each record in their order.

    `row` makes what stands under `names`; `reader` takes the names that were stored beside the rows, so that here too a
    field that is missing has its default and one that is not known is refused.
    """

    def __init__(self, kind: type[Kept], names: Sequence[str], defaults: Mapping[str, Any] | None = None) -> None:
        self.names = tuple(names)
        self.row: Callable[[Kept], tuple[Any, ...]] = attrgetter(*self.names)
        self._kind = kind
        self._defaults = defaults or {}

    def reader(self, names: Sequence[str]) -> Callable[[Sequence[Any]], Kept]:
        """What makes a record of a row stored under these names."""
        if tuple(names) == self.names:
            return lambda row: self._kind(*row)
        later = [name for name in names if name not in self.names]
        lacking = [name for name in self.names if name not in names and name not in self._defaults]
        if later or lacking:
            what = f"holds {later}, unknown to this release" if later else f"lacks {lacking}"
            raise UnknownSchema(f"a {self._kind.__name__} {what}; run the release that wrote it")
        return lambda row: self._kind(**{**self._defaults, **dict(zip(names, row, strict=True))})


def packed(value: Any) -> bytes:
    """As msgpack, with whole numbers of any width."""
    try:
        narrow: bytes = _PACK(value)
    except OverflowError:
        wide: bytes = msgpack.packb(value, default=_widen)
        return wide
    return narrow


def unpacked(blob: bytes) -> Any:
    """The inverse of `packed`: arrays come back as tuples."""
    return msgpack.unpackb(blob, strict_map_key=False, use_list=False, ext_hook=_widened)


def _widen(value: Any) -> msgpack.ExtType:
    if not isinstance(value, int):
        raise TypeError(f"a cell cannot keep a {type(value).__name__}")
    return msgpack.ExtType(_WIDE, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def _widened(code: int, raw: bytes) -> int:
    if code != _WIDE:
        raise UnknownSchema(f"a value of the unknown form {code} in a stored cell")
    return int.from_bytes(raw, "big", signed=True)


def _plain(stored: "Sequence[Field[Any]]", writes: Mapping[str, Convert | None]) -> Callable[[Any], dict[str, Any]]:
    """`CellCodec.plain` of these fields, written out one by one: it is called for every cell that changes, and a loop
    over names and defaults costs four times as much."""
    known: dict[str, Any] = {}
    lines = ["def plain(cell):", "    kept = {}"]
    for field in stored:
        name = field.name
        known[f"default_{name}"], known[f"write_{name}"] = _default(field), writes[name]
        value = "value" if writes[name] is None else f"write_{name}(value)"
        lines += [f"    value = cell.{name}", f"    if value != default_{name}:", f"        kept[{name!r}] = {value}"]
    exec("\n".join([*lines, "    return kept"]), known)  # noqa: S102  # of our own names of fields
    made: Callable[[Any], dict[str, Any]] = known["plain"]
    return made


def _default(field: "Field[Any]") -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _form(hint: Any) -> tuple[Convert | None, Convert | None]:
    """How a value of this type is written and read; None where msgpack does it alone."""
    if isinstance(hint, type) and is_dataclass(hint):
        codec = CellCodec(hint)
        return codec.plain, codec.of
    origin, inner = get_origin(hint), get_args(hint)
    if origin is list:
        write, read = _form(inner[0])
        return write and _each(write), _each(read) if read else list
    if origin is dict:
        write, read = _form(inner[1])
        return write and _by_key(write), read and _by_key(read)
    return None, None


def _each(convert: Convert) -> Convert:
    return lambda values: [convert(value) for value in values]


def _by_key(convert: Convert) -> Convert:
    return lambda values: {key: convert(value) for key, value in values.items()}
