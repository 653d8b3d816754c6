"""Who stands at the door of the pages: who has logged in, who bears a token, or anybody on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Final

from telassure.access.principal import Concern, Principal, may
from telassure.access.sessions import Sessions, csrf_token
from telassure.access.tokens import Authenticator, Tokens

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
ANYBODY: Final = Principal("anybody on this machine", frozenset({"viewer"}))
_NOBODY: Final = Principal("nobody", frozenset())


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. `session` is the key that the browser bears, "" where nobody has logged in by it; `known`: a session
    or a token says who it is."""

    principal: Principal
    session: str = ""
    known: bool = False

    def may_see(self, right: str) -> bool:
        """Whether a page of all domains that needs this right is shown."""
        return may(self.principal, right, Concern(domain=""))

    def may_ask(self, right: str) -> bool:
        """Whether there is anything at all on which this right may be used."""
        return may(self.principal, right, Concern())

    @property
    def csrf(self) -> str:
        """What has to come with everything that is asked in this session."""
        return csrf_token(self.session) if self.session else ""


NOBODY: Final = Visitor(_NOBODY)


@dataclass(frozen=True, slots=True)
class Admission:
    """The door. `sessions` None: nobody can log in. `open`: who is not known may read. `hosts` are the names that the
    pages answer to; none: any. `secure`: browsers reach them over TLS alone, so that cookies are for that."""

    tokens: Authenticator = field(default_factory=lambda: Tokens({}))
    sessions: Sessions | None = None
    open: bool = False
    hosts: frozenset[str] = LOOPBACK
    secure: bool = False

    @property
    def cookie(self) -> str:
        """The name of the cookie that holds a session's key."""
        return "__Host-telassure" if self.secure else "telassure_session"

    def visitor(self, headers: Mapping[str, str], token: str) -> Visitor:
        """Who asks, by the cookie and the `token` that the headers bear."""
        key = cookie_of(headers, self.cookie)
        found = self.sessions.principal(key) if key and self.sessions is not None else None
        if found is not None:
            return Visitor(found, key, known=True)
        bearing = self.tokens.principal(token) if token else None
        if bearing is not None:
            return Visitor(bearing, known=True)
        return Visitor(ANYBODY) if self.open and not token else NOBODY


def cookie_of(headers: Mapping[str, str], name: str) -> str:
    """The value of a cookie, "" where there is none.

    >>> cookie_of({"cookie": "a=1; telassure_session=k"}, "telassure_session")
    'k'
    """
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return "" if found is None else found.value
