"""Which page an address belongs to; Dash serves one document, which asks for the page of its own address."""

from dashboards.shell.guard import App, Receive, Scope, Send
from dashboards.shell.page import Page, pages


def page_at(path: str) -> Page | None:
    """The page at a path. One that is `named` is at its path with a name behind it, such as
    "/incidents/sp-1"."""
    here = path.rstrip("/") or "/"
    found = pages().get(here)
    if found is not None:
        return found
    above, _, name = here.rpartition("/")
    return next((page for page in pages().values() if page.named and page.path == above), None) if name else None


class PageRoutes:
    """ASGI before Dash, which knows its document by the path "/" alone: what asks for a page is given that."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and page_at(scope["path"]) is not None:
            scope = {**scope, "path": "/", "raw_path": b"/"}
        await self._app(scope, receive, send)
