"""The lower row: money, closed tickets, feeds, dead letters; and the state of the system in the header."""

from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.pages.live.address import Address
from dashboards.pages.live.views import ClosedTickets, Refusals
from dashboards.shell.parts import age, empty, severity_mark, utc
from dashboards.shell.theme import duration, money, priced
from dashboards.snapshot.views import FeedAge, MoneyToday
from telassure.kernel.instant import Instant
from telassure.kernel.money import Money

_UNPRICED: Final = "not priced"
_FEED_WORDS: Final = {
    "live": "LIVE",
    "stale": "STALE",
    "quiet": "QUIET",
    "catching up": "CATCHING UP",
    "taking in": "TAKING IN",
    "recording": "RECORDING",
}


def money_panel(view: MoneyToday) -> list[Component]:
    """Charges of the UTC day by currency, and open leakage by control."""
    charged = [html.Span(money(amount), className="number big") for amount in view.charged if priced(amount)]
    leaked = [html.Span(money(amount), className="number big leaked") for amount in view.totals]
    rows = [
        html.Tr([html.Td(line.control.replace("_", " ")), _number(f"{line.cases:,}"), _leaked(line.amount)])
        for line in view.leakage
    ]
    head = html.Thead(
        html.Tr([html.Th("Control"), html.Th("Cases", className="number"), html.Th("Amount", className="number")])
    )
    return [
        html.Div(
            [
                html.Div(
                    [
                        html.Span("Charged today (UTC day)", className="label", title=f"since {utc(view.day)} UTC"),
                        *(charged or _none()),
                    ]
                ),
                html.Div(
                    [html.Span("Open leakage", className="label"), *(leaked or _none(_UNPRICED if rows else "nothing"))]
                ),
            ],
            className="sums",
        ),
        html.Table([head, html.Tbody(rows)]) if rows else empty("No control has found money missing."),
    ]


def closed_panel(view: ClosedTickets, address: Address, now: Instant) -> Component:
    """The tickets that were done with last."""
    tickets = view.rows
    if not tickets:
        return empty("No ticket has been closed yet.")
    rows = [
        html.Tr(
            [
                html.Td(severity_mark(ticket.severity, word=False)),
                html.Td(ticket.root_cause, title=ticket.root_cause, className="cause"),
                html.Td(html.Code(ticket.ticket_id[:8], title=ticket.ticket_id)),
                html.Td(ticket.state),
                _number(f"{ticket.customers:,}"),
                _number(duration(ticket.closed_at - ticket.opened_at)),
                html.Td(age(ticket.closed_at, now), className="number"),
            ]
        )
        for ticket in tickets
    ]
    names = ("", "Root cause", "Ticket", "State")
    numbers = ("Customers", "Lasted", "Closed ago")
    head = [*(html.Th(name) for name in names), *(html.Th(name, className="number") for name in numbers)]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)])
    return html.Div([*_rest(len(rows), view.total, view.many, address.of_more("closed")), table], className="scrolled")


def feeds_panel(feeds: tuple[FeedAge, ...], now: Instant) -> Component:
    """Every feed with the age of its newest event; a dead one says STALE."""
    if not feeds:
        return empty("No feed has sent anything yet.", "Send events to the ingestion endpoint, or start the demo.")
    rows = [
        html.Tr(
            [
                html.Td(feed.name, title=feed.name, className="cause"),
                html.Td(html.Span(_FEED_WORDS[feed.state], className=f"state {feed.state.replace(' ', '-')}")),
                html.Td(_feed_age(feed, now), className="number"),
            ]
        )
        for feed in feeds
    ]
    head = html.Tr([html.Th("Feed"), html.Th("State"), html.Th("Newest event", className="number")])
    return html.Table([html.Thead(head), html.Tbody(rows)])


def refusals_panel(view: Refusals, address: Address, now: Instant) -> list[Component]:
    """How many dead letters there are and why the newest were refused."""
    if not view.count:
        return [empty("No input has been refused.")]
    letters = [
        html.Li(
            [
                html.Span(letter.place, className="place", title=letter.place),
                age(letter.time, now, " old"),
                html.P(letter.reason, title=letter.reason),
            ]
        )
        for letter in view.newest
    ]
    count = html.Div(
        [html.Span(f"{view.count:,}", className="number big"), html.Span("kept, replayable", className="label")],
        className="sums",
    )
    rest = _rest(len(letters), view.count, view.many, address.of_more("letters"))
    return [count, html.Div([*rest, html.Ul(letters, className="letters")], className="scrolled")]


def _rest(shown: int, total: int, many: bool, href: str) -> list[Component]:
    """How many of how many, and the link to more of them, or to few again."""
    if shown >= total and not many:
        return []
    words = f"{shown:,} of {total:,}" if shown < total else f"{total:,}"
    link = dcc.Link("show fewer" if many else "show more", href=href, className="range")
    return [html.P([html.Span(words, className="number"), link], className="hint rest")]


def _feed_age(feed: FeedAge, now: Instant) -> Component:
    """How old; of a recording the day that it reached, and the time while it is being taken in."""
    said = {"recording": utc(feed.newest)[:10], "taking in": utc(feed.newest)[5:16]}.get(feed.state)
    return age(feed.newest, now) if said is None else html.Span(said, title=f"{utc(feed.newest)} UTC")


def _number(text: str) -> Component:
    return html.Td(text, className="number")


def _leaked(amount: Money) -> Component:
    return _number(money(amount)) if priced(amount) else html.Td(_UNPRICED, className="number hint")


def _none(words: str = "nothing") -> list[Component]:
    return [html.Span(words, className="hint")]
