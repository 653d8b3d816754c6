"""The pages in a real browser: the page under a server, and a tab with what it fetched and complained about."""

import shutil
import socket
import threading
from dataclasses import replace
from typing import Any

import uvicorn

from dashboards.app import create_app
from telassure.kernel.commands import CommandDesk
from tests.ui.night import Night

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]
SIZES = [(1920, 1080), (1366, 768)]
GRAPH = "#graph .js-plotly-plot .main-svg"
SMALL = """least => [...document.querySelectorAll('.page *')].filter(e => e.checkVisibility() &&
  [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) &&
  parseFloat(getComputedStyle(e).fontSize) < least).map(e => e.className + ': ' + e.textContent)"""
CUT_IN = """places => [...document.querySelectorAll(places)]
  .filter(e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 2)
  .map(e => e.className + ': ' + e.textContent.slice(0, 60))"""


class Served:
    """The page under uvicorn in a thread, on a port of its own."""

    def __init__(self, night: Night, desk: CommandDesk | None = None) -> None:
        app = create_app(replace(night.ports, desk=desk), night.door())
        self._night = night
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self._server = uvicorn.Server(uvicorn.Config(app.server, lifespan="off", ws="none", log_config=None))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})
        self._thread.start()

    def for_eve(self) -> str:
        """Where eve, an operator, logs in once."""
        return self.url + self._night.link_of_eve()

    def end(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


class Viewer:
    """One tab and what it fetched and complained about."""

    def __init__(self, browser: Any, url: str, size: tuple[int, int] = (1366, 768), awaited: str = GRAPH) -> None:
        self.tab = browser.new_page(viewport={"width": size[0], "height": size[1]})
        self.fetched: list[str] = []
        self.complaints: list[str] = []
        self.tab.on("request", lambda request: self.fetched.append(request.url))
        self.tab.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.goto(url)
        self.tab.wait_for_selector(awaited)

    def cause(self) -> str:
        return str(self.tab.inner_text(".hero .cause"))

    def await_cause(self, name: str) -> None:
        self.await_text(".hero .cause", name)

    def await_text(self, selector: str, text: str) -> None:
        self.tab.wait_for_function(
            "([s, t]) => document.querySelector(s)?.textContent.includes(t)", arg=[selector, text], timeout=15_000
        )
