"""The page of money: what was charged, what leaks and why, what waits, and what watches."""

from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboards.pages.money import draw
from dashboards.pages.money.reads import CASE, CASES, CAUSES, CHOICE, CONTROLS, NEWEST, SUSPENSE, TODAY
from dashboards.shell.frame import header, keys_help, messages
from dashboards.shell.page import Filled, Page, Panel
from dashboards.shell.parts import aria, loading, panel
from dashboards.shell.reading import ASKABLE
from dashboards.shell.view import itself, spread, together
from dashboards.snapshot.feeds import system_state
from dashboards.snapshot.pill import system_pill
from dashboards.snapshot.reads import FEEDS, MONEY, OURS

_KEYS: Final = (("?", "this help"),)
_WORDS: Final = (
    "Leakage is money that a control found missing; the disputed is in no sum. An incident explains a case where it "
    "hit the switch while the usage went missing. Times are UTC."
)


def frame(page: Page, filled: Filled) -> list[Component]:
    """The panels in their places."""

    def part(name: str, lines: int, look: str = "inside scrolled") -> Component:
        return html.Div(filled.get(name, loading(lines)), id=page.id(name), className=look)

    system = html.Div(filled.get("system", loading(1)), id=page.id("system"), className="system", role="status")
    return [
        header(page, system),
        *messages(page, filled),
        html.Section(part("figures", 2, "figures"), className="panel money-figures", **aria(label="Money today")),
        html.Main(
            [
                html.Div(
                    [
                        panel("Open leakage by cause", "money-causes", part("causes", 5)),
                        panel("Controls", "money-controls", part("controls", 3)),
                        panel("In suspense", "money-suspense", part("suspense", 3)),
                    ]
                ),
                html.Div(
                    [
                        panel("Cases", "money-cases", part("cases", 6)),
                        panel("The opened case", "money-case", part("case", 6)),
                        panel("Newest charges", "money-charges", part("charges", 5)),
                    ]
                ),
            ],
            className="money-main",
        ),
        keys_help(_KEYS, _WORDS),
    ]


def _panel(name: str, reads: tuple[Any, ...], draws: Any) -> Panel[Any]:
    return Panel(name, reads, together if len(reads) > 1 else itself, spread(draws) if len(reads) > 1 else draws)


MONEY_PAGE: Final = Page(
    name="money",
    path="/money",
    title="Money",
    panels=(
        Panel("system", (FEEDS, OURS), system_state, system_pill),
        _panel("figures", (MONEY, TODAY, SUSPENSE), draw.figures),
        _panel("causes", (CAUSES, CHOICE), draw.causes),
        _panel("cases", (CASES, CHOICE, ASKABLE), draw.cases),
        _panel("case", (CASE, CHOICE, ASKABLE), draw.case_in_full),
        _panel("suspense", (SUSPENSE, ASKABLE), draw.suspended),
        _panel("controls", (CONTROLS,), draw.control_lines),
        _panel("charges", (NEWEST, ASKABLE), draw.charges),
    ),
    frame=frame,
)
