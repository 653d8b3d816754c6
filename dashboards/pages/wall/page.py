"""The page for the wall of the operations centre: regions, the worst incidents, and six figures."""

from collections.abc import Callable
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.pages.wall import draw
from dashboards.pages.wall.reads import HEALTH, UNACKNOWLEDGED, WORST_BY_IMPACT
from dashboards.shell.frame import header, messages
from dashboards.shell.page import Filled, Page, Panel
from dashboards.shell.parts import aria, loading, panel
from dashboards.shell.view import itself
from dashboards.snapshot.feeds import system_state
from dashboards.snapshot.pill import system_pill
from dashboards.snapshot.reads import FEEDS, MONEY, OURS
from dashboards.snapshot.views import FeedAge

_FIGURES: Final = (
    ("waiting", "Unacknowledged"),
    ("charged", "Charged today"),
    ("leaking", "Leakage"),
    ("sources", "Feeds"),
    ("ourselves", "Our own processes"),
)


def frame(page: Page, filled: Filled) -> list[Component]:
    """The panels in their places."""

    def part(name: str, lines: int, **said: Any) -> Component:
        return html.Div(filled.get(name, loading(lines)), id=page.id(name), **said)

    figures = [panel(title, name, part(name, 2, className="inside")) for name, title in _FIGURES]
    title = html.H2(filled.get("title", "Open incidents"), id=page.id("title"))
    return [
        header(page, part("system", 1, className="system", role="status")),
        *messages(page, filled),
        html.Main(
            [
                html.Section(
                    [
                        html.H2("Services hit by open incidents, now and over six hours"),
                        part("tiles", 9, className="tiles"),
                    ],
                    className="regions",
                    **aria(label="Services by region"),
                ),
                html.Section(
                    [title, part("worst", 5, className="worst")],
                    className="worst-panel",
                    **aria(label="Worst incidents"),
                ),
            ],
            className="places",
        ),
        html.Div(figures, className="wall-figures"),
    ]


def _named_states(feeds: tuple[FeedAge, ...]) -> tuple[FeedAge, ...]:
    """What the tile shows of them, so that a feed that only advances draws nothing anew."""
    return tuple(FeedAge(each.name, each.newest if each.state == "stale" else 0, each.state, 0) for each in feeds)


def _title(view: Any, _now: int) -> str:
    return draw.worst_title(view)


def _panel(name: str, read: Any, draws: Callable[..., Any], view: Callable[..., Any] = itself) -> Panel[Any]:
    return Panel(name, (read,), view, draws)


WALL: Final = Page(
    name="wall",
    path="/wall",
    title="Wall",
    panels=(
        Panel("system", (FEEDS, OURS), system_state, system_pill),
        _panel("tiles", HEALTH, draw.tiles),
        _panel("title", WORST_BY_IMPACT, _title),
        _panel("worst", WORST_BY_IMPACT, draw.worst),
        _panel("waiting", UNACKNOWLEDGED, draw.waiting),
        _panel("charged", MONEY, draw.charged),
        _panel("leaking", MONEY, draw.leaking),
        _panel("sources", FEEDS, draw.sources, _named_states),
        _panel("ourselves", OURS, draw.ourselves),
    ),
    frame=frame,
)
