"""Who gets an answer, over HTTP: foreign hosts, foreign origins, no token, and the headers of every answer."""

import asyncio
import base64
from typing import Any

import httpx
import pytest

from dashboards.app import create_app, serve
from dashboards.shell.guard import BODY_BYTES
from telassure.access.admission import Admission
from telassure.access.listening import ListeningSettings
from telassure.access.principal import Principal
from telassure.access.tokens import Tokens
from telassure.kernel.errors import ConfigurationError
from tests.ui.night import Night

HOME = "http://127.0.0.1:8050"
UPDATE = "/_dash-update-component"
TOKEN = "the-token-of-a-screen"
SCREEN = Tokens({TOKEN: Principal("screen", frozenset({"viewer"}))})


class Client:
    """The page asked over ASGI as by a browser, one request at a time."""

    def __init__(self, app: Any, base: str) -> None:
        self._app = app
        self._base = base

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url=self._base) as client:
                return await client.request(method, path, **more)

        return asyncio.run(ask())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)


@pytest.fixture
def page(quiet: Night) -> Client:
    app = create_app(quiet.ports, Admission(open=True))
    return Client(app.server, HOME)


@pytest.fixture
def locked(quiet: Night) -> Client:
    app = create_app(quiet.ports, Admission(SCREEN, hosts=frozenset()))
    return Client(app.server, "http://noc.example:8050")


def basic(password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"anyone:{password}".encode()).decode()}


@pytest.mark.parametrize("host", ["127.0.0.1:8050", "localhost:8050", "[::1]:8050", "LOCALHOST"])
def test_loopback_names_are_answered(page: Client, host: str) -> None:
    assert page.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.7:8050", "", "[", "localhost.evil"])
def test_a_rebound_name_is_refused(page: Client, host: str) -> None:
    assert page.get("/", headers={"host": host}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": HOME},
    ],
)
def test_a_post_from_elsewhere_is_refused(page: Client, headers: dict[str, str]) -> None:
    answer = page.post(UPDATE, json={}, headers=headers)
    assert (answer.status_code, answer.text) == (403, "requests from another origin are refused")


def test_a_post_from_the_page_itself_passes_the_guard(page: Client) -> None:
    layout = page.get("/_dash-dependencies").json()
    (callback,) = (c for c in layout if "..system.children" in c["output"])
    outputs = [
        dict(zip(("id", "property"), o.rsplit(".", 1), strict=True)) for o in callback["output"].strip(".").split("...")
    ]
    inputs = [{**i, "value": None} for i in callback["inputs"]]
    state = [{**s, "value": {}} for s in callback["state"]]
    body = {"output": callback["output"], "outputs": outputs, "inputs": inputs, "state": state, "changedPropIds": []}
    answer = page.post(UPDATE, json=body, headers={"origin": HOME, "sec-fetch-site": "same-origin"})
    assert "WAITING FOR DATA" in answer.text


def test_a_large_body_is_refused_before_it_is_read(page: Client) -> None:
    assert page.post(UPDATE, content=b"x" * (BODY_BYTES + 1)).status_code == 413


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused(page: Client, method: str) -> None:
    assert page.request(method, "/").status_code == 405


@pytest.mark.parametrize(
    "headers", [{}, basic("wrong"), {"authorization": "Bearer wrong"}, {"authorization": "Basic %%"}]
)
@pytest.mark.parametrize("path", ["/", "/_dash-layout", "/assets/page.css", UPDATE])
def test_nothing_is_answered_without_the_token(locked: Client, path: str, headers: dict[str, str]) -> None:
    answer = locked.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("headers", [basic(TOKEN), {"authorization": f"Bearer {TOKEN}"}])
def test_the_token_opens_the_page_under_any_name(locked: Client, headers: dict[str, str]) -> None:
    assert locked.get("/", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/_dash-layout", "/assets/page.css", "/nowhere"])
def test_every_answer_carries_the_security_headers(page: Client, path: str) -> None:
    headers = page.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "unsafe-inline" not in policy.partition("style-src")[0]
    assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/_mcp"])
def test_pages_that_would_fetch_from_the_net_are_not_there(page: Client, path: str) -> None:
    assert page.get(path).status_code == 404


def test_the_page_comes_filled_for_the_address_it_was_asked_by(page: Client) -> None:
    text = page.get("/_dash-layout", headers={"referer": f"{HOME}/?incident=sp-gone"}).text
    assert "This incident is not known here" in text


def test_off_loopback_the_page_does_not_start_open_to_everybody(quiet: Night) -> None:
    with pytest.raises(ConfigurationError, match="reached from elsewhere"):
        serve(ListeningSettings(host="0.0.0.0"), quiet.ports, Admission(open=True))
