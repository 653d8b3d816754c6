"""Who may ask: own hosts and origins only, whom the door admits, and headers that allow nothing from outside."""

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from dashboards.shell.page import pages
from dashboards.shell.visit import PAGE_PATH, PAGE_QUERY, VISITOR
from telassure.access.admission import NOBODY, Admission, Visitor
from telassure.access.listening import host_name

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_BYTES: Final = 256 << 10
LOGIN: Final = "/login"
ENTER: Final = "/enter"
DOORS: Final = frozenset({LOGIN, ENTER})
"""Where whoever is not known yet may go."""
UPDATE: Final = "/_dash-update-component"
_HEADER: Final = "x-csrf-token"
_METHODS: Final = ("GET", "HEAD", "POST")
_CHANGES_NOTHING: Final = frozenset({UPDATE, LOGIN})  # the first only reads; the second has a token in its form


class Guard:
    """ASGI in front of the pages.

    Only the hosts of the admission are answered, so that a name rebound to 127.0.0.1 reaches nothing. Who may see no
    page is led to the login. A POST from another origin is refused, and in a session so is one without the token that
    its page shows. Websockets are refused, and each answer carries the security headers.
    """

    def __init__(self, app: App, admission: Admission, script_hashes: Callable[[], Sequence[str]]) -> None:
        self._app = app
        self._admission = admission
        self._hashes = script_hashes
        self._headers: list[tuple[bytes, bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): text.decode("latin-1") for name, text in scope["headers"]}
        asked = PageRequest(scope["method"], scope["path"], headers)
        refused = asked.refusal(self._admission.hosts)
        visitor = NOBODY
        if refused is None:
            visitor = self._admission.visitor(headers, borne(headers.get("authorization", "")))
            refused = asked.refusal_to(visitor)
        if refused is not None:
            await _refuse(refused, self._secured(send))
            return
        address = urlsplit(headers.get("referer", ""))
        PAGE_QUERY.set(address.query)
        PAGE_PATH.set(address.path or "/")
        VISITOR.set(visitor)
        await self._app(scope, receive, self._secured(send))

    def _secured(self, send: Send) -> Send:
        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._security()]
            await send(message)

        return secured

    def _security(self) -> list[tuple[bytes, bytes]]:
        if not self._headers:
            scripts = " ".join(("'self'", *self._hashes()))
            policy = (
                f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
                " connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
            )
            self._headers = [
                (b"content-security-policy", policy.encode()),
                (b"x-frame-options", b"DENY"),
                (b"x-content-type-options", b"nosniff"),
                (b"referrer-policy", b"same-origin"),
                (b"cross-origin-opener-policy", b"same-origin"),
                (b"cross-origin-resource-policy", b"same-origin"),
            ]
            if self._admission.secure:
                self._headers.append((b"strict-transport-security", b"max-age=31536000"))
        return self._headers


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Why a request is not answered; `to` is where its browser is led instead."""

    status: int
    reason: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request as the guard sees it, before anything of its body is read."""

    method: str
    path: str
    headers: Mapping[str, str]

    def refusal(self, hosts: frozenset[str]) -> TurnedAway | None:
        """Why nobody may ask so, whoever it is."""
        host = self.headers.get("host", "")
        if self.method not in _METHODS:
            return TurnedAway(405, "the page is read with GET; its updates come by POST")
        if hosts and host_name(host) not in hosts:
            return TurnedAway(403, f"this page answers to {', '.join(sorted(hosts))} only, not to {host[:100]!r}")
        return self._of_post(host) if self.method == "POST" else None

    def refusal_to(self, visitor: Visitor) -> TurnedAway | None:
        """Why this visitor may not ask it."""
        if self.path in DOORS:
            return None
        if not any(visitor.may_see(page.right) for page in pages().values()):
            if visitor.known:
                return TurnedAway(403, f"{visitor.principal.name} may see no page: none of its roles brings the right")
            led = self.method == "GET" and "text/html" in self.headers.get("accept", "")
            return TurnedAway(401, "log in at /login, or send a token as bearer", LOGIN if led else "")
        return self._of_session(visitor) if self.method == "POST" and self.path not in _CHANGES_NOTHING else None

    def _of_session(self, visitor: Visitor) -> TurnedAway | None:
        """A change needs somebody who is known; of a session also what only its own page can send."""
        if not visitor.known:
            return TurnedAway(401, "nobody has logged in here: reload the page, and log in")
        if not visitor.session:
            return None
        if "origin" not in self.headers and self.headers.get("sec-fetch-site") != "same-origin":
            return TurnedAway(403, "a change that says no origin is refused")
        if not hmac.compare_digest(self.headers.get(_HEADER, "").encode(), visitor.csrf.encode()):
            return TurnedAway(403, f"a change needs the header {_HEADER} with the token that the page shows: reload it")
        return None

    def _of_post(self, host: str) -> TurnedAway | None:
        if not _same_origin(self.headers, host):
            return TurnedAway(403, "requests from another origin are refused")
        length = self.headers.get("content-length", "")
        if not length.isdecimal():
            return TurnedAway(411, "the content's length is missing or no number")
        return TurnedAway(413, f"at most {BODY_BYTES} bytes are read") if int(length) > BODY_BYTES else None


def borne(authorization: str) -> str:
    """The token of a header: as bearer, or as the password of any user.

    >>> borne("Bearer k"), borne("Basic ZXZlOms=")
    ('k', 'k')
    """
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


async def _refuse(refused: TurnedAway, send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if refused.to:
        headers.append((b"location", refused.to.encode()))
    elif refused.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="Telassure"'))
    await send({"type": "http.response.start", "status": 303 if refused.to else refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": refused.reason.encode()})


def _same_origin(headers: Mapping[str, str], host: str) -> bool:
    """A browser says the origin of every POST; what says none at all is not a browser."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == host.lower()
