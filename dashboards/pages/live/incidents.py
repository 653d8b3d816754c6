"""Severity counts, the selected incident and the list of open incidents."""

from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.pages.live.address import Address
from dashboards.pages.live.queries import LISTED
from dashboards.pages.live.views import Incident, IncidentDetail, Incidents, SeverityCount
from dashboards.shell.acting import give_button
from dashboards.shell.parts import age, aria, empty, figure, severity_mark, utc
from dashboards.shell.theme import SEVERITIES, money, priced
from dashboards.snapshot.views import Acknowledged
from telassure.kernel.instant import Instant

ACKNOWLEDGE: Final = "ack"
_CAUSES: Final = 3
_TICKET_WORDS: Final = {"acknowledged": "opened", "inProgress": "in progress"}


def severity_strip(counts: tuple[SeverityCount, ...]) -> list[Component]:
    """One tile a severity, in X.733 order."""
    return [
        html.Div(
            [severity_mark(tile.severity), html.Span(f"{tile.count:,}", className="number")],
            className=f"tile {SEVERITIES[tile.severity].word.lower()} {'some' if tile.count else 'none'}",
        )
        for tile in counts
    ]


def hero(detail: IncidentDetail | None, wanted: str, acts: bool, now: Instant) -> Component:
    """The incident in full, its root cause in the largest type of the page; whoever `acts` gets the buttons."""
    if detail is None and wanted:
        return empty(
            "This incident is not known here.", "It may have been closed long ago. Esc shows the top incident."
        )
    if detail is None:
        return empty(
            "No open incident.", "Of what has arrived, no alarm and no KPI episode is part of an open problem."
        )
    row, best = detail.incident, detail.causes[0]
    buttons = _buttons(row.problem_id) if acts else []
    rivals = [_rival(cause.managed_object, cause.score) for cause in detail.causes[1:_CAUSES]]
    return html.Div(
        [
            html.Div(
                [
                    _heading(detail),
                    html.Div([*_acknowledgement(detail), *buttons], className="acts"),
                    severity_mark(row.severity),
                ],
                className="hero-head",
            ),
            html.Div(
                [
                    html.Span("Root cause", className="label"),
                    html.Strong(best.managed_object, className="cause", title=best.managed_object),
                    html.Span(f"{best.score:.0%}", className="number sure", title="probability among the candidates"),
                ],
                className="cause-line",
            ),
            html.P(best.evidence, className="evidence", title=best.evidence),
            html.Div(_figures(detail, now), className="figures"),
            html.Div(
                [
                    html.Div([html.Span("Customers", className="label"), *_customers(detail)], className="customers"),
                    html.Div([html.Span("Next candidates", className="label"), *rivals], className="rivals")
                    if rivals
                    else None,
                ],
                className="hero-foot",
            ),
        ],
        className=f"hero {SEVERITIES[row.severity].word.lower()}",
    )


def incident_rows(view: Incidents, current: str, address: Address, now: Instant) -> list[Component]:
    """The list; each row is a link to its incident."""
    if not view.rows:
        return [empty("Nothing is open.")]
    return [_row(row, current, address, now) for row in view.rows]


