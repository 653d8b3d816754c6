"""How a body changes a resource: JSON merge patch (RFC 7386) and JSON patch (RFC 6902)."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from bss_sync.tmf.refusal import FaceRefusal, bad

MERGE: Final = ("application/json", "application/merge-patch+json")
STEPS: Final = "application/json-patch+json"
_MOST_STEPS: Final = 1_000


def patched(resource: Mapping[str, Any], content_type: str, body: object) -> dict[str, Any]:
    """The resource as it is to be. FaceRefusal: 415 for another type of patch, 400 for one that cannot be applied."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in MERGE:
        if not isinstance(body, dict):
            raise bad("the body is not an object of the attributes to change")
        return merged(resource, body)
    if kind == STEPS:
        return stepped(resource, body)
    raise FaceRefusal(415, f"send {', '.join(MERGE)} or {STEPS}")


def merged(resource: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 7386: null takes away, objects are merged, everything else is replaced.

    >>> merged({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"c": None}, "d": [2, 3]})
    {'a': {'b': 1}, 'd': [2, 3]}
    """
    found = dict(resource)
    for name, value in change.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, dict):
            known = found.get(name)
            found[name] = merged(known if isinstance(known, dict) else {}, value)
        else:
            found[name] = value
    return found


def stepped(resource: Mapping[str, Any], steps: object) -> dict[str, Any]:
    """RFC 6902: each step in its order, all of them or none.

    >>> stepped({"a": [1, 2]}, [{"op": "test", "path": "/a/0", "value": 1}, {"op": "add", "path": "/a/-", "value": 3}])
    {'a': [1, 2, 3]}
    """
    if not isinstance(steps, list) or len(steps) > _MOST_STEPS:
        raise bad(f"the body is not an array of at most {_MOST_STEPS} steps")
    whole: dict[str, Any] = {"": deepcopy(dict(resource))}
    for number, step in enumerate(steps):
        if not isinstance(step, dict) or not isinstance(step.get("path"), str):
            raise bad(f"step {number} has no path")
        _apply(whole, step, number)
    if not isinstance(whole[""], dict):
        raise bad("what is left is no object")
    return whole[""]


def _apply(whole: dict[str, Any], step: Mapping[str, Any], number: int) -> None:
    operation = step.get("op")
    if operation in ("add", "replace", "test") and "value" not in step:
        raise bad(f"step {number} has no value")
    path = _parts(step["path"], number)
    match operation:
        case "add":
            _put(whole, path, deepcopy(step["value"]), number)
        case "remove":
            _take(whole, path, number)
        case "replace":
            _take(whole, path, number)
            _put(whole, path, deepcopy(step["value"]), number)
        case "move" | "copy":
            origin = step.get("from")
            if not isinstance(origin, str):
                raise bad(f"step {number} does not say from where")
            start = _parts(origin, number)
            if operation == "move" and path[: len(start)] == start and path != start:
                raise bad(f"step {number} moves a value into itself")
            value = _take(whole, start, number) if operation == "move" else deepcopy(_found(whole, start, number))
            _put(whole, path, value, number)
        case "test":
            if _found(whole, path, number) != step["value"]:
                raise bad(f"step {number}: what is there is another value")
        case _:
            raise bad(f"step {number} is none of add, remove, replace, move, copy and test")


def _parts(path: str, number: int) -> tuple[str, ...]:
    if path and not path.startswith("/"):
        raise bad(f"step {number}: a path begins with /")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in path.split("/"))


def _found(whole: Any, path: tuple[str, ...], number: int) -> Any:
    here = whole
    for part in path:
        if isinstance(here, dict) and part in here:
            here = here[part]
        elif isinstance(here, list) and _index(part, len(here) - 1) is not None:
            here = here[int(part)]
        else:
            raise bad(f"step {number}: there is nothing at its path")
    return here


def _put(whole: dict[str, Any], path: tuple[str, ...], value: Any, number: int) -> None:
    if len(path) == 1:
        whole[""] = value
        return
    place = _found(whole, path[:-1], number)
    if isinstance(place, dict):
        place[path[-1]] = value
    elif isinstance(place, list) and path[-1] == "-":
        place.append(value)
    elif isinstance(place, list) and (index := _index(path[-1], len(place))) is not None:
        place.insert(index, value)
    else:
        raise bad(f"step {number}: nothing can be put at its path")


def _take(whole: dict[str, Any], path: tuple[str, ...], number: int) -> Any:
    value = _found(whole, path, number)
    if len(path) == 1:
        whole[""] = {}
        return value
    place = _found(whole, path[:-1], number)
    if isinstance(place, list):
        return place.pop(int(path[-1]))
    return place.pop(path[-1])


def _index(part: str, last: int) -> int | None:
    """A place in an array, as RFC 6901 writes it."""
    plain = part.isascii() and part.isdigit() and (part == "0" or not part.startswith("0"))
    return int(part) if plain and len(part) < 10 and int(part) <= last else None
