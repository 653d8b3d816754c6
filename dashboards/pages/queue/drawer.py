"""The drawer of the queue: the incident or alarm that is opened, its times, and what can be done."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.pages.queue.board import QueueLine
from dashboards.pages.queue.choice import QueueChoice
from dashboards.shell.parts import age, empty, severity_mark, utc
from dashboards.snapshot import dossier_parts
from dashboards.snapshot.dossier import Dossier
from telassure.kernel.instant import Instant
from telassure.kernel.rights import OPERATE


def drawer(
    found: Dossier | None, alarm: QueueLine | None, choice: QueueChoice, rights: Sequence[str], now: Instant
) -> list[Component]:
    """What the address names, with what one of these rights may do; nothing where it names none."""
    if found is not None:
        return _incident(found, choice, OPERATE in rights, now)
    if alarm is not None:
        return _alarm(alarm, choice, OPERATE in rights, now)
    if choice.incident or choice.alarm:
        return [_head("Not open", choice), empty("This is not open any more, or was never known here.")]
    return []


def _head(title: Any, choice: QueueChoice, *links: Component) -> Component:
    close = dcc.Link("close", href=choice.without_drawer(), className="range closes", title="Esc")
    return html.Div([html.H2(title), *links, close], className="drawer-head")


def _incident(found: Dossier, choice: QueueChoice, acts: bool, now: Instant) -> list[Component]:
    problem = found.problem
    whole = html.A("whole incident", href=f"/incidents/{quote(problem.problem_id, safe='')}", className="range")
    parts = [
        dcc.Link(
            words, href=choice.of_part(part), className=f"range {'current' if choice.part == part else ''}", id=name
        )
        for part, words, name in (
            ("", "What happened", "queue-drawer-times"),
            ("ticket", "Ticket", "queue-drawer-ticket"),
        )
    ]
    state = "" if problem.state == "open" else f" {problem.state}"
    body = dossier_parts.ticket_part(found) if choice.part else [dossier_parts.axis(found)]
    return [
        _head(f"Incident{state}", choice, whole),
        dossier_parts.cause(found),
        dossier_parts.figures(found, now),
        dossier_parts.acts(found, acts),
        html.Nav(parts, className="ranges drawer-parts"),
        html.Div(body, className="drawer-body"),
    ]


def _alarm(line: QueueLine, choice: QueueChoice, acts: bool, now: Instant) -> list[Component]:
    seen = f"acknowledged by {line.acknowledged_by}" if line.acknowledged_by else "not acknowledged"
    said: dict[str, Any] = {"data-alarm": line.line_id, "data-cause": line.what}
    buttons = [dossier_parts.act_button("ack", "a", "Acknowledge"), dossier_parts.act_button("silence", "s", "Silence")]
    return [
        _head("Alarm of an incident" if line.part_of else "Loose alarm", choice),
        html.Div(
            [html.Strong(line.what, className="cause"), severity_mark(line.severity)], className="cause-line told-cause"
        ),
        html.P(line.words, className="evidence"),
        html.P([f"raised {utc(line.opened_at)} UTC, ", age(line.opened_at, now, " ago")], className="hint"),
        html.Div([*(buttons if acts else []), html.Span(seen, className="hint")], className="does", **said),
    ]
