"""Scripts and styles travel compressed; what is said of the network does not, since its length would tell of it."""

from typing import Final

from starlette.middleware.gzip import GZipMiddleware

from dashboards.shell.guard import App, Receive, Scope, Send

_STATIC: Final = ("/_dash-component-suites/", "/assets/")
_LEVEL: Final = 5


class CompressedScripts:
    """ASGI that compresses the files of the pages, which are the same for everybody."""

    def __init__(self, app: App) -> None:
        self._plain = app
        self._compressed = GZipMiddleware(app, compresslevel=_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(_STATIC):
            await self._compressed(scope, receive, send)
        else:
            await self._plain(scope, receive, send)
