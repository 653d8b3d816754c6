"""What a list is asked for: TMF630's fields, filters, order and page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bss_sync.tmf.attributes import Attributes
from bss_sync.tmf.refusal import bad

LISTED: Final = 100
MOST: Final = 1_000
_OPERATORS: Final = ("eq", "ne", "gt", "gte", "lt", "lte")
_MOST_FILTERS: Final = 20


@dataclass(frozen=True, slots=True)
class Filter:
    """`path` into the resource, an operator of `eq ne gt gte lt lte`, and texts of which one must hold.

    >>> Filter("alarmedObject.id", "eq", ("cell-1",)).holds({"alarmedObject": {"id": "cell-1"}})
    True
    """

    path: str
    operator: str
    values: tuple[str, ...]

    def holds(self, resource: Mapping[str, Any]) -> bool:
        found = [_text(value) for value in _reached(resource, self.path.split("."))]
        if self.operator == "ne":
            return not any(value in self.values for value in found)
        return any(_compared(self.operator, value, wanted) for value in found for wanted in self.values)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """`fields` to show, none named: all. `order` are attributes, "-" before one: the greatest first."""

    fields: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    order: tuple[str, ...] = ()
    offset: int = 0
    limit: int = LISTED


def read_query(parameters: Iterable[tuple[str, str]], attributes: Attributes) -> ListQuery:
    """FaceRefusal for what is not understood: nothing that was asked is left out in silence."""
    filters, found = list[Filter](), dict[str, str]()
    for name, value in parameters:
        if name in ("fields", "offset", "limit", "sort"):
            if name in found:
                raise bad(f"{name} is given twice")
            found[name] = value
        else:
            filters.append(_filter(name, value, attributes))
    if len(filters) > _MOST_FILTERS:
        raise bad(f"there are more than {_MOST_FILTERS} filters")
    order = tuple(part.strip().removeprefix("+") for part in found.get("sort", "").split(",") if part.strip())
    for each in order:
        if not attributes.known(each.removeprefix("-")):
            raise bad("sort names no attribute of this resource")
    return ListQuery(
        read_fields(found.get("fields")),
        tuple(filters),
        order,
        _number("offset", found.get("offset"), 0, 1 << 62),
        _number("limit", found.get("limit"), LISTED, MOST),
    )


def read_fields(text: str | None) -> tuple[str, ...]:
    """The attributes that are to be shown; none: all of them."""
    if text is None:
        return ()
    named = tuple(part.strip() for part in text.split(",") if part.strip())
    return named or ("none",)


def shown(resource: Mapping[str, Any], fields: Sequence[str]) -> Mapping[str, Any]:
    """A resource cut down to some attributes; it always says who it is.

    >>> shown({"id": "1", "href": "/x/1", "name": "n", "state": "up"}, ("state",))
    {'id': '1', 'href': '/x/1', 'state': 'up'}
    """
    if not fields:
        return resource
    wanted = {"id", "href", *(each.partition(".")[0] for each in fields)}
    return {name: value for name, value in resource.items() if name in wanted}


def in_order(resources: Iterable[Mapping[str, Any]], order: Sequence[str]) -> list[Mapping[str, Any]]:
    """Sorted by attributes; those that have none come last."""
    found = list(resources)
    for name in reversed(order):
        path = name.removeprefix("-").split(".")
        down = name.startswith("-")
        found.sort(key=lambda each, p=path: _place(each, p), reverse=down)  # type: ignore[misc]  # the loop's own
        found.sort(key=lambda each, p=path: not any(True for _ in _reached(each, p)))  # type: ignore[misc]
    return found


def _place(resource: Mapping[str, Any], path: Sequence[str]) -> tuple[int, float, str]:
    value = next(iter(_reached(resource, path)), "")
    if isinstance(value, int | float):
        return 0, float(value), ""
    return 1, 0.0, _text(value)


def _filter(name: str, value: str, attributes: Attributes) -> Filter:
    path, _, operator = name.rpartition(".")
    if operator not in _OPERATORS or not path:
        path, operator = name, "eq"
    if not attributes.known(path):
        raise bad("a parameter is neither fields, offset, limit nor sort, nor an attribute of this resource")
    return Filter(path, operator, tuple(part.strip() for part in value.split(",")))


def _number(name: str, text: str | None, otherwise: int, most: int) -> int:
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise bad(f"{name} is not a whole number from 0 on")
    return min(int(text), most)


def _reached(value: Any, path: Sequence[str]) -> list[Any]:
    """What stands at a path; through arrays all of it."""
    if isinstance(value, list):
        return [found for each in value for found in _reached(each, path)]
    if not path:
        return [] if value is None else [value]
    return _reached(value[path[0]], path[1:]) if isinstance(value, Mapping) and path[0] in value else []


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _compared(operator: str, value: str, wanted: str) -> bool:
    if operator == "eq":
        return value == wanted
    left: float | str = value
    right: float | str = wanted
    try:
        left, right = float(value), float(wanted)
    except ValueError:
        left, right = value, wanted
    if operator == "gt":
        return left > right  # type: ignore[operator]  # both are of one type
    if operator == "gte":
        return left >= right  # type: ignore[operator]
    return left < right if operator == "lt" else left <= right  # type: ignore[operator]
