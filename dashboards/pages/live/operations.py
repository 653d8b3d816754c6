"""The one live page: its frame, filled by the callback in dashboards.pages.live.callback."""

from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.pages.live.chart import figure_of
from dashboards.shell.parts import aria, loading, panel

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


Filled = dict[str, Any]


def layout(filled: Filled, seen: dict[str, str], query: str) -> Component:
    """The frame; a panel that is not in `filled` shows that it is loading. `seen` says what the page has by that."""
    return html.Div(
        [
            dcc.Location(id="address", refresh=False, search=query),
            dcc.Interval(id="tick", interval=INTERVAL_MS),
            dcc.Store(id="seen", data=seen),
            html.Div(id="beat", className="unseen"),
            _header(filled),
            html.Div(filled.get("trouble"), id="trouble", role="alert"),
            html.Div(
                filled.get("severities", loading(1)),
                id="severities",
                className="strip",
                **aria(label="Active alarms by severity"),
            ),
            html.Main([_incidents(filled), _kpi(filled)], className="upper"),
            html.Div(_lower(filled), className="lower"),
            _help(),
            html.Div(filled.get("acknowledging"), id="acknowledging", className="overlay acknowledging", role="dialog"),
        ],
        className="page",
    )


def _header(filled: Filled) -> Component:
    return html.Header(
        [
            html.H1([html.Span("Telassure"), " operations"]),
            html.Div(filled.get("system", loading(1)), id="system", className="system", role="status"),
            html.Div("no answer from the server", id="silence", role="alert"),
            html.Div([html.Span("", id="clock", className="number"), " UTC"], className="clock"),
            html.Span([html.Kbd("?"), " keys"], className="hint keys"),
        ]
    )


def _incidents(filled: Filled) -> Component:
    names = html.Div([html.Span(name) for name in _COLUMNS], className="row names")
    rows = html.Div(filled.get("incidents", loading(5)), id="incidents", className="rows")
    return html.Div(
        [
            html.Section(
                filled.get("hero", loading(5)),
                id="hero",
                className="panel hero-panel",
                **aria(label="Selected incident"),
            ),
            panel("Open incidents", "list", names, rows),
        ],
        className="left",
    )


def _kpi(filled: Filled) -> Component:
    search = html.Div(
        [
            dcc.Input(id="find", type="text", placeholder="Search series  /", autoComplete="off", debounce=False),
            html.Div(filled.get("found"), id="found", className="found-list"),
        ],
        className="search",
    )
    graph = dcc.Graph(
        id="graph",
        figure=filled.get("figure", figure_of(None)),
        config={"displayModeBar": False, "responsive": True, "scrollZoom": False, "doubleClick": False},
        className="graph",
    )
    return panel(
        "KPI and its expected band, times in UTC",
        "kpi",
        search,
        html.Div(filled.get("kpi-head", loading(3)), id="kpi-head"),
        graph,
    )


def _lower(filled: Filled) -> list[Component]:
    return [
        panel("Charges and leakage", "money", html.Div(filled.get("money", loading(3)), id="money")),
        panel("Recently closed tickets", "closed", html.Div(filled.get("closed", loading(4)), id="closed")),
        panel("Feeds", "feeds", html.Div(filled.get("feeds", loading(4)), id="feeds")),
        panel("Dead letters", "letters-panel", html.Div(filled.get("refusals", loading(3)), id="refusals")),
    ]


def _help() -> Component:
    rows = [html.Tr([html.Td([html.Kbd(key) for key in keys.split()]), html.Td(words)]) for keys, words in _KEYS]
    words = "Severities in X.733 order. Times are UTC. The address holds the view: send it to share what you see."
    return html.Div(
        [html.H2("Keys"), html.Table(html.Tbody(rows)), html.P(words, className="hint")],
        className="overlay help",
        role="dialog",
    )
