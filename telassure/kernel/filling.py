"""Frozen records that are made at once: what a record costs to make is most of what it costs to carry."""

from collections.abc import Sequence
from dataclasses import MISSING, Field, fields, make_dataclass
from functools import wraps
from typing import Any, Final, TypeVar

T = TypeVar("T")
_MADE: Final = object()
"""Stands for a default that is made anew for each record."""


def filled_at_once(record: type[T]) -> type[T]:
    """A frozen dataclass with slots whose constructor takes less than half the time.

    A frozen dataclass sets each of its fields by a call, because its own `__setattr__` refuses. Here a new record is
    for the length of its constructor of a twin class, which has the same slots and may be assigned to. Nobody else sees
    it before it is of its own class and as frozen as any. TypeError for a class that does more while it is made.

    >>> from dataclasses import dataclass
    >>> @filled_at_once
    ... @dataclass(frozen=True, slots=True)
    ... class Cell:
    ...     name: str
    ...     sector: int = 1
    >>> Cell("c-7", sector=2), Cell("c-7") == Cell("c-7")
    (Cell(name='c-7', sector=2), True)
    """
    if hasattr(record, "__post_init__"):
        raise TypeError(f"{record.__name__} has a __post_init__, which its twin would not run")
    own: Any = fields(record)  # type: ignore[arg-type]  # mypy sees no dataclass
    if odd := [each.name for each in own if each.kw_only or not each.init]:
        raise TypeError(f"{record.__name__}.{odd[0]} is not given by place, as the fields of such a record are")
    named = [(each.name, each.type) for each in own]
    twin = make_dataclass(record.__name__, named, bases=record.__bases__, slots=True, eq=False, repr=False)
    record.__init__ = wraps(vars(record)["__init__"])(_filling(record, twin, own))  # type: ignore[method-assign]  # the same fields, in the same order
    return record


def _filling(record: type[Any], twin: type[Any], own: Sequence[Field[Any]]) -> Any:
    """The constructor, written out as `dataclasses` writes its own: one assignment a field and no call but one."""
    known: dict[str, Any] = {"_become": object.__setattr__, "_twin": twin, "_record": record, "_MADE": _MADE}
    given, filled = [], []
    for each in own:
        default = _MADE if each.default_factory is not MISSING else each.default
        known[f"_default_{each.name}"], known[f"_make_{each.name}"] = default, each.default_factory
        given.append(each.name if default is MISSING else f"{each.name}=_default_{each.name}")
        made = f"_make_{each.name}() if {each.name} is _MADE else " if default is _MADE else ""
        filled.append(f"    self.{each.name} = {made}{each.name}")
    head = f"def __init__(self, {', '.join(given)}):"
    body = ["    _become(self, '__class__', _twin)", *filled, "    self.__class__ = _record"]
    exec("\n".join((head, *body)), known)  # noqa: S102  # names of fields, which are identifiers
    return known["__init__"]
