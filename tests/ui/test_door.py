"""Logging in to the page over HTTP, what a session may do, and every route, callback and command with every role."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from dashboards.app import create_app
from dashboards.shell.guard import DOORS
from dashboards.shell.page import pages
from streams.operators.commands import commands
from telassure import wiring
from telassure.access.admission import Admission
from telassure.access.principal import Principal
from telassure.access.roles import ROLES
from telassure.access.sessions import Sessions
from telassure.access.tokens import Tokens
from telassure.access.trail import HOUSE
from telassure.kernel.commands import CommandDesk, Instruction, Reply
from telassure.kernel.errors import NotPermitted
from telassure.kernel.instant import parse_instant
from telassure.kernel.rights import BILL
from telassure.wiring.access import access_store, trail_of
from tests.adding import added
from tests.ui.night import PASSWORD_OF_EVE, Night

HOME = "http://127.0.0.1:8050"
FROM_HERE = {"origin": HOME, "sec-fetch-site": "same-origin"}
SECRETS = {role: f"the-token-of-a-principal-with-the-role-{role}" for role in ROLES}


@dataclass
class Browser:
    """Asks as a browser does, keeping its cookies."""

    app: Any
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def ask(self, method: str, path: str, headers: Mapping[str, Any] | None = None, **more: Any) -> httpx.Response:
        async def answered() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url=HOME, cookies=self.cookies) as client:
                answer = await client.request(method, path, headers=headers, **more)
                self.cookies = client.cookies
                return answer

        return asyncio.run(answered())

    def form(self) -> str:
        return self.ask("GET", "/login").text.partition('name="csrf" value="')[2].partition('"')[0]

    def login(self, password: str = PASSWORD_OF_EVE, **more: str) -> httpx.Response:
        fields = {"name": "eve", "password": password, "csrf": self.form(), **more}
        return self.ask("POST", "/login", FROM_HERE, data=fields)

    def session(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", "/session").json()
        return found

    def act(self, headers: Mapping[str, str] | None = None, command: str = "ack") -> httpx.Response:
        told = {**FROM_HERE, "x-csrf-token": self.session()["csrf"]} if headers is None else headers
        return self.ask("POST", "/act", told, json={"command": command, "object": "no-such-thing", "fields": {}})


@dataclass
class Noting:
    """A desk that asks whether it is permitted and does nothing."""

    given: list[Instruction] = field(default_factory=list)

    def give(self, instruction: Instruction) -> Reply:
        rights = {each.right for (name, _), each in commands().items() if name == instruction.command}
        refused = [why for right in rights if (why := instruction.permit(right, "north"))]
        if refused:
            raise NotPermitted(refused[0])
        self.given.append(instruction)
        return Reply("a-1", None)


def served(night: Night, admission: Admission, desk: CommandDesk | None = None) -> Any:
    return create_app(replace(night.ports, desk=desk or Noting()), admission).server


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """An installation for tests that leave nothing behind which another would meet."""
    found = Night(tmp_path_factory.mktemp("lasting"), parse_instant("2026-03-12T02:40:00Z"))
    found.link_of_eve()
    yield found
    found.close()


@pytest.fixture(scope="module")
def app(lasting: Night) -> Any:
    return served(lasting, lasting.door())


@pytest.fixture
def browser(app: Any) -> Browser:
    return Browser(app)


def test_eve_logs_in_by_her_password(browser: Browser) -> None:
    answer = browser.login()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (browser.session()["name"], browser.session()["roles"]) == ("eve", ["operator"])


@pytest.mark.parametrize("secure", [False, True])
def test_the_cookie_is_for_this_server_alone_and_no_script_reads_it(lasting: Night, secure: bool) -> None:
    browser = Browser(served(lasting, replace(lasting.door(), secure=secure)))
    said = browser.ask("GET", "/" + lasting.link_of_eve()).headers["set-cookie"].lower()
    assert [word for word in ("httponly", "samesite=lax", "path=/") if word not in said] == []
    assert ("secure" in said, said.startswith("__host-")) == (secure, secure)


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD_OF_EVE.upper()])
def test_who_does_not_know_the_password_stays_nobody(browser: Browser, lasting: Night, password: str) -> None:
    answer = browser.login(password)
    assert (answer.status_code, "is wrong" in answer.text) == (401, True)
    assert not browser.session()["logged_in"]
    assert wiring.audit_trail(lasting.settings).newest(1)[0].outcome == "failed"


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({"csrf": ""}, FROM_HERE),
        ({"csrf": "0" * 64}, FROM_HERE),
        ({"csrf": "é"}, FROM_HERE),
        ({}, {"origin": "https://evil.example"}),
        ({}, {"origin": "null"}),
        ({}, {"sec-fetch-site": "cross-site"}),
    ],
)
def test_a_login_that_another_site_sends_is_refused(
    browser: Browser, fields: dict[str, str], headers: dict[str, str]
) -> None:
    said = {"name": "eve", "password": PASSWORD_OF_EVE, "csrf": browser.form(), **fields}
    assert browser.ask("POST", "/login", headers, data=said).status_code == 403
    assert not browser.session()["logged_in"]


def test_a_form_of_too_many_fields_is_told_so(browser: Browser) -> None:
    answer = browser.ask("POST", "/login", FROM_HERE, content="&".join(f"f{n}=1" for n in range(99)))
    assert (answer.status_code, "too many fields" in answer.text) == (400, True)


def test_who_tries_too_often_is_told_when_to_come_again(lasting: Night) -> None:
    store = access_store(lasting.settings)
    sessions = Sessions(store, wiring.WallClock(), trail_of(lasting.settings, store), elapsed=lambda: 0.0)
    browser = Browser(served(lasting, Admission(sessions=sessions, open=True)))
    for _ in range(5):
        assert browser.login("wrong").status_code == 401
    answer = browser.login()
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)


def test_a_link_logs_in_once(browser: Browser, lasting: Night) -> None:
    link = "/" + lasting.link_of_eve()
    assert browser.ask("GET", link).status_code == 303
    assert browser.session()["name"] == "eve"
    assert Browser(browser.app).ask("GET", link).status_code == 403


def test_an_act_is_of_whoever_has_logged_in(lasting: Night) -> None:
    desk = Noting()
    browser = Browser(served(lasting, lasting.door(), desk))
    browser.ask("GET", "/" + lasting.link_of_eve())
    assert browser.act().json()["kind"] == "waiting"
    assert [(each.user, each.stated, each.face) for each in desk.given] == [("eve", False, "page")]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        FROM_HERE,
        {**FROM_HERE, "x-csrf-token": ""},
        {**FROM_HERE, "x-csrf-token": "0" * 64},
        {"x-csrf-token": "RIGHT"},
        {"x-csrf-token": "RIGHT", "origin": "https://evil.example"},
        {"x-csrf-token": "RIGHT", "origin": HOME, "sec-fetch-site": "cross-site"},
        {"x-csrf-token": "RIGHT", "origin": "http://127.0.0.1:9999"},
    ],
)
@pytest.mark.parametrize("path", ["/act", "/logout"])
def test_a_change_in_a_session_needs_its_token_and_its_origin(
    browser: Browser, lasting: Night, headers: dict[str, str], path: str
) -> None:
    browser.ask("GET", "/" + lasting.link_of_eve())
    told = {name: browser.session()["csrf"] if text == "RIGHT" else text for name, text in headers.items()}
    body = {"command": "ack", "object": "x", "fields": {}}
    assert browser.ask("POST", path, told, json=body).status_code == 403
    assert browser.session()["name"] == "eve"


def test_who_logs_out_is_nobody_again(browser: Browser) -> None:
    browser.login()
    stolen = httpx.Cookies(browser.cookies)
    answer = browser.ask("POST", "/logout", {**FROM_HERE, "x-csrf-token": browser.session()["csrf"]}, json={})
    assert answer.status_code == 204
    assert not Browser(browser.app, stolen).session()["logged_in"]
    assert browser.act(FROM_HERE).status_code == 401


@pytest.mark.parametrize("name", ["telassure_session", "__Host-telassure"])
@pytest.mark.parametrize("key", ["", "x", "0" * 43, "é".encode().decode("latin-1")])
def test_a_cookie_that_is_no_session_is_nobodys(browser: Browser, name: str, key: str) -> None:
    answer = browser.ask("GET", "/session", {"cookie": f"{name}={key}".encode("latin-1")})
    assert not answer.json()["logged_in"]


@pytest.mark.parametrize(
    ("accept", "status"), [("text/html", 303), ("text/html,application/xml;q=0.9", 303), ("*/*", 401), ("", 401)]
)
def test_where_nobody_reads_without_login_a_browser_is_led_to_it(lasting: Night, accept: str, status: int) -> None:
    browser = Browser(served(lasting, replace(lasting.door(), open=False)))
    answer = browser.ask("GET", "/", {"accept": accept})
    assert (answer.status_code, answer.headers.get("location")) == (status, "/login" if status == 303 else None)
    assert browser.ask("GET", "/login").status_code == 200


def test_the_page_says_that_it_is_read_without_login(browser: Browser) -> None:
    layout = browser.ask("GET", "/_dash-layout").text
    assert ("read only" in layout, "log in" in layout, "log out" in layout) == (True, True, False)


def test_the_page_says_who_has_logged_in(browser: Browser) -> None:
    browser.login()
    layout = browser.ask("GET", "/_dash-layout").text
    assert ("read only" in layout, '"eve"' in layout, "log out" in layout) == (False, True, True)


# The walk: what is declared, with every role, and with nobody.

SECRET_PAGE = '''"""A page that only who bills sees."""

from typing import Final

from dash import html

from dashboards.shell.frame import header, messages
from dashboards.shell.page import Page, Panel
from dashboards.shell.reading import Read
from telassure.kernel.instant import parse_instant
from telassure.kernel.rights import BILL

WORD: Final = Read("word", lambda reading: "the secret of who bills")
BILLS: Final = Page(
    name="bills",
    path="/bills",
    title="Bills",
    panels=(Panel("word", (WORD,), lambda word: word, lambda word, now: html.P(word)),),
    frame=lambda page, filled: [header(page), *messages(page, filled), html.P(filled.get("word"), id=page.id("word"))],
    right=BILL,
)
'''


@pytest.fixture
def roles(night: Night, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The pages with one that few may see, and a token for each role; nobody reads without one."""
    tokens = Tokens({secret: Principal(role, frozenset({role})) for role, secret in SECRETS.items()})
    with added("dashboards/pages/bills.py", SECRET_PAGE, tmp_path_factory.mktemp("added")):
        yield served(night, Admission(tokens, night.door().sessions))


