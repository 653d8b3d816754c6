"""Who may do what: bearer tokens compared in constant time, and the roles and feeds of their clients."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from telassure.kernel.errors import ConfigurationError
from telassure.kernel.feeds import RECORDED
from telassure.kernel.roles import INGEST, RECORD

_SHORTEST_TOKEN: Final = 16


@dataclass(frozen=True, slots=True)
class Client:
    """Who calls: a name for the records, the roles, and the feeds it may speak for (none named: any)."""

    name: str
    roles: frozenset[str] = frozenset({INGEST})
    feeds: frozenset[str] = frozenset()

    def may(self, role: str, feed: str) -> bool:
        """Whether it has this role, for what is said in the name of this feed. A recording has a clock of its own, so
        only a client with the role RECORD may speak for one."""
        needed = {role} - {INGEST} | {RECORD} if feed.startswith(RECORDED) else {role}
        return needed <= self.roles and (not self.feeds or feed in self.feeds)


class Authenticator(Protocol):
    """Finds the client of a bearer token; None where the token is nobody's."""

    def client(self, token: str) -> Client | None: ...


class Tokens:
    """A few fixed tokens, kept as hashes. Every one is compared, in constant time."""

    def __init__(self, clients: Mapping[str, Client]) -> None:
        if any(len(token) < _SHORTEST_TOKEN for token in clients):
            raise ConfigurationError(f"an API token is shorter than {_SHORTEST_TOKEN} characters; make a random one")
        self._clients = [(sha256(token.encode()).digest(), client) for token, client in clients.items()]

    def client(self, token: str) -> Client | None:
        asked = sha256(token.encode("utf-8", "surrogateescape")).digest()
        found = None
        for known, client in self._clients:
            if hmac.compare_digest(asked, known):
                found = client
        return found
