"""The header of a cell as earlier releases wrote it, by place, as this one's, by name."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

APPENDED: Final = ("traces", "feedback", "gaps", "meters", "evidence", "elements", "peers")
"""What followed objects, names, codes, feeds, timer and size of a row, as far as the release knew of it."""


def named(header: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
    """What each part keeps, under its name; a part that the release did not know is missing."""
    if isinstance(header, Mapping):
        return dict(header)
    objects, names, codes, feeds, wake, size, *later = header
    parts = dict(zip(APPENDED, later, strict=False))
    traces, evidence = parts.pop("traces", None), parts.pop("evidence", None)
    if traces is not None:
        parts["episodes"] = [traces, evidence]
    return {"series": [objects, names, codes, feeds], "row": size, "wake": wake, "parts": parts}