def asked(app: Any, role: str | None, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {SECRETS[role]}"} if role else {}
    return Browser(app).ask(method, path, {**headers, **more.pop("headers", {})}, **more)


def seen_by(role: str | None) -> set[str]:
    return {path for path, page in pages().items() if role and page.right in ROLES[role]}


def refresh_of(app: Any, path: str) -> dict[str, Any]:
    """What the browser posts to refresh a page."""
    page = pages()[path]
    listed = asked(app, "admin", "GET", "/_dash-dependencies").json()
    (found,) = [each for each in listed if f"..{page.id(page.panels[0].name)}." in each["output"]]
    pairs = [each.rsplit(".", 1) for each in found["output"].strip(".").split("...")]
    return {
        "output": found["output"],
        "outputs": [{"id": name, "property": part} for name, part in pairs],
        "inputs": [{**each, "value": None} for each in found["inputs"]],
        "state": [{**each, "value": {}} for each in found["state"]],
        "changedPropIds": [],
    }


@pytest.mark.parametrize("role", [*ROLES, None])
def test_every_route_is_refused_to_who_may_see_no_page(roles: Any, role: str | None) -> None:
    wanted = 200 if seen_by(role) else 403 if role else 401
    routes = {route.path for route in roles.routes if "GET" in getattr(route, "methods", ()) and "{" not in route.path}
    found = {path: asked(roles, role, "GET", path).status_code for path in routes - DOORS}
    assert {path: status for path, status in found.items() if status >= 400} == (
        {} if wanted == 200 else dict.fromkeys(found, wanted)
    )


@pytest.mark.parametrize("role", [*ROLES, None])
def test_every_callback_answers_the_roles_that_bring_the_right_of_its_page(roles: Any, role: str | None) -> None:
    found = {
        path: asked(roles, role, "POST", "/_dash-update-component", json=refresh_of(roles, path)) for path in pages()
    }
    assert {path for path, answer in found.items() if answer.status_code == 200} == seen_by(role)
    assert [
        path
        for path, answer in found.items()
        if ("secret of who" in answer.text) != (path == "/bills" and role in _BILLERS)
    ] == []


@pytest.mark.parametrize("role", [*ROLES, None])
def test_every_page_is_laid_out_for_the_roles_that_bring_its_right(roles: Any, role: str | None) -> None:
    text = asked(roles, role, "GET", "/_dash-layout", headers={"referer": f"{HOME}/bills"}).text
    assert ("secret of who" in text) == (role in _BILLERS)


_BILLERS = {role for role, rights in ROLES.items() if BILL in rights}


@pytest.mark.parametrize("role", [*ROLES, None])
def test_every_command_is_taken_from_the_roles_that_bring_its_right(night: Night, role: str | None) -> None:
    tokens = Tokens({secret: Principal(each, frozenset({each})) for each, secret in SECRETS.items()})
    desk = Noting()
    app = served(night, Admission(tokens, open=True), desk)
    wanted: dict[str, set[str]] = {}
    for (name, _), command in commands().items():
        wanted.setdefault(name, set()).add(command.right)
    allowed = {name for name, rights in wanted.items() if role and rights <= ROLES[role]}
    found = {
        name: asked(app, role, "POST", "/act", json={"command": name, "object": "x"}).status_code for name in wanted
    }
    assert {name for name, status in found.items() if status == 200} == allowed
    assert {status for status in found.values() if status != 200} <= ({403} if role else {401})
    assert {each.user for each in desk.given} <= {role}


@pytest.mark.parametrize("role", [*ROLES, None])
def test_only_what_a_role_may_ask_is_shown(night: Night, role: str | None) -> None:
    tokens = Tokens({secret: Principal(each, frozenset({each})) for each, secret in SECRETS.items()})
    layout = asked(served(night, Admission(tokens, open=True)), role, "GET", "/_dash-layout").text
    shown = {name for name, _ in commands() if f'"data-command":"{name}"' in layout}
    rights = {(name, each.right) for (name, _), each in commands().items()}
    assert shown <= {name for name, right in rights if role and right in ROLES[role]}
    assert bool(shown) == (role in {"operator", "analyst", "admin"})


def test_a_refused_command_is_written_down(lasting: Night) -> None:
    with wiring.opened_log(lasting.settings) as log:
        desk = wiring.commands(lasting.settings, log, lasting.reader)
        people = wiring.accounts(lasting.settings, HOUSE)
        people.open(Principal("kim", frozenset({"viewer"})), "ten green otters at dawn")
        browser = Browser(served(lasting, lasting.door(), desk))
        browser.ask("GET", f"/enter?once={people.link('kim')}")
        assert browser.act().status_code == 403
    (entry,) = wiring.audit_trail(lasting.settings).newest(1)
    assert (entry.actor, entry.deed, entry.outcome) == ("kim", "ack", "may not, asked by page")
