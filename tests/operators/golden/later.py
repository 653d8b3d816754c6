"""Cells of detection as a later release may write them: each of their maps once more, with a field in it or without."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.operators.golden.former import end_of, header_of, with_header

FUTURE = "from_the_future"
Path = tuple[Any, ...]


def maps_of(header: dict[str, Any]) -> Iterator[Path]:
    """Where a cell's header has maps of fields: itself, its series, each part, and what these hold by name. (The map of
    the parts is one too: a part of that name is as unknown as a field.)"""
    yield from ((), ("series",), ("parts",), *(("parts", name) for name in header["parts"]))
    parts = header["parts"]
    yield from (("parts", "feedback", "targets", target) for target in parts.get("feedback", {}).get("targets", {}))
    if "evidence" in parts.get("episodes", {}):
        yield ("parts", "episodes", "evidence")
        around = parts["episodes"]["evidence"].get("around", {})
        yield from (("parts", "episodes", "evidence", "around", slot) for slot in around)


def changed(blob: bytes, path: Path, change: Callable[[dict[Any, Any]], Any]) -> bytes:
    """The cell with a change in one of its maps."""
    header: dict[Any, Any] = header_of(blob)
    place = header
    for name in path:
        place = place[name]
    change(place)
    return with_header(blob, header)


def later_cells(blob: bytes) -> Iterator[bytes]:
    """The cell with one field more, for each of its maps."""
    for path in maps_of(header_of(blob)):
        yield changed(blob, path, lambda place: place.update({FUTURE: 1}))


def later_trials(blob: bytes) -> Iterator[bytes]:
    """The same for a trial: a header, and the cell of its series behind it."""
    end = end_of(blob)
    yield with_header(blob, header_of(blob) | {FUTURE: 1})
    yield from (blob[:end] + cell for cell in later_cells(blob[end:]))
