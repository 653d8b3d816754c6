"""Bearer tokens: who is behind one, and their digests, since no token is kept."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final, Protocol

from telassure.access.principal import Principal
from telassure.kernel.errors import ConfigurationError

_SHORTEST_TOKEN: Final = 16


class Authenticator(Protocol):
    """Finds the principal of a bearer token; None where the token is nobody's. TransientError where nobody can say."""

    def principal(self, token: str) -> Principal | None: ...


class Tokens:
    """A few fixed tokens, kept as digests."""

    def __init__(self, principals: Mapping[str, Principal]) -> None:
        self._known = {digest_of(token): principal for token, principal in principals.items()}

    def principal(self, token: str) -> Principal | None:
        return self._known.get(token_digest(token))


def digest_of(token: str) -> bytes:
    """The digest of a token that is to open something; ConfigurationError for one that could be guessed."""
    if len(token) < _SHORTEST_TOKEN:
        raise ConfigurationError(f"an API token is shorter than {_SHORTEST_TOKEN} characters; make a random one")
    return token_digest(token)


def token_digest(token: str) -> bytes:
    """What is kept of a token and looked up. Tokens are random, so that one pass is enough; how long the look-up of a
    digest takes tells nothing of the token."""
    return sha256(token.encode("utf-8", "surrogateescape")).digest()
