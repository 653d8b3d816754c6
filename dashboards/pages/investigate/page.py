"""The page that looks into one object, at /investigate?object=&from=&to=."""

from collections.abc import Sequence
from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.pages.investigate import draw
from dashboards.pages.investigate.changes import KpiChange, Window
from dashboards.pages.investigate.multiples import Figure, figure_of
from dashboards.pages.investigate.reads import COMPARED, FOUND_OBJECTS, INQUIRY, OWN, RANKED, WINDOW
from dashboards.shell.frame import header, keys_help, messages
from dashboards.shell.page import Filled, Page, Panel
from dashboards.shell.parts import aria, loading, panel
from dashboards.shell.view import spread, together
from dashboards.snapshot.feeds import system_state
from dashboards.snapshot.pill import system_pill
from dashboards.snapshot.reads import FEEDS, OURS
from telassure.kernel.instant import Instant

_KEYS: Final = (("/", "search an object; Enter takes the first"), ("Esc", "leave the search"), ("?", "this help"))
_WORDS: Final = (
    "A change is how many half-widths of its band a KPI lies above what was expected, in the mean of its anomalous "
    "points, else of all. The strip below each line is its score: yellow and red are anomalous. Times are UTC."
)


def frame(page: Page, filled: Filled) -> list[Component]:
    """The panels in their places."""

    def part(name: str, lines: int, look: str = "inside scrolled") -> Component:
        return html.Div(filled.get(name, loading(lines)), id=page.id(name), className=look)

    find = dcc.Input(type="text", id=page.id("find"), placeholder="Search an object  /", autoComplete="off")
    search = html.Div([find, part("found", 0, "found-list")], className="search")
    graph = dcc.Graph(
        id=page.id("multiples"),
        figure=filled.get("multiples", figure_of((), (0, 1))),
        config={"displayModeBar": False, "responsive": True},
        className="graph",
    )
    return [
        header(
            page, html.Div(filled.get("system", loading(1)), id=page.id("system"), className="system", role="status")
        ),
        *messages(page, filled),
        html.Div([part("subject", 1, "subject"), search], className="panel inquiry"),
        html.Main(
            [
                html.Section(
                    [part("missing", 0, ""), graph], className="panel kpis", **aria(label="KPIs of the object")
                ),
                html.Div(
                    [
                        panel("Changed most in this window", "investigate-changed", part("changed", 6)),
                        panel("Beside its peers", "investigate-peers", part("peers", 5)),
                    ]
                ),
            ],
            className="investigate-main",
        ),
        keys_help(_KEYS, _WORDS),
    ]


def _figure(view: tuple[Sequence[KpiChange], Window], _now: Instant) -> Figure:
    return figure_of(*view)


INVESTIGATE: Final = Page(
    name="investigate",
    path="/investigate",
    title="Investigate",
    panels=(
        Panel("system", (FEEDS, OURS), system_state, system_pill),
        Panel("subject", (INQUIRY, WINDOW, OWN), together, spread(draw.subject)),
        Panel("found", (FOUND_OBJECTS, INQUIRY), together, spread(draw.found_objects)),
        Panel("missing", (INQUIRY, OWN), together, spread(draw.missing)),
        Panel("multiples", (OWN, WINDOW), together, _figure, fills="figure"),
        Panel("changed", (RANKED, INQUIRY), together, spread(draw.changed)),
        Panel("peers", (COMPARED, INQUIRY), together, spread(draw.peers)),
    ),
    frame=frame,
    texts=("find",),
)
