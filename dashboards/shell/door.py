"""The door of the pages: logging in by a password or by a link that serves once, and out again."""

import secrets
from functools import partial
from html import escape
from string import Template
from typing import Final
from urllib.parse import parse_qs

import orjson
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from dashboards.shell.guard import BODY_BYTES, ENTER, LOGIN
from dashboards.shell.theme import style_variables
from dashboards.shell.visit import VISITOR
from telassure.access.admission import Admission, cookie_of
from telassure.access.sessions import Sessions, TriedTooOften, csrf_token
from telassure.kernel.errors import NotPermitted

LOGOUT: Final = "/logout"
SESSION: Final = "/session"
_FORM_COOKIE: Final = "telassure_form"
_FORM_SECONDS: Final = 3_600
_PAGE: Final = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Telassure: log in</title>
<link rel="icon" href="data:,">
<style>$variables
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--text);
  font: 16px/1.5 var(--font); }
form { width: 21rem; padding: 1.6rem; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; }
h1 { margin: 0 0 1rem; font-size: 1.25rem; }
label { display: block; margin: .8rem 0 .2rem; color: var(--soft); }
input { width: 100%; box-sizing: border-box; padding: .5rem; background: var(--raised); color: var(--text);
  border: 1px solid var(--line); border-radius: 4px; font: inherit; }
button { margin-top: 1.2rem; width: 100%; padding: .55rem; background: var(--accent); color: var(--ground); border: 0;
  border-radius: 4px; font: inherit; font-weight: 600; }
p { margin: 1rem 0 0; color: var(--muted); font-size: .9rem; }
[role=alert] { color: var(--bad); }
code { color: var(--soft); }
</style>
</head>
<body>
<form method="post" action="/login">
<h1>Telassure</h1>
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" maxlength="128" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="200" required>
<input type="hidden" name="csrf" value="$csrf">
<button type="submit">Log in</button>
<p role="alert">$trouble</p>
<p>Without a password: <code>telassure access link NAME</code> makes a link that logs in once.</p>
</form>
</body>
</html>""")


def add_door(server: FastAPI, admission: Admission) -> None:
    """GET LOGIN shows the form that POST LOGIN takes; GET ENTER?once=KEY logs in by a link; POST LOGOUT ends the
    session; GET SESSION says who has logged in. Where nobody can log in there is only the last."""
    server.add_api_route(SESSION, _session, methods=["GET"], response_model=None)
    if admission.sessions is None:
        return
    door = Door(admission, admission.sessions)
    server.add_api_route(LOGIN, door.form, methods=["GET"], response_model=None)
    server.add_api_route(LOGIN, door.login, methods=["POST"], response_model=None)
    server.add_api_route(ENTER, door.enter, methods=["GET"], response_model=None)
    server.add_api_route(LOGOUT, door.logout, methods=["POST"], response_model=None)


class Door:
    """The addresses of the door. A form is taken with the token that the same browser was shown it with."""

    def __init__(self, admission: Admission, sessions: Sessions) -> None:
        self._admission, self._sessions = admission, sessions

    async def form(self, request: Request) -> Response:
        return self._form(request, 200, "")

    async def login(self, request: Request) -> Response:
        body = await request.body()
        try:
            given = parse_qs(body.decode("utf-8", "replace")[:BODY_BYTES], max_num_fields=10)
        except ValueError:
            return self._form(request, 400, "That is not this form: it has too many fields.")
        name, password, shown = (given.get(each, [""])[0] for each in ("name", "password", "csrf"))
        cookie = cookie_of(dict(request.headers), _FORM_COOKIE)
        if not cookie or not secrets.compare_digest(csrf_token(cookie).encode(), shown.encode()):
            return self._form(request, 403, "This form is too old, or not of this page. Try again.")
        try:
            key = await run_in_threadpool(partial(self._sessions.login, name, password, _address(request)))
        except TriedTooOften as often:
            return self._form(request, 429, f"{often}.".capitalize(), {"Retry-After": str(often.seconds)})
        except NotPermitted as refused:
            return self._form(request, 401, f"{refused}.".capitalize())
        return self._entered(key)

    async def enter(self, request: Request) -> Response:
        key = request.query_params.get("once", "")
        try:
            found = await run_in_threadpool(partial(self._sessions.enter, key, _address(request)))
        except TriedTooOften as often:
            return self._form(request, 429, f"{often}.".capitalize(), {"Retry-After": str(often.seconds)})
        except NotPermitted as refused:
            return self._form(request, 403, f"{refused}.".capitalize())
        return self._entered(found)

    async def logout(self, request: Request) -> Response:
        await run_in_threadpool(partial(self._sessions.end, VISITOR.get().session))
        answer = Response(status_code=204)
        answer.delete_cookie(self._admission.cookie, path="/", secure=self._admission.secure, httponly=True)
        return answer

    def _entered(self, key: str) -> Response:
        answer = Response(status_code=303, headers={"Location": "/", "Cache-Control": "no-store"})
        answer.set_cookie(
            self._admission.cookie, key, path="/", secure=self._admission.secure, httponly=True, samesite="lax"
        )
        return answer

    def _form(self, request: Request, status: int, trouble: str, headers: dict[str, str] | None = None) -> Response:
        key = cookie_of(dict(request.headers), _FORM_COOKIE) or secrets.token_urlsafe(32)  # two tabs have one
        text = _PAGE.substitute(variables=style_variables(), csrf=csrf_token(key), trouble=escape(trouble))
        told = {"Cache-Control": "no-store", **(headers or {})}
        answer = Response(text, status, told, media_type="text/html; charset=utf-8")
        answer.set_cookie(
            _FORM_COOKIE,
            key,
            _FORM_SECONDS,
            path=LOGIN,
            secure=self._admission.secure,
            httponly=True,
            samesite="strict",
        )
        return answer


async def _session(request: Request) -> Response:
    visitor = VISITOR.get()
    said = {
        "name": visitor.principal.name,
        "roles": sorted(visitor.principal.roles),
        "logged_in": visitor.known,
        "csrf": visitor.csrf,
    }
    return Response(orjson.dumps(said), headers={"Cache-Control": "no-store"}, media_type="application/json")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
