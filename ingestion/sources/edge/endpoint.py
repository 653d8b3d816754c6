"""Answering at an address only those who may ask there, before anything else is done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI, Request, Response

from ingestion.sources.edge.answers import refused
from telassure.access.endpoint import KNOWN, OPEN, Endpoint, asking, note
from telassure.access.principal import Concern, Principal, refusal
from telassure.access.tokens import Authenticator
from telassure.kernel.errors import TransientError

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
Answering = Callable[[Request], Awaitable[Response]]


def _unseen(_: Response) -> None:
    """Nobody counts the answers."""


@dataclass(frozen=True, slots=True)
class FrontDesk:
    """How an interface words a refusal (status, reason), and who is told of every answer, the refusals too."""

    refused: Callable[[int, str], Response] = refused
    seen: Callable[[Response], None] = _unseen


def offer(
    app: FastAPI,
    endpoint: Endpoint,
    answering: Answering,
    authenticator: Authenticator,
    desk: FrontDesk = FrontDesk(),
) -> None:
    """Answer at an address, to those who may ask there; `principal_of` a request that came so far names them."""

    async def answered(request: Request) -> Response:
        found = await admitted(request)
        desk.seen(found)
        return found

    async def admitted(request: Request) -> Response:
        if endpoint.right == OPEN or (endpoint.near and _is_near(request)):
            return await answering(request)
        try:
            found = asking(request, authenticator)
        except TransientError:
            return desk.refused(503, "who has access is not to be had; try again")
        if found is None:
            return desk.refused(401, "send Authorization: Bearer <token>, or Basic with the principal's name and token")
        why = "" if endpoint.right == KNOWN else refusal(found, endpoint.right, Concern())
        if why:
            return desk.refused(403, why)
        request.state.principal = found
        return await answering(request)

    app.add_api_route(endpoint.path, answered, methods=[endpoint.method], response_model=None)
    note(app, endpoint)


def principal_of(request: Request) -> Principal:
    """Who asks, as the token says."""
    found = request.state.principal
    assert isinstance(found, Principal)  # `offer` has put it there
    return found


def _is_near(request: Request) -> bool:
    """From this machine, and not passed on by a proxy on it."""
    passed_on = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    return request.client is not None and request.client.host in _LOOPBACK and not passed_on
