"""An address that is answered, with the right that it needs: every one of an app is known and can be walked."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI, Request

from telassure.access.principal import Principal
from telassure.access.tokens import Authenticator

OPEN: Final = "open"
"""Anybody may: that it lives, and whether it is ready."""
KNOWN: Final = "known"
"""Whoever has a token that serves: what is asked for has a right of its own, which is asked for next."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and the right it needs. `near`: from this machine itself it needs none."""

    method: str
    path: str
    right: str
    near: bool = False


def note(app: FastAPI, endpoint: Endpoint) -> None:
    """Remember that an app answers there."""
    app.state.endpoints = (*endpoints_of(app), endpoint)


def endpoints_of(app: FastAPI) -> Sequence[Endpoint]:
    """Every address that an app answers at."""
    found: Sequence[Endpoint] = getattr(app.state, "endpoints", ())
    return found


def bearer(request: Request) -> str:
    """The bearer token of a request, "" where it has none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def asking(request: Request, authenticator: Authenticator) -> Principal | None:
    """Who asks, by a bearer token, or by Basic authentication whose user is the principal's name and whose password is
    its token (RFC 7617); None where the request names nobody who may."""
    if token := bearer(request):
        return authenticator.principal(token)
    name, token = _basic(request)
    found = authenticator.principal(token) if token else None
    return found if found is not None and found.name == name else None


def _basic(request: Request) -> tuple[str, str]:
    scheme, _, coded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = b64decode(coded.strip(), validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return name, password
