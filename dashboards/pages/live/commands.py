"""What may be asked of the selected incident: its problem, its ticket, its alarms and its episodes."""

from collections.abc import Collection
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboards.pages.live.views import IncidentDetail
from dashboards.shell.acting import command_form, offered
from telassure.kernel.commands import ALARM, ALARM_OBJECT, EPISODE, PROBLEM, TICKET, TICKET_OBJECT


def commands_panel(detail: IncidentDetail | None, rights: Collection[str]) -> list[Component]:
    """A form for each command on problems, tickets, alarms and episodes that one of these rights is enough for."""
    title = html.H2("Commands")
    if detail is None:
        return [title, html.P("No incident is selected."), _closing()]
    if not any(offered(on, rights) for on in (PROBLEM, TICKET, TICKET_OBJECT, ALARM, ALARM_OBJECT, EPISODE)):
        return [title, html.P("Whoever acts has to log in, as somebody with a role that may."), _closing()]
    parts: list[Any] = [
        title,
        *_section(f"Incident: {detail.incident.root_cause}", PROBLEM, detail.incident.problem_id, rights),
    ]
    if detail.incident.ticket_id:
        parts += _section(f"Ticket {detail.incident.ticket_id[:12]}", TICKET, detail.incident.ticket_id, rights)
        parts += [command_form(command, detail.incident.ticket_id) for command in offered(TICKET_OBJECT, rights)]
        parts += [html.P(note, className="note") for note in detail.notes]
    for alarm in detail.alarms:
        said = "acknowledged" if alarm.acknowledged else "not acknowledged"
        forms = [
            command_form(command, alarm.alarm_id)
            for command in (*offered(ALARM, rights), *offered(ALARM_OBJECT, rights))
        ]
        words = f"Alarm of {alarm.managed_object}: {alarm.probable_cause or 'no cause stated'} · {said}"
        words = f"{words} · {alarm.silenced}" if alarm.silenced else words
        parts.append(html.Details([html.Summary(words), *forms]))
    if detail.active_alarms > len(detail.alarms):
        rest = f"{len(detail.alarms)} of {detail.active_alarms:,} active alarms; the others: telassure act ack ALARM_ID"
        parts.append(html.P(rest, className="hint"))
    for episode in detail.episodes:
        forms = [command_form(command, episode.episode_id) for command in offered(EPISODE, rights)]
        parts.append(html.Details([html.Summary(f"KPI of {episode.managed_object}: {episode.measurement}"), *forms]))
    if detail.all_episodes > len(detail.episodes):
        rest = f"{len(detail.episodes)} of {detail.all_episodes:,} episodes; the others: telassure models judge ID"
        parts.append(html.P(rest, className="hint"))
    return [*parts, _closing()]


def _section(words: str, on: Any, object_id: str, rights: Collection[str]) -> list[Component]:
    return [html.H3(words), *(command_form(command, object_id) for command in offered(on, rights))]


def _closing() -> Component:
    return html.P([html.Kbd("Esc"), " closes this"], className="hint")
