"""The dashboards' entry: the Dash app over the ports of its pages, and the server that answers for it."""

from pathlib import Path
from typing import Final

from dash import Dash
from dash.development.base_component import Component
from fastapi import FastAPI

from dashboards.shell.acting import take_commands
from dashboards.shell.compression import CompressedScripts
from dashboards.shell.door import add_door
from dashboards.shell.frame import nowhere, whole
from dashboards.shell.guard import Guard
from dashboards.shell.page import pages
from dashboards.shell.reading import PagePorts, Screen
from dashboards.shell.refresh import answer, connect, unseen
from dashboards.shell.routes import PageRoutes, page_at
from dashboards.shell.theme import style_variables
from dashboards.shell.visit import PAGE_PATH, PAGE_QUERY
from telassure.access.admission import Admission
from telassure.access.connections import ConnectionRoom
from telassure.access.listening import ListeningSettings, judge_listening, server_config
from telassure.access.web_server import Server
from telassure.kernel.errors import ConfigurationError

_INDEX: Final = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<title>{%title%}</title>
<link rel="icon" type="image/svg+xml" href="/assets/icon.svg">
<style>VARIABLES</style>
{%css%}
</head>
<body>
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""
_GRACE_SECONDS: Final = 3


def create_app(ports: PagePorts, admission: Admission) -> Dash:
    """Every declared page as one Dash app; its `server` is an ASGI application that guards itself (see
    dashboards.shell.guard) and answers whom `admission` lets in.
    """
    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_door(server, admission)
    if ports.desk is not None:
        take_commands(server, ports.desk)
    app = Dash(
        "dashboards",
        server=server,  # type: ignore[arg-type]  # Dash's annotation knows Flask only
        assets_folder=str(Path(__file__).parent / "assets"),
        use_pages=False,
        serve_locally=True,
        title="Telassure operations",
        update_title=None,  # type: ignore[arg-type]  # documented: None leaves the title alone
        index_string=_INDEX.replace("VARIABLES", style_variables()),
        suppress_callback_exceptions=True,  # a page has its own elements only, and the callbacks of all are known
        enable_mcp=False,
        add_log_handler=False,
    )
    app.backend.websocket_capability = False  # its updates come by POST: no socket is offered to the browser
    screen = Screen(ports)
    app.layout = lambda: _filled(screen, PAGE_PATH.get(), PAGE_QUERY.get())
    for page in pages().values():
        connect(app, screen, page)
    server.add_middleware(PageRoutes)
    server.add_middleware(CompressedScripts)
    server.add_middleware(Guard, admission=admission, script_hashes=app.csp_hashes)
    return app


def serve(place: ListeningSettings, ports: PagePorts, admission: Admission) -> None:
    """Answer there until SIGTERM or SIGINT. ConfigurationError where anybody could read it off loopback, or it would
    speak plainly to the network."""
    if admission.open and not place.near:
        raise ConfigurationError(f"dashboards.host: {place.host} is reached from elsewhere: nobody reads without login")
    judge_listening("dashboards", place)
    app = create_app(ports, admission)
    config = server_config(app.server, place, ConnectionRoom(), _GRACE_SECONDS, lifespan="off")
    Server(config, ports.ours.beat).run()


def _filled(screen: Screen, path: str, query: str) -> Component:
    """The page with what its address asks for already in it."""
    page = page_at(path)
    if page is None or unseen(page):
        return nowhere(path)
    filled, seen = answer(screen, page, query, {})
    return whole(page, filled, seen, f"?{query}" if query else "")
