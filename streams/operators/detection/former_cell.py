"""Cells as earlier releases wrote them, by place in whole or in part, as this one's: by the names of all fields."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from telassure.kernel.errors import UnknownSchema

SERIES: Final = ("objects", "names", "codes", "feeds", "periods", "period", "labelled")
UNSTATED: Final = SERIES[:4]  # as far as releases knew that did not say the granularities
APPENDED: Final = ("traces", "feedback", "gaps", "meters", "evidence", "elements", "peers")
"""What followed the series, the timer and the size of a row, as far as the release knew of it."""
ELEMENTS: Final = ("element_size", "elements", "kpi_size", "kpis")
EVIDENCE: Final = ("states", "of_series", "of_measurement", "around")
AROUND: Final = ("of_series", "of_measurement", "others")
FIGURES: Final = ("profile", "since", "champion_episodes", "challenger_episodes", "agreed")
OPENS: Final = ("ours", "theirs")


def named(header: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
    """The header of a cell: all by place (versions 1 and 2), or the parts by name and by place within (version 3). A
    part that the release did not know is missing."""
    if not isinstance(header, Mapping):
        header = _by_parts(header)
    parts = {name: _PARTS[name](kept) if name in _PARTS else kept for name, kept in header["parts"].items() if kept}
    return {**header, "series": placed(SERIES, header["series"]), "parts": parts}


def named_trial(header: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
    """The header of a trial: all by place (version 1), or the open episodes in rows (version 2)."""
    found = dict(header) if isinstance(header, Mapping) else placed((*FIGURES, *OPENS), header)
    opens = {name: {(place, kpi): met for place, kpi, met in found[name]} for name in OPENS}
    return {**found, **opens}


def placed(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """Values by the names of their places; UnknownSchema for more values than that release had places for."""
    if len(values) > len(names):
        more = len(values) - len(names)
        raise UnknownSchema(
            f"a stored cell holds more than {', '.join(names)}: {more} further; run the release that wrote it"
        )
    return dict(zip(names, values, strict=False))


def _by_parts(header: Sequence[Any]) -> dict[str, Any]:
    """A header by place as version 3 had it."""
    parts = placed((*UNSTATED, "wake", "row", *APPENDED), header)
    series, wake, row = [parts.pop(name) for name in UNSTATED], parts.pop("wake"), parts.pop("row")
    episodes = parts.pop("traces", None), parts.pop("evidence", None)
    return {"series": series, "row": row, "wake": wake, "parts": parts | {"episodes": episodes}}


def _elements(kept: Sequence[Any]) -> dict[str, Any]:
    """Without the size of one, which their number says."""
    return {name: value for name, value in placed(ELEMENTS, kept).items() if isinstance(value, bytes)}


def _episodes(kept: Sequence[Any]) -> dict[str, Any]:
    found = {name: value for name, value in placed(("traces", "evidence"), kept).items() if value}
    return found | {"evidence": _evidence(found["evidence"])} if "evidence" in found else found


def _evidence(kept: Sequence[Any]) -> dict[str, Any]:
    found = placed(EVIDENCE, kept)
    counts = {
        name: {key: (number, at) for key, number, at in found.get(name, ())} for name in ("of_series", "of_measurement")
    }
    around = {slot: placed(AROUND, each) for slot, *each in found.get("around", ())}
    return {"states": dict(found["states"]), **counts, "around": around}


def _feedback(kept: Sequence[Any]) -> dict[str, Any]:
    found = placed(("changes", "targets"), kept)
    targets = {
        (measured_object, kpi): {"base": base, "given": {episode: tuple(made) for episode, *made in given}}
        for measured_object, kpi, base, given in found["targets"]
    }
    return found | {"targets": targets}


_PARTS: Final[Mapping[str, Callable[[Any], dict[str, Any]]]] = {
    "peers": lambda kept: placed(("day", "shapes"), kept),
    "recent": lambda kept: {"rows": kept},
    "meters": lambda kept: {"rows": kept},
    "feedback": _feedback,
    "gaps": lambda kept: {"since": kept},
    "elements": _elements,
    "episodes": _episodes,
}
