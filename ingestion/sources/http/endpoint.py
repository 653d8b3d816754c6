"""Answering at an address only those who may ask there, before anything else is done."""

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import FastAPI, Request, Response

from ingestion.sources.http.answers import answer, busy, unauthorized
from telassure.access.endpoint import KNOWN, OPEN, Endpoint, bearer, note
from telassure.access.principal import Concern, Principal, refusal
from telassure.access.tokens import Authenticator
from telassure.kernel.errors import TransientError

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
Answering = Callable[[Request], Awaitable[Response]]


def offer(
    app: FastAPI,
    endpoint: Endpoint,
    answering: Answering,
    authenticator: Authenticator,
    seen: Callable[[Response], None] = lambda _: None,
) -> None:
    """Answer at an address, to those who may ask there; `principal_of` a request that came so far names them. `seen` is
    told of every answer, the refusals too."""

    async def answered(request: Request) -> Response:
        found = await admitted(request)
        seen(found)
        return found

    async def admitted(request: Request) -> Response:
        if endpoint.right == OPEN or (endpoint.near and _is_near(request)):
            return await answering(request)
        try:
            found = authenticator.principal(bearer(request)) if bearer(request) else None
        except TransientError:
            return busy("who has access is not to be had")
        if found is None:
            return unauthorized()
        why = "" if endpoint.right == KNOWN else refusal(found, endpoint.right, Concern())
        if why:
            return answer(403, {"error": why})
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
