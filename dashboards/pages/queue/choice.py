"""What of the queue is shown, as its address says: a link shows another person the same lines."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qs, urlencode

from dashboards.pages.queue.board import INCIDENT, Board, QueueLine
from dashboards.shell.theme import SEVERITIES

SEVERITY_NAMES: Final = {look.word.lower(): severity for severity, look in SEVERITIES.items() if severity}
FACETS: Final = ("unacknowledged", "unowned", "incidents", "loose")
_LONGEST: Final = 512
_MOST_OPEN: Final = 50


@dataclass(frozen=True, slots=True)
class QueueChoice:
    """The text searched for, the severities and facets that lines must be of (none named: all), whether alarms stand
    alone (`flat`), the incidents that are opened, and the line whose drawer is open.

    >>> QueueChoice.read("?q=berlin&severity=critical&unacknowledged=1&incident=sp-1").href
    '?q=berlin&severity=critical&unacknowledged=1&incident=sp-1'
    """

    text: str = ""
    severities: frozenset[str] = frozenset()
    facets: frozenset[str] = frozenset()
    flat: bool = False
    opened: frozenset[str] = frozenset()
    incident: str = ""
    alarm: str = ""
    part: str = ""

    @classmethod
    def read(cls, query: str | None) -> "QueueChoice":
        """Whatever the query string says; what is unknown or overlong in it is left out."""
        said = parse_qs((query or "").lstrip("?")[:8_192])
        found = {name: values[-1] for name, values in said.items() if len(values[-1]) <= _LONGEST}
        return cls(
            found.get("q", ""),
            frozenset(found.get("severity", "").split(".")) & SEVERITY_NAMES.keys(),
            frozenset(facet for facet in FACETS if found.get(facet) == "1"),
            found.get("flat") == "1",
            frozenset(list(dict.fromkeys(said.get("open", ())))[:_MOST_OPEN]),
            found.get("incident", ""),
            found.get("alarm", ""),
            "ticket" if found.get("part") == "ticket" else "",
        )

    def of_severity(self, name: str) -> str:
        return replace(self, severities=self.severities ^ {name}).href

    def of_facet(self, name: str) -> str:
        return replace(self, facets=self.facets ^ {name}).href

    def of_flat(self) -> str:
        return replace(self, flat=not self.flat).href

    def of_part(self, part: str) -> str:
        """The link to a part of the drawer."""
        return replace(self, part=part).href

    def without_drawer(self) -> str:
        return replace(self, incident="", alarm="", part="").href

    @property
    def href(self) -> str:
        said: list[tuple[str, str]] = [("q", self.text)] if self.text else []
        if self.severities:
            said.append(("severity", ".".join(name for name in SEVERITY_NAMES if name in self.severities)))
        said += [(facet, "1") for facet in FACETS if facet in self.facets]
        said += [("flat", "1")] if self.flat else []
        said += [("open", name) for name in sorted(self.opened)]
        said += [(name, value) for name in ("incident", "alarm", "part") if (value := getattr(self, name))]
        return f"?{urlencode(said)}"

    def takes(self, line: QueueLine) -> bool:
        """Is this line chosen? An incident is found by the objects of its alarms only where these are opened."""
        wanted = self.text.casefold()
        if wanted and wanted not in f"{line.what} {line.words} {line.owner} {line.ticket_id} {line.line_id}".casefold():
            return False
        if self.severities and line.severity not in {SEVERITY_NAMES[name] for name in self.severities}:
            return False
        return all(_FACET[facet](line) for facet in self.facets)


def _waits(line: QueueLine) -> bool:
    return line.waiting > 0


def _is_incident(line: QueueLine) -> bool:
    return line.kind == INCIDENT


def _is_unowned(line: QueueLine) -> bool:
    return line.kind == INCIDENT and not line.owner


def _is_loose(line: QueueLine) -> bool:
    return line.kind != INCIDENT and not line.part_of


_FACET: Final[Mapping[str, Callable[[QueueLine], bool]]] = {
    "unacknowledged": _waits,
    "unowned": _is_unowned,
    "incidents": _is_incident,
    "loose": _is_loose,
}


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """How many lines each facet has, how many are `chosen`, and of how many; `severities` by name."""

    severities: Mapping[str, int]
    facets: Mapping[str, int]
    chosen: int
    total: int


def lines_of(board: Board, choice: QueueChoice) -> tuple[QueueLine, ...]:
    """The chosen lines, without what is opened."""
    return tuple(line for line in _all(board, choice) if choice.takes(line))


def _all(board: Board, choice: QueueChoice) -> Iterator[QueueLine]:
    """Incidents and loose alarms; flat, every alarm on its own."""
    if not choice.flat:
        yield from board.lines
        return
    alarms = [alarm for several in board.alarms.values() for alarm in several]
    loose = [line for line in board.lines if line.kind != INCIDENT]
    yield from sorted((*alarms, *loose), key=lambda line: (-int(line.severity), line.opened_at, line.line_id))


def shown(board: Board, choice: QueueChoice) -> Iterator[QueueLine]:
    """The chosen lines, each opened incident followed by its alarms."""
    for line in lines_of(board, choice):
        yield line
        if line.kind == INCIDENT and line.line_id in choice.opened:
            yield from board.alarms.get(line.line_id, ())


def counts(board: Board, choice: QueueChoice) -> FacetCounts:
    """Of all lines, so that each facet says what it would show alone."""
    several = list(_all(board, choice))
    severities = Counter(line.severity for line in several)
    return FacetCounts(
        {name: severities[severity] for name, severity in SEVERITY_NAMES.items()},
        {facet: sum(map(_FACET[facet], several)) for facet in FACETS},
        sum(map(choice.takes, several)),
        len(several),
    )
