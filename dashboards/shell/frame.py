"""What every page has around its panels: where it is, its pulse, the header with the other pages, trouble, and help."""

from collections.abc import Sequence
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from dashboards.shell.guard import LOGIN
from dashboards.shell.page import Filled, Page, pages
from dashboards.shell.parts import aria
from dashboards.shell.visit import VISITOR
from telassure.access.admission import Visitor

INTERVAL_MS: Final = 1_000
TROUBLE: Final = "trouble"


def whole(page: Page, filled: Filled, seen: dict[str, str], query: str) -> Component:
    """The page; a panel that is not in `filled` shows that it is loading. `seen` says what the page has by that."""
    return html.Div(
        [
            dcc.Location(id=page.id("address"), refresh=False, search=query),
            dcc.Interval(id=page.id("tick"), interval=INTERVAL_MS),
            dcc.Store(id=page.id("seen"), data=seen),
            html.Div(id=page.id("beat"), className="unseen beat"),
            *page.frame(page, filled),
        ],
        className=f"page {page.name}",
    )


def header(page: Page, *inside: Component) -> Component:
    """The name of the page, the other pages, what this one puts here, the server's silence and its time."""
    return html.Header(
        [
            html.H1([html.Span("Telassure"), f" {page.title.lower()}"]),
            *_navigation(page),
            *inside,
            who_asks(VISITOR.get()),
            html.Div("no answer from the server", className="silence", role="alert"),
            html.Div([html.Span("", className="number"), " UTC"], className="clock"),
            html.Span([html.Kbd("?"), " keys"], className="hint keys"),
        ]
    )


def who_asks(visitor: Visitor) -> Component:
    """Who has logged in, with the way out; or that anybody reads here, with the way in. The page's script sends the
    token with everything that is asked."""
    said: dict[str, Any] = {"data-csrf": visitor.csrf}
    if not visitor.known:
        words = [html.Span("read only", className="label"), html.A("log in", href=LOGIN, className="range")]
        return html.Div(words, className="visitor", title="anybody on this machine may read; whoever acts logs in")
    leave = [html.Button("log out", className="give leaves", type="button")] if visitor.session else []
    roles = ", ".join(sorted(visitor.principal.roles))
    return html.Div([html.Span(visitor.principal.name, title=roles), *leave], className="visitor", **said)


def messages(page: Page, filled: Filled) -> list[Component]:
    """A store that cannot be read, and what became of the viewer's own commands."""
    return [
        html.Div(filled.get(TROUBLE), id=page.id(TROUBLE), className="trouble", role="alert"),
        html.Div(className="told", role="status"),
    ]


def keys_help(keys: Sequence[tuple[str, str]], words: str) -> Component:
    """What the keys do."""
    rows = [html.Tr([html.Td([html.Kbd(key) for key in names.split()]), html.Td(said)]) for names, said in keys]
    return html.Div(
        [html.H2("Keys"), html.Table(html.Tbody(rows)), html.P(words, className="hint")],
        className="overlay help",
        role="dialog",
    )


def nowhere(path: str) -> Component:
    """What stands where there is no page, or none that the viewer may see."""
    links = [html.Li(html.A(page.title, href=page.path, className="found")) for page in _seen()]
    words = html.P(f"There is no page at {path[:100]}. There are:")
    return html.Div(html.Div([html.H2("No such page"), words, html.Ul(links)], className="panel"), className="page")


def _navigation(here: Page) -> list[Component]:
    """Links to all pages that the viewer may see, where there is more than this one."""
    if len(_seen()) < 2:
        return []
    links: list[Any] = [
        html.A(page.title, href=page.path, className=f"range {'current' if page.path == here.path else ''}")
        for page in _seen()
    ]
    return [html.Nav(links, className="ranges pages", **aria(label="Pages"))]


def _seen() -> Sequence[Page]:
    return [page for page in pages().values() if VISITOR.get().may_see(page.right) and not page.named]
