"""The page of one incident, at /incidents/ and its id."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, unquote

from dash import html
from dash.development.base_component import Component

from dashboards.shell.frame import header, keys_help, messages
from dashboards.shell.page import Filled, Page, Panel
from dashboards.shell.parts import empty, loading, panel
from dashboards.shell.reading import ASKABLE, Read, Refresh
from dashboards.shell.view import itself, together
from dashboards.shell.visit import PAGE_PATH
from dashboards.snapshot import dossier_parts
from dashboards.snapshot.dossier import Dossier, dossier
from dashboards.snapshot.feeds import system_state
from dashboards.snapshot.pill import system_pill
from dashboards.snapshot.reads import FEEDS, OURS
from telassure.kernel.instant import Instant
from telassure.kernel.rights import OPERATE

_KEYS: Final = (
    ("a", "acknowledge it with its active alarms"),
    ("t", "take it: acknowledge, own, note"),
    ("n", "write a note on its ticket"),
    ("s", "silence its cause for a while"),
    ("?", "this help"),
)
_WORDS: Final = "Times are UTC. Causes are ranked; rivals are shown where they are more than 5 % likely."
_LONGEST: Final = 512


def named_in(path: str) -> str:
    """The incident that a path names.

    >>> named_in("/incidents/sp-1%2F2"), named_in("/incidents"), named_in("/")
    ('sp-1/2', '', '')
    """
    name = unquote(path.removeprefix("/incidents/")) if path.startswith("/incidents/") else ""
    return name if len(name) <= _LONGEST else ""


def _found(reading: Refresh) -> Dossier | None:
    return dossier(reading.reader, named_in(PAGE_PATH.get()), reading.now)


INCIDENT_NAMED: Final = Read("incident named", _found)


def frame(page: Page, filled: Filled) -> list[Component]:
    """The panels in their places."""

    def part(name: str, lines: int) -> Component:
        return html.Div(filled.get(name, loading(lines)), id=page.id(name), className="inside")

    system = html.Div(filled.get("system", loading(1)), id=page.id("system"), className="system", role="status")
    return [
        header(page, system),
        *messages(page, filled),
        html.Main(
            [
                html.Div(
                    [
                        panel("What, and why", "story-what", part("what", 5)),
                        panel("When", "story-when", part("times", 8)),
                    ]
                ),
                html.Div(
                    [
                        panel("Ticket", "story-ticket", part("ticket", 4)),
                        panel("What was done", "story-history", part("history", 4)),
                        panel("Who is hit", "story-who", part("who", 4)),
                    ]
                ),
            ],
            className="story",
        ),
        dossier_parts.prompt(),
        keys_help(_KEYS, _WORDS),
    ]


def _what(view: tuple[Dossier | None, Sequence[str]], now: Instant) -> list[Component]:
    found, rights = view
    if found is None:
        return [empty("This incident is not known here.", "It may have been removed long ago, or its id is wrong.")]
    into = found.problem.absorbed_by
    absorbed = html.A("absorbed into another", href=f"/incidents/{quote(into, safe='')}") if into else None
    parts = [
        dossier_parts.cause(found),
        dossier_parts.figures(found, now),
        dossier_parts.acts(found, OPERATE in rights),
    ]
    return [*([absorbed] if absorbed else []), *parts]


def _times(found: Dossier | None, _now: Instant) -> list[Component]:
    return [dossier_parts.axis(found)] if found else []


def _ticket(found: Dossier | None, _now: Instant) -> list[Component]:
    return dossier_parts.ticket_part(found) if found else []


def _history(found: Dossier | None, _now: Instant) -> list[Component]:
    return dossier_parts.history(found.deeds) if found else []


def _who(found: Dossier | None, _now: Instant) -> list[Component]:
    return dossier_parts.who(found) if found else []


DOSSIER: Final = Page(
    name="dossier",
    path="/incidents",
    title="Incident",
    panels=(
        Panel("system", (FEEDS, OURS), system_state, system_pill),
        Panel("what", (INCIDENT_NAMED, ASKABLE), together, _what),
        Panel("times", (INCIDENT_NAMED,), itself, _times),
        Panel("ticket", (INCIDENT_NAMED,), itself, _ticket),
        Panel("history", (INCIDENT_NAMED,), itself, _history),
        Panel("who", (INCIDENT_NAMED,), itself, _who),
    ),
    frame=frame,
    named=True,
)
