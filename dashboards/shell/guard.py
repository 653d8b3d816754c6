"""Who may ask: own hosts and origins only, the token where one is set, and headers that allow nothing from outside."""

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextvars import ContextVar
from typing import Any, Final
from urllib.parse import urlsplit

from telassure.kernel.rights import OPERATE, VIEW

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
BODY_BYTES: Final = 256 << 10
PAGE_QUERY: Final[ContextVar[str]] = ContextVar("page_query", default="")
"""The query string of the page that the request under way comes from."""
PAGE_PATH: Final[ContextVar[str]] = ContextVar("page_path", default="/")
"""Its path."""
PAGE_USER: Final[ContextVar[str]] = ContextVar("page_user", default="")
"""The name that its browser gave beside the token; "" where it gave none. It is stated, and proves nothing."""
LONGEST_NAME: Final = 128
RIGHTS: Final = frozenset({VIEW, OPERATE})
"""What whoever may pass the guard may do: there is one token, for all of it."""
_METHODS: Final = ("GET", "HEAD", "POST")


class Guard:
    """ASGI in front of the page.

    Without a token only requests to a loopback name are served, so that a name rebound to 127.0.0.1 reaches nothing;
    with one, every request must bear it (Basic password or bearer). A POST from another origin is refused, websockets
    are refused, and each answer carries the security headers.
    """

    def __init__(self, app: App, token: str | None, script_hashes: Callable[[], Sequence[str]]) -> None:
        self._app = app
        self._token = token
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
        refusal = self.refusal(scope["method"], headers)
        if refusal is not None:
            await self._refuse(*refusal, self._secured(send))
        else:
            address = urlsplit(headers.get("referer", ""))
            PAGE_QUERY.set(address.query)
            PAGE_PATH.set(address.path or "/")
            PAGE_USER.set(user_of(headers.get("authorization", "")))
            await self._app(scope, receive, self._secured(send))

    def refusal(self, method: str, headers: dict[str, str]) -> tuple[int, str] | None:
        """The status and the reason of a refusal, None where the request may pass."""
        host = headers.get("host", "")
        if method not in _METHODS:
            return 405, "the page is read with GET; its updates come by POST"
        if self._token is None and _name(host) not in LOOPBACK:
            return 403, f"this page answers to 127.0.0.1 and localhost only, not to {host!r}"
        if self._token is not None and not bears(headers.get("authorization", ""), self._token):
            return 401, "the dashboard token is needed: as the password of any user, or as a bearer"
        return _of_post(headers, host) if method == "POST" else None

    async def _refuse(self, status: int, reason: str, send: Send) -> None:
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        if status == 401:
            headers.append((b"www-authenticate", b'Basic realm="Telassure", charset="UTF-8"'))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": reason.encode()})

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
                " connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            )
            self._headers = [
                (b"content-security-policy", policy.encode()),
                (b"x-frame-options", b"DENY"),
                (b"x-content-type-options", b"nosniff"),
                (b"referrer-policy", b"same-origin"),
                (b"cross-origin-opener-policy", b"same-origin"),
                (b"cross-origin-resource-policy", b"same-origin"),
            ]
        return self._headers


def bears(authorization: str, token: str) -> bool:
    """Does the header hold the token? Compared in constant time."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "basic":
        credentials = _basic(credentials)[1]
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(credentials.encode(), token.encode())


def user_of(authorization: str) -> str:
    """The name beside the password of Basic credentials, as far as it is one.

    >>> user_of("Basic ZXZlOnRva2Vu"), user_of("Bearer token")
    ('eve', '')
    """
    scheme, _, credentials = authorization.partition(" ")
    name = _basic(credentials)[0] if scheme.lower() == "basic" else ""
    return name if name.isprintable() and len(name) <= LONGEST_NAME else ""


def _basic(credentials: str) -> tuple[str, str]:
    try:
        name, _, password = base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password


def _of_post(headers: dict[str, str], host: str) -> tuple[int, str] | None:
    if not _same_origin(headers, host):
        return 403, "requests from another origin are refused"
    length = headers.get("content-length", "")
    if not length.isdecimal():
        return 411, "the content's length is missing or no number"
    return (413, f"at most {BODY_BYTES} bytes are read") if int(length) > BODY_BYTES else None


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _same_origin(headers: dict[str, str], host: str) -> bool:
    """A browser says the origin of every POST; what says none at all is not a browser."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == host.lower()
