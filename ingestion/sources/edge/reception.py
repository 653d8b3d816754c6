"""How requests of other systems are received at the endpoint: who sends, how much, and is it durable."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Final

from fastapi import FastAPI, Request, Response

from ingestion.batches.batch import Origin
from ingestion.fields.privacy import without_numbers
from ingestion.sources.edge.allowance import Allowance, Rates
from ingestion.sources.edge.bodies import BodyRefused, read_body
from ingestion.sources.edge.endpoint import FrontDesk, offer, principal_of
from ingestion.sources.source import Offering, Parcel
from telassure.access.principal import Concern, Principal, refusal
from telassure.access.tokens import Authenticator
from telassure.kernel.errors import ConflictingDuplicate, DamagedStore, InvalidInput, TransientError
from telassure.kernel.fields import text
from telassure.observe.spans import continued
from telassure.observe.traces import traced

_LONGEST_FEED: Final = 64
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReceptionLimits:
    """Requests under way (the rest is told to come again), threads that append, seconds for a body to arrive, and what
    one client may bring in a second. `zone` is that of times that name none."""

    concurrency: int = 64
    threads: int = 16
    patience: float = 30.0
    zone: tzinfo = UTC
    rates: Rates = field(default_factory=Rates)


class Reception:
    """Receives what sources offer to take. A source's feed is its name where the sender names none (X-Feed)."""

    def __init__(self, app: FastAPI, authenticator: Authenticator, limits: ReceptionLimits) -> None:
        self._app, self._authenticator, self._limits = app, authenticator, limits
        self._allowance = Allowance(limits.rates)
        self._threads = ThreadPoolExecutor(limits.threads, "received")
        self._under_way = 0
        app.state.open_ones.callback(self._threads.shutdown)

    def open(self, name: str, offering: Offering, refuse: Callable[[str], None]) -> None:
        """Answer at an address of a source; `refuse` is told of every refusal."""

        async def answered(request: Request) -> Response:
            with traced(name, continued(request.headers.get("traceparent", ""))) as span:
                try:
                    found = await self._received(request, name, offering, span.trace)
                except _Turned as turned:
                    refuse(turned.reason)
                    found = offering.refused(turned.status, turned.reason)
                span.note("http.response.status_code", found.status_code)
            return found

        offer(self._app, offering.endpoint, answered, self._authenticator, FrontDesk(refused=offering.refused))

    async def _received(self, request: Request, name: str, offering: Offering, trace: str) -> Response:
        if self._under_way >= self._limits.concurrency:
            raise _Turned(503, "too many requests are under way; try again")
        self._under_way += 1
        try:
            client, feed = principal_of(request), _feed(request, name)
            self._welcome(client, feed, offering)
            body = await _body(request, offering, self._limits.patience)
            self._allowance.spend(client.name, feed, octets=len(body))
            origin = Origin(
                feed, f"{name}:{feed}", zone=self._limits.zone, trace=trace, actor=client.name, principal=client.name
            )
            parcel = Parcel(body, origin, dict(request.path_params), dict(request.headers))
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, copy_context().run, _taken, offering, parcel)
        finally:
            self._under_way -= 1

    def _welcome(self, client: Principal, feed: str, offering: Offering) -> None:
        if why := refusal(client, offering.endpoint.right, Concern(feed=feed)):
            raise _Turned(403, why)
        if (over := self._allowance.refusal(client.name, feed)) is not None:
            reason, seconds = over
            raise _Turned(429, f"{reason}; come again in {seconds} s")


class _Turned(Exception):
    """A request is turned away: a status and the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, without_numbers(reason)  # it may hold somebody's number


def of_kind(origin: Origin, kind: str) -> Origin:
    """The origin of the rows of one kind, of a parcel that has several; each has a place of its own in the log."""
    return replace(origin, source=f"{origin.source}:{kind}")


def _feed(request: Request, name: str) -> str:
    try:
        return text(request.headers.get("x-feed", name), "X-Feed", _LONGEST_FEED)
    except InvalidInput as wrong:
        raise _Turned(400, wrong.reason) from None


async def _body(request: Request, offering: Offering, patience: float) -> bytes:
    try:
        return await read_body(request, offering.most_bytes, patience, offering.unpacks)
    except BodyRefused as wrong:
        raise _Turned(wrong.status, wrong.reason) from None


def _taken(offering: Offering, parcel: Parcel) -> Response:
    try:
        return offering.take(parcel)
    except ConflictingDuplicate as conflict:
        raise _Turned(409, str(conflict)) from None
    except InvalidInput as wrong:
        raise _Turned(400, str(wrong)) from None
    except DamagedStore as damaged:
        raise _Turned(503, f"{damaged}; try again") from None
    except TransientError:
        _log.warning("the log is not to be had")
        raise _Turned(503, "the log is not to be had; try again") from None
