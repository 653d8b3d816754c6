"""How an incident is told: cause and rivals, figures, the axis of times, who it hits, its ticket and its history."""

from collections.abc import Sequence
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.shell.acting import give_button
from dashboards.shell.parts import age, aria, empty, figure, severity_mark, utc
from dashboards.shell.theme import SEVERITIES, money, priced
from dashboards.snapshot.dossier import RIVALS_ABOVE, AxisSpan, Dossier, HistoryLine
from telassure.kernel.events import RootCause, TroubleTicket
from telassure.kernel.instant import Instant

_ROWS: Final = 14
_CUSTOMERS: Final = 60
_KINDS: Final = {"act": 0, "kpi": 1, "alarm": 2}
_TICKET_WORDS: Final = {"acknowledged": "opened", "inProgress": "in progress"}


def cause(found: Dossier) -> Component:
    """The likeliest cause in the largest type, its evidence, and rivals that are more than 5 % likely."""
    best, *others = found.problem.root_causes
    rivals = [_rival(each) for each in others if each.score > RIVALS_ABOVE]
    return html.Div(
        [
            html.Div(
                [
                    html.Strong(best.managed_object, className="cause", title=best.managed_object),
                    html.Span(f"{best.score:.0%}", className="number sure", title="probability among the candidates"),
                    severity_mark(found.problem.perceived_severity),
                ],
                className="cause-line",
            ),
            html.P(best.evidence, className="evidence"),
            html.Ul([html.Li("Less likely:", className="label"), *rivals], className="rival-list") if rivals else None,
        ],
        className="told-cause",
    )


def _rival(each: RootCause) -> Component:
    return html.Li([html.Code(each.managed_object), f" {each.score:.0%}"], title=each.evidence, className="number")


def figures(found: Dossier, now: Instant) -> Component:
    """What it costs, since when, and how much of it goes on."""
    problem = found.problem
    lasted = figure(age(problem.opened_at, now), "Open since", f" · {utc(problem.opened_at)[11:16]} UTC")
    if problem.cleared_at is not None:
        lasted = figure(
            age(problem.cleared_at, now, " ago"), "Cleared" if problem.state == "cleared" else problem.state
        )
    at_risk = problem.revenue_at_risk
    return html.Div(
        [
            figure(money(at_risk), "Revenue at risk", " / h" if priced(at_risk) else "", "risk"),
            figure(f"{len(problem.affected_customers):,}", "Customers"),
            figure(f"{len(problem.affected_services):,}", "Services"),
            lasted,
            figure(f"{problem.active_count:,}", "Alarms, episodes active", f" of {problem.member_count:,}"),
            figure(found.owner or "nobody", "Owner", kind="" if found.owner else "risk"),
        ],
        className="figures",
    )


def acts(found: Dossier, may_act: bool) -> Component:
    """Who has acknowledged it; and what can be done at once, for whoever may."""
    problem, ticket = found.problem, found.ticket
    seen = "not acknowledged"
    if found.acknowledged is not None:
        at = utc(found.acknowledged.at)[11:]
        seen = f"acknowledged by {found.acknowledged.user} at {at} UTC"
    if found.acknowledged is not None and found.waiting:
        seen += f", {found.waiting:,} newer alarms not"
    buttons: list[Component] = []
    if may_act:
        buttons += [act_button("take", "t", "Take it"), act_button("ack", "a", "Acknowledge")]
    if may_act and ticket is not None:
        buttons += [act_button("note", "n", "Note"), act_button("silence", "s", "Silence")]
    look = "acknowledged" if found.acknowledged else "hint"
    said: dict[str, Any] = {
        "data-problem": problem.problem_id,
        "data-ticket": ticket.ticket_id if ticket else "",
        "data-cause": problem.root_causes[0].managed_object,
        "data-acknowledged": found.acknowledged.user if found.acknowledged and not found.waiting else "",
    }
    return html.Div([*buttons, html.Span(seen, className=look)], className="does", **said)


def act_button(name: str, key: str, words: str) -> Component:
    """A button of the page's script, which acts on what its surroundings name."""
    said: dict[str, Any] = {"data-act": name}
    return html.Button([html.Kbd(key), words], className="give", type="button", **said)


def take_back(found: Dossier) -> Component | None:
    """The way back from an acknowledgement."""
    if found.acknowledged is None:
        return None
    return give_button("unack", found.problem.problem_id, "Take the acknowledgement back")


