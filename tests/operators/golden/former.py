"""Cells as the releases before this one wrote them: a header by place, which told parts apart by their number."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgpack
import numpy as np

from models.detection.element import ELEMENT, KPI
from streams.operators.detection.narrow_numbers import codes_from

SIZE = 4  # bytes that hold the header's size


def header_of(blob: bytes) -> dict[str, Any]:
    """The header of a cell, by names."""
    found: dict[str, Any] = msgpack.unpackb(blob[SIZE : end_of(blob)], strict_map_key=False, use_list=False)
    return found


def end_of(blob: bytes) -> int:
    """Where the header ends and the rows begin."""
    return SIZE + int.from_bytes(blob[:SIZE], "little")


def with_header(blob: bytes, header: object) -> bytes:
    """The same rows under another header."""
    packed: bytes = msgpack.packb(header)
    return len(packed).to_bytes(SIZE, "little") + packed + blob[end_of(blob) :]


def former(blob: bytes, fields: int = 13) -> bytes:
    """The cell as a release of version 2 wrote it that knew so many fields."""
    header = header_of(blob)
    parts: dict[str, Any] = header["parts"]
    episodes: dict[str, Any] = parts.get("episodes", {})
    known = [
        *series(header["series"]),
        header.get("wake"),
        header["row"],
        episodes.get("traces", {}),
        feedback(parts.get("feedback", {})),
        parts.get("gaps", {}).get("since", {}),
        parts.get("meters", {}).get("rows", b""),
        evidence(episodes.get("evidence", {})),
        [ELEMENT.itemsize, parts["elements"]["elements"], KPI.itemsize, parts["elements"]["kpis"]],
        [parts.get("peers", {}).get("day", -1), parts.get("peers", {}).get("shapes", {})],
    ]
    return with_header(blob, known[:fields])


def series(kept: Mapping[str, Any]) -> Sequence[Any]:
    """Objects, names, the two numbers of each series in eight bytes, and feeds."""
    numbered = [(kept["of_object"], len(kept["objects"])), (kept["of_name"], len(kept["names"]))]
    codes = np.array([codes_from(*each) for each in numbered], "<i4")
    return [kept["objects"], kept["names"], codes.tobytes(), kept["feeds"]]


def feedback(kept: Mapping[str, Any]) -> Sequence[Any]:
    """The verdicts: how many changes, and a row for each target."""
    targets = kept.get("targets", {}).items()
    labels = [[*target, each.get("base", 1.0), rows(each.get("given", {}))] for target, each in targets]
    return [kept.get("changes", 0), labels]


def evidence(kept: Mapping[str, Any]) -> Sequence[Any]:
    """What is known of the episodes: a row for each."""
    around = [
        [slot, each.get("of_series", 0.0), each.get("of_measurement", 0.0), each.get("others", [])]
        for slot, each in kept.get("around", {}).items()
    ]
    counts = [rows(kept.get(name, {})) for name in ("of_series", "of_measurement")]
    return [[[slot, states] for slot, states in kept.get("states", {}).items()], *counts, around]


def rows(found: Mapping[Any, Sequence[Any]]) -> list[list[Any]]:
    return [[key, *each] for key, each in found.items()]