def listed(view: Incidents, address: Address) -> list[Component]:
    """How many of how many, and links to the others."""
    if view.total <= len(view.rows):
        return [html.Span(f"{view.total:,}", className="number")] if view.total else []
    last, page = -(-view.total // LISTED), (view.first - 1) // LISTED + 1
    end = view.first + len(view.rows) - 1
    words = f"{len(view.rows):,} of {view.total:,}" if page == 1 else f"{view.first:,} to {end:,} of {view.total:,}"
    links = [
        dcc.Link(name, href=address.of_page(number), id=f"{name}-page", className="range")
        for name, number in (("previous", page - 1), ("next", page + 1))
        if 1 <= number <= last
    ]
    return [html.Span(words, className="number"), *links]


def _acknowledgement(detail: IncidentDetail) -> list[Component]:
    """Who has seen it."""
    row = detail.incident
    parts: list[Component] = []
    if row.acknowledged is not None:
        full, short = _acknowledged(row.acknowledged), f"{utc(row.acknowledged.at)[11:]} UTC"
        parts.append(
            html.Span(f"acknowledged by {row.acknowledged.user} at {short}", title=full, className="acknowledged")
        )
        if detail.unacknowledged:
            full = f"of its active alarms {detail.unacknowledged:,} came later and are not acknowledged"
            parts.append(html.Span(f"{detail.unacknowledged:,} newer not", title=full, className="hint newer"))
    return parts


def _buttons(problem_id: str) -> list[Component]:
    """The key a presses the first, c the second."""
    return [
        give_button(ACKNOWLEDGE, problem_id, [html.Kbd("a"), "acknowledge"], "acknowledge"),
        html.Button([html.Kbd("c"), "commands"], className="give opens-commands", type="button"),
    ]


def _acknowledged(found: Acknowledged) -> str:
    return f"acknowledged by {found.user} at {utc(found.at)} UTC"


def _heading(detail: IncidentDetail) -> Component:
    if detail.place:
        words = "Top incident" if detail.place == 1 else f"Incident {detail.place} in the list"
    else:
        words = f"Incident {detail.incident.state}"
    if detail.absorbed_by:
        words += f" into {detail.absorbed_by}"
    if detail.assignee:
        words += f" · {detail.assignee} works on it"
    return html.H2(words)


def _figures(detail: IncidentDetail, now: Instant) -> list[Component]:
    row = detail.incident
    lasted = figure(age(row.opened_at, now), "Open since", f" · {utc(row.opened_at)[11:16]} UTC")
    if row.cleared_at is not None:
        lasted = figure(age(row.cleared_at, now, " ago"), "Cleared")
    ticket = [html.Code(row.ticket_id[:12], title=row.ticket_id), " ", _ticket_state(row)] if row.ticket_id else "none"
    return [
        figure(f"{row.customers:,}", "Customers affected"),
        figure(money(row.revenue), "Revenue at risk", " / h" if priced(row.revenue) else "", "risk"),
        lasted,
        figure(f"{row.active:,}", "Alarms, episodes", f" of {row.members:,}"),
        figure(ticket, "Trouble ticket", kind="ticket"),
    ]


def _ticket_state(row: Incident) -> Component:
    return html.Span(_TICKET_WORDS.get(row.ticket_state, row.ticket_state), className=f"state {row.ticket_state}")


def _customers(detail: IncidentDetail) -> list[Component]:
    if not detail.incident.customers:
        return [html.Span("none affected", className="hint")]
    more = detail.incident.customers - len(detail.customers)
    names: list[Component] = [html.Code(customer) for customer in detail.customers]
    return [*names, html.Span(f"+ {more:,} more", className="hint")] if more else names


def _rival(name: str, score: float) -> Component:
    return html.Span([html.Code(name), html.Span(f" {score:.0%}", className="number")], className="rival")


def _seen_by(row: Incident) -> list[Component]:
    if row.acknowledged is None:
        return []
    return [html.Span("✓ ", className="ack", title=_acknowledged(row.acknowledged), **aria(label="acknowledged"))]


def _row(row: Incident, current: str, address: Address, now: Instant) -> Component:
    chosen = row.problem_id == current
    cells = [
        severity_mark(row.severity),
        html.Span([*_seen_by(row), row.root_cause], className="cause", title=row.root_cause),
        html.Span(row.evidence, className="evidence", title=row.evidence),
        html.Span(f"{row.customers:,}", className="number"),
        html.Span(money(row.revenue), className="number risk"),
        html.Span(age(row.opened_at, now), className="number"),
        html.Span(
            [html.Code(row.ticket_id[:8], title=row.ticket_id), " ", _ticket_state(row)]
            if row.ticket_id
            else "no ticket",
            className="ticket",
        ),
    ]
    return dcc.Link(
        cells,
        href=address.of_incident(row.problem_id),
        className=f"row {'current' if chosen else ''}",
        title=f"Incident {row.problem_id}",
    )
