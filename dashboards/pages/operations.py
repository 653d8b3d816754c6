"""The one live page: its frame, filled by the callback in dashboards.live."""

from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.pages.chart import figure_of
from dashboards.pages.parts import aria, loading, panel

INTERVAL_MS: Final = 1_000
_KEYS: Final = (
    ("/", "search a KPI series; Enter takes the first"),
    ("j  k", "next and previous incident"),
    ("a", "acknowledge: shows the API call, the page itself only reads"),
    ("s", "next KPI series"),
    ("Esc", "close, or back to the top incident"),
    ("?", "this help"),
)
_COLUMNS: Final = ("Severity", "Root cause", "Evidence", "Customers", "At risk / h", "Age", "Ticket")


def layout() -> Component:
    """The frame with every panel in its loading state."""
    return html.Div(
        [
            dcc.Location(id="address", refresh=False),
            dcc.Interval(id="tick", interval=INTERVAL_MS),
            dcc.Store(id="seen", data={}),
            html.Div(id="beat", className="unseen"),
            _header(),
            html.Div(id="trouble", role="alert"),
            html.Div(loading(1), id="severities", className="strip", **aria(label="Active alarms by severity")),
            html.Main([_incidents(), _kpi()], className="upper"),
            html.Div(_lower(), className="lower"),
            _help(),
            html.Div(id="acknowledging", className="overlay acknowledging", role="dialog"),
        ],
        className="page",
    )


def _header() -> Component:
    return html.Header(
        [
            html.H1([html.Span("Telassure"), " operations"]),
            html.Div(loading(1), id="system", className="system", role="status"),
            html.Div("no answer from the server", id="silence", role="alert"),
            html.Div([html.Span("", id="clock", className="number"), " UTC"], className="clock"),
            html.Span([html.Kbd("?"), " keys"], className="hint keys"),
        ]
    )


def _incidents() -> Component:
    names = html.Div([html.Span(name) for name in _COLUMNS], className="row names")
    return html.Div(
        [
            html.Section(loading(5), id="hero", className="panel hero-panel", **aria(label="Selected incident")),
            panel("Open incidents", "list", names, html.Div(loading(5), id="incidents", className="rows")),
        ],
        className="left",
    )


def _kpi() -> Component:
    search = html.Div(
        [
            dcc.Input(id="find", type="text", placeholder="Search series  /", autoComplete="off", debounce=False),
            html.Div(id="found", className="found-list"),
        ],
        className="search",
    )
    graph = dcc.Graph(
        id="graph",
        figure=figure_of(None),
        config={"displayModeBar": False, "responsive": True, "scrollZoom": False, "doubleClick": False},
        className="graph",
    )
    return panel("KPI and its expected band, times in UTC", "kpi", search, html.Div(loading(2), id="kpi-head"), graph)


def _lower() -> list[Component]:
    return [
        panel("Charges and leakage", "money", html.Div(loading(3), id="money")),
        panel("Recently closed tickets", "closed", html.Div(loading(4), id="closed")),
        panel("Feeds", "feeds", html.Div(loading(4), id="feeds")),
        panel("Dead letters", "letters-panel", html.Div(loading(3), id="refusals")),
    ]


def _help() -> Component:
    rows = [html.Tr([html.Td([html.Kbd(key) for key in keys.split()]), html.Td(words)]) for keys, words in _KEYS]
    words = "Severities in X.733 order. Times are UTC. The address holds the view: send it to share what you see."
    return html.Div(
        [html.H2("Keys"), html.Table(html.Tbody(rows)), html.P(words, className="hint")],
        className="overlay help",
        role="dialog",
    )
