"""The frame of the live page: where its panels stand."""

from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.pages.live.chart import figure_of
from dashboards.shell.frame import header, keys_help, messages
from dashboards.shell.page import Filled, Page
from dashboards.shell.parts import aria, loading, panel

_KEYS: Final = (
    ("/", "search a KPI series; Enter takes the first"),
    ("j  k", "next and previous incident"),
    ("a", "acknowledge the selected incident and its active alarms"),
    ("c", "every command on the selected incident, its ticket and its alarms"),
    ("s", "next KPI series"),
    ("Esc", "close, or back to the top incident"),
    ("?", "this help"),
)
_WORDS: Final = "Severities in X.733 order. Times are UTC. The address holds the view: send it to share what you see."
_COLUMNS: Final = ("Severity", "Root cause", "Evidence", "Customers", "At risk / h", "Age", "Ticket")


def frame(page: Page, filled: Filled) -> list[Component]:
    """The panels in their places."""
    system = html.Div(filled.get("system", loading(1)), id=page.id("system"), className="system", role="status")
    return [
        header(page, system),
        *messages(page, filled),
        html.Div(
            filled.get("severities", loading(1)),
            id=page.id("severities"),
            className="strip",
            **aria(label="Active alarms by severity"),
        ),
        html.Main([_incidents(page, filled), _kpi(page, filled)], className="upper"),
        html.Div(_lower(page, filled), className="lower"),
        keys_help(_KEYS, _WORDS),
        html.Div(filled.get("commands"), id=page.id("commands"), className="overlay commands", role="dialog"),
    ]


def _incidents(page: Page, filled: Filled) -> Component:
    names = html.Div([html.Span(name) for name in _COLUMNS], className="row names")
    rows = html.Div(filled.get("incidents", loading(5)), id=page.id("incidents"), className="rows")
    listed = html.Span(filled.get("listed"), id=page.id("listed"), className="listed")
    return html.Div(
        [
            html.Section(
                filled.get("hero", loading(5)),
                id=page.id("hero"),
                className="panel hero-panel",
                **aria(label="Selected incident"),
            ),
            panel("Open incidents", "list", names, rows, note=listed),
        ],
        className="left",
    )


def _kpi(page: Page, filled: Filled) -> Component:
    search = html.Div(
        [
            dcc.Input(
                id=page.id("find"), type="text", placeholder="Search series  /", autoComplete="off", debounce=False
            ),
            html.Div(filled.get("found"), id=page.id("found"), className="found-list"),
        ],
        className="search",
    )
    graph = dcc.Graph(
        id=page.id("graph"),
        figure=filled.get("graph", figure_of(None)),
        config={"displayModeBar": False, "responsive": True, "scrollZoom": False, "doubleClick": False},
        className="graph",
    )
    head = html.Div(filled.get("kpi-head", loading(3)), id=page.id("kpi-head"))
    return panel("KPI and its expected band, times in UTC", "kpi", search, head, graph)


def _lower(page: Page, filled: Filled) -> list[Component]:
    def part(name: str, lines: int) -> Component:
        return html.Div(filled.get(name, loading(lines)), id=page.id(name), className="inside")

    stands = html.Span(filled.get("transport"), id=page.id("transport"), className="listed")
    return [
        panel("Charges and leakage", "money", part("money", 3)),
        panel("Recently closed tickets", "closed", part("closed", 4)),
        panel("Feeds", "feeds", part("feeds", 4), note=stands),
        panel("Dead letters", "letters-panel", part("refusals", 3)),
    ]