def axis(found: Dossier) -> Component:
    """Acts, KPIs outside their bands and alarms on one axis of times, in this order and by their begin."""
    if not found.spans:
        return empty("None of its alarms and episodes is kept any more.")
    spans = sorted(found.spans, key=lambda span: (_KINDS[span.kind], span.start, span.name))
    shown = [*[s for s in spans if s.kind == "act"][:4], *[s for s in spans if s.kind != "act"]][:_ROWS]
    begun, ended = min(found.problem.opened_at, *(span.start for span in shown)), found.until
    rows = [_row(span, begun, ended) for span in shown]
    rest = len(spans) - len(shown)
    more = [html.P(f"{len(shown)} of {len(spans):,} are shown.", className="hint")] if rest else []
    head = html.Div([html.Span(), html.Div([html.Span(utc(begun)), html.Span(utc(ended))])], className="axis-row times")
    return html.Div([head, *rows, *more], className="axis", **aria(label="When it happened, times in UTC"))


def _row(span: AxisSpan, begun: Instant, ended: Instant) -> Component:
    whole = max(ended - begun, 1)
    left = min(max((span.start - begun) / whole, 0), 1) * 100
    wide = max(((span.end or ended) - span.start) / whole * 100, 0)
    lasted = f"since {utc(span.start)}" if span.end is None else f"{utc(span.start)} to {utc(span.end)}"
    mark = html.I(
        className=f"stretch {span.kind} {SEVERITIES[span.severity].word.lower()}",
        style={"left": f"{left:.2f}%", "width": f"{min(wide, 100 - left):.2f}%"},
    )
    words = html.Span(
        [html.Span(span.name), html.Small(f" {span.words}")], title=f"{span.name}: {span.words}, {lasted}"
    )
    return html.Div([words, html.Div(mark, className="axis-lane")], className="axis-row")


def who(found: Dossier) -> list[Component]:
    """The services and the customers that it affects, those that there is room for."""
    problem = found.problem
    return [
        _names("Customers", problem.affected_customers),
        _names("Services", problem.affected_services),
    ]


def _names(title: str, names: Sequence[str]) -> Component:
    if not names:
        return html.P(f"{title}: none is affected.", className="hint")
    more = len(names) - _CUSTOMERS
    shown: list[Component] = [html.Code(name) for name in names[:_CUSTOMERS]]
    rest = [html.Span(f"and {more:,} more", className="hint")] if more > 0 else []
    return html.Div([html.Span(f"{title} ({len(names):,})", className="label"), *shown, *rest], className="names-list")


def ticket_part(found: Dossier) -> list[Component]:
    """The ticket as it is now."""
    ticket = found.ticket
    if ticket is None:
        return [
            empty("It has no ticket.", "One opens when the problem is bad enough or has lasted (docs/policies.md).")
        ]
    rows: list[tuple[str, Any]] = [
        ("Ticket", html.Code(ticket.ticket_id)),
        ("State", _TICKET_WORDS.get(ticket.state, ticket.state)),
        ("Works on it", ticket.assignee or "nobody"),
        ("Title", ticket.title),
        ("Opened", f"{utc(ticket.opened_at)} UTC"),
        ("Changed", f"{utc(ticket.changed_at)} UTC"),
    ]
    table = html.Table(html.Tbody([html.Tr([html.Th(name), html.Td(value)]) for name, value in rows]))
    return [table, *_notes(ticket)]


def _notes(ticket: TroubleTicket) -> list[Component]:
    if not ticket.notes:
        return [html.P("No note yet.", className="hint")]
    return [html.P(note, className="note-text") for note in reversed(ticket.notes)]


def history(lines: Sequence[HistoryLine]) -> list[Component]:
    """Everything done, by whom and why, the newest first."""
    if not lines:
        return [empty("Nothing was done yet.")]
    rows = [
        html.Tr([html.Td(utc(line.at)), html.Td(line.user), html.Td([line.what, _why(line.why)])]) for line in lines
    ]
    head = html.Thead(html.Tr([html.Th("UTC"), html.Th("Who"), html.Th("What, and why")]))
    return [html.Table([head, html.Tbody(rows)], className="history-table")]


def _why(words: str) -> Component | None:
    return html.Small(f" {words}") if words else None


def prompt() -> Component:
    """Where what is done needs words: shown by the page's script."""
    said: dict[str, Any] = {"data-name": "minutes"}
    words: dict[str, Any] = {"data-name": "words"}
    minutes = dcc.Input(type="text", value="60", autoComplete="off", id="prompt-minutes")
    text = dcc.Input(type="text", placeholder="", autoComplete="off", id="prompt-words")
    return html.Div(
        [
            html.H2("", className="prompt-title"),
            html.Div(
                [
                    html.Span([html.Span("minutes", className="label"), minutes], className="field minutes", **said),
                    html.Span(text, className="field", **words),
                    html.Button("do it", className="give prompt-does", type="button"),
                ],
                className="fields",
            ),
            html.P([html.Kbd("Enter"), "does it, ", html.Kbd("Esc"), "leaves"], className="hint"),
        ],
        className="overlay prompt",
        role="dialog",
    )
