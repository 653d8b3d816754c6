"""What a page is made of: reads, panels that are drawn of them, and the frame they stand in.

Pages are declared in the modules of dashboards.pages. From a declaration come the page's route, its place in the
navigation, who may see it, and what a refresh reads.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, Generic, TypeVar

from dash import Dash, no_update
from dash.development.base_component import Component

from dashboards.shell.reading import Read, Refresh, Screen
from telassure.kernel.declared import declared, derived
from telassure.kernel.errors import ConfigurationError
from telassure.kernel.instant import Instant
from telassure.kernel.rights import VIEW

PAGES: Final = "dashboards.pages"
V = TypeVar("V")
Seen = Mapping[str, str]
"""What a viewer's page shows already: a token for each panel."""
Filled = Mapping[str, Any]
"""What panels show, by their names; one that is not in it is still loading."""


@dataclass(frozen=True)
class Panel(Generic[V]):
    """A region that a refresh fills: `view` takes its part of what it `reads`, `draw` makes components of that.

    It is drawn anew where the view is another one. Ages are kept current by the page's script, so that the view holds
    times and no ages. `fills` is the property of the element of this name.
    """

    name: str
    reads: tuple[Read[Any], ...]
    view: Callable[..., V]
    draw: Callable[[V, Instant], Any]
    fills: str = "children"

    def update(self, reading: Refresh, seen: str) -> tuple[Any, str]:
        """What to show, `no_update` where it shows that already; and the token of what it shows then."""
        view = self.view(*(reading.of(read) for read in self.reads))
        token = blake2b(repr(view).encode(), digest_size=8).hexdigest()
        return (no_update if token == seen else self.draw(view, reading.now)), token


@dataclass(frozen=True)
class Page:
    """One page. `frame` places the panels (by `self.id(name)`) with what they are filled with; who sees it needs the
    right `right`.

    `texts` are the names of inputs whose text its reads may use (`Refresh.texts`); a link empties them. A page that is
    `named` shows one thing, whose name follows its path; no page links to it as such. `connects` registers what the
    page answers beside its refresh, such as the rows of a grid.
    """

    name: str
    path: str
    title: str
    panels: tuple[Panel[Any], ...]
    frame: Callable[["Page", Filled], Sequence[Component]]
    right: str = VIEW
    texts: tuple[str, ...] = ()
    named: bool = False
    connects: Callable[[Dash, Screen, "Page"], None] | None = None

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or (self.path != "/" and self.path.endswith("/")):
            raise ConfigurationError(f"page {self.name}: path {self.path!r}; write it as /{self.name}")

    def id(self, part: str) -> str:
        """The id of an element: the first page's are bare, so that two pages' never meet."""
        return part if self.path == "/" else f"{self.name}-{part}"

    @property
    def reads(self) -> tuple[Read[Any], ...]:
        """What a refresh reads: what its panels are drawn of."""
        return tuple(dict.fromkeys(read for panel in self.panels for read in panel.reads))

    def update(self, reading: Refresh, seen: Seen) -> tuple[dict[str, Any], dict[str, str]]:
        """The panels that differ from what the page has `seen`, and what it has seen then."""
        changed: dict[str, Any] = {}
        tokens = dict(seen)
        for panel in self.panels:
            content, tokens[panel.name] = panel.update(reading, seen.get(panel.name, ""))
            if content is not no_update:
                changed[panel.name] = content
        return changed, tokens


@derived
def pages() -> Mapping[str, Page]:
    """Every page by its path, the first one ("/") first; ConfigurationError where two are at one path."""
    found: dict[str, Page] = {}
    for page in sorted(declared(Page, PAGES), key=lambda page: page.path):
        if page.path in found:
            raise ConfigurationError(f"pages {found[page.path].name} and {page.name} are both at {page.path}")
        found[page.path] = page
    return found
