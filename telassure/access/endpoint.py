"""An address that is answered, with the right that it needs: every one of an app is known and can be walked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI, Request

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
