"""The page of the queue: facets above, the grid, and the drawer of what is opened."""

from collections.abc import Sequence
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.pages.queue.board import Board
from dashboards.pages.queue.choice import FACETS, SEVERITY_NAMES, FacetCounts, QueueChoice
from dashboards.pages.queue.drawer import drawer
from dashboards.pages.queue.reads import BOARD, CHOICE, COUNTS, OPENED, OPENED_ALARM
from dashboards.pages.queue.rows import connect_grid, grid
from dashboards.shell.frame import header, keys_help, messages
from dashboards.shell.page import Filled, Page, Panel
from dashboards.shell.parts import loading, severity_mark
from dashboards.shell.reading import ASKABLE
from dashboards.shell.view import itself, spread, together
from dashboards.snapshot import dossier_parts
from dashboards.snapshot.feeds import system_state
from dashboards.snapshot.pill import system_pill
from dashboards.snapshot.reads import FEEDS, OURS
from telassure.kernel.instant import Instant
from telassure.kernel.rights import OPERATE

_KEYS: Final = (
    ("/", "search lines; Enter searches, Esc leaves"),
    ("j  k", "next and previous line, in the drawer"),
    ("e", "show or hide the alarms of the incident"),
    ("x", "choose the line, for acts on several"),
    ("a", "acknowledge what is chosen, else what is opened"),
    ("t", "take it: acknowledge, own, note"),
    ("n", "write a note on the ticket"),
    ("s", "silence the cause for a while"),
    ("Esc", "close, or close the drawer"),
    ("?", "this help"),
)
_WORDS: Final = "Ordered by money an hour, customers, severity, age; loose alarms follow. The address holds the view."
_ACTS: Final = (("take", "t", "Take"), ("ack", "a", "Acknowledge"), ("note", "n", "Note"), ("silence", "s", "Silence"))
_FACET_WORDS: Final = {
    "unacknowledged": "not acknowledged",
    "unowned": "nobody has it",
    "incidents": "incidents",
    "loose": "loose alarms",
}


def frame(page: Page, filled: Filled) -> list[Component]:
    """The panels in their places."""

    def part(name: str, lines: int, **said: Any) -> Component:
        return html.Div(filled.get(name, loading(lines)), id=page.id(name), **said)

    find = dcc.Input(type="text", id=page.id("find"), placeholder="Search lines  /", autoComplete="off")
    version: dict[str, Any] = {"data-version": filled.get("version", "")}
    return [
        header(page, part("system", 1, className="system", role="status")),
        *messages(page, filled),
        html.Div(
            [
                html.Div(find, className="search queue-search"),
                part("facets", 1, className="facets"),
                part("bulk", 0, className="bulk"),
            ],
            className="queue-bar",
        ),
        html.Main([grid(page), part("drawer", 6, className="drawer")], className="queue-main"),
        html.Div(id=page.id("version"), className="unseen queue-version", **version),
        dossier_parts.prompt(),
        keys_help(_KEYS, _WORDS),
    ]


def bulk(rights: Sequence[str], _now: Instant) -> list[Component]:
    """What can be done to several lines at once, for whoever may."""
    buttons = [_bulk(*act) for act in _ACTS] if OPERATE in rights else []
    return [html.Span("", className="chosen-words"), *buttons]


def _bulk(name: str, key: str, words: str) -> Component:
    said: dict[str, Any] = {"data-act": name}
    return html.Button([html.Kbd(key), words], className="give", type="button", **said)


def facets(found: FacetCounts, choice: QueueChoice) -> list[Component]:
    """Each facet with how many lines it has; those in force are marked. How many of how many are shown."""
    severities = [
        _facet(
            severity_mark(SEVERITY_NAMES[name]),
            found.severities[name],
            choice.of_severity(name),
            name in choice.severities,
        )
        for name in SEVERITY_NAMES
        if found.severities[name] or name in choice.severities
    ]
    others = [
        _facet(_FACET_WORDS[name], found.facets[name], choice.of_facet(name), name in choice.facets) for name in FACETS
    ]
    flat = dcc.Link("flat", href=choice.of_flat(), className=f"facet {'current' if choice.flat else ''}")
    words = f"{found.chosen:,} of {found.total:,}" if found.chosen != found.total else f"{found.total:,}"
    said = html.Span(
        [html.Span(words, className="number"), " lines" if found.total != 1 else " line"], className="hint how-many"
    )
    return [*severities, *others, flat, said]


def _facet(words: Any, count: int, href: str, current: bool) -> Component:
    number = html.Span(f"{count:,}", className="number")
    return dcc.Link([words, number], href=href, className=f"facet {'current' if current else ''}")


def _counted(view: tuple[FacetCounts, QueueChoice], _now: Instant) -> list[Component]:
    return facets(*view)


def _version(found: Board, choice: QueueChoice) -> tuple[str, QueueChoice]:
    return found.digest, QueueChoice(choice.text, choice.severities, choice.facets, choice.flat, choice.opened)


def _as_version(view: tuple[str, QueueChoice], _now: Instant) -> str:
    digest, choice = view
    return f"{digest} {choice.href}"


QUEUE: Final = Page(
    name="queue",
    path="/queue",
    title="Work queue",
    panels=(
        Panel("system", (FEEDS, OURS), system_state, system_pill),
        Panel("facets", (COUNTS, CHOICE), together, _counted),
        Panel("bulk", (ASKABLE,), itself, bulk),
        Panel("drawer", (OPENED, OPENED_ALARM, CHOICE, ASKABLE), together, spread(drawer)),
        Panel("version", (BOARD, CHOICE), _version, _as_version, fills="data-version"),
    ),
    frame=frame,
    connects=connect_grid,
)
