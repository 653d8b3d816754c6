"""The HTTP endpoint of ingestion: authenticated, bounded, and acknowledging only what is durable."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from hashlib import blake2b
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from ingestion.batches.batch import Batch, Origin, Receipt
from ingestion.batches.forms import is_columnar
from ingestion.batches.kind import Kind, kinds
from ingestion.fields.json_keys import refuse_key_twice
from ingestion.gateway import Gateway
from ingestion.sources.edge.allowance import Allowance, Rates
from ingestion.sources.edge.answers import answer as _answer
from ingestion.sources.edge.answers import busy as _busy
from ingestion.sources.edge.answers import over_rate, taken
from ingestion.sources.edge.bodies import BodyRefused, read_body
from ingestion.sources.edge.endpoint import FrontDesk, offer, principal_of
from telassure.access.endpoint import KNOWN, OPEN, Endpoint
from telassure.access.principal import Concern, Principal, refusal
from telassure.access.tokens import Authenticator
from telassure.kernel.errors import ConflictingDuplicate, DamagedStore, InvalidInput, TransientError
from telassure.kernel.fields import text
from telassure.kernel.rights import MEASURE
from telassure.observe.spans import continued, trace_id
from telassure.observe.traces import traced

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may ask of the endpoint: bytes of a body (unpacked), rows in it, requests under way (the rest is
    told to come again), threads that append, seconds for a body to arrive, and what it may bring in a second. `zone` is
    that of its times that name none."""

    body_bytes: int = 16 << 20
    rows: int = 200_000
    concurrency: int = 64
    threads: int = 16
    patience: float = 30.0
    zone: tzinfo = UTC
    rates: Rates = field(default_factory=Rates)


@dataclass(frozen=True, slots=True)
class EndpointState:
    """What is `wrong`: then the endpoint is not ready. `remarks` are what there is to say besides."""

    wrong: Sequence[str] = ()
    remarks: Sequence[str] = ()


class Meter:
    """The endpoint's own figures, in a registry of its own or of the caller's."""

    def __init__(self, registry: CollectorRegistry | None) -> None:
        self.registry = registry if registry is not None else CollectorRegistry()
        self.rows = Counter(
            "telassure_ingested_rows", "Rows by kind and outcome", ["kind", "outcome"], registry=self.registry
        )
        self.answers = Counter("telassure_ingest_answers", "Answers by status", ["status"], registry=self.registry)
        self.under_way = Gauge("telassure_ingest_under_way", "Requests under way", registry=self.registry)
        self.publish = Histogram(
            "telassure_publish_seconds",
            "From a parsed body to durable in the log",
            ["kind"],
            registry=self.registry,
            buckets=_BUCKETS,
        )

    def answered(self, answer: Response) -> None:
        self.answers.labels(str(answer.status_code)).inc()

    def count(self, kind: str, receipt: Receipt) -> None:
        self.rows.labels(kind, "accepted").inc(receipt.accepted)
        self.rows.labels(kind, "duplicate").inc(receipt.duplicates)
        self.rows.labels(kind, "rejected").inc(len(receipt.rejected))


def create_app(
    gateway: Gateway,
    authenticator: Authenticator,
    ready: Callable[[], EndpointState],
    limits: Limits = Limits(),
    registry: CollectorRegistry | None = None,
) -> FastAPI:
    """The app: POST /v1/ingest/{kind}, GET /live, /ready (200 where `ready()` finds nothing wrong, with its remarks;
    also as /healthz and /readyz), and /metrics (of `registry`, to clients with a token and to loopback). It serves no
    documentation pages, which would fetch from the net. A request is a span of the trace that its traceparent names, or
    of a new one; X-Trace-Id gives its id."""
    meter = Meter(registry)
    endpoint = _Endpoint(gateway, limits, meter)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        endpoint.threads.shutdown()
        app.state.open_ones.close()

    app = FastAPI(title="Telassure ingestion", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.open_ones = ExitStack()

    async def live(_: Request) -> Response:
        return _answer(200, {"status": "alive"})

    async def is_it_ready(_: Request) -> Response:
        found = await asyncio.get_running_loop().run_in_executor(endpoint.threads, _state, ready)
        if found.wrong:
            return _busy("; ".join((*found.wrong, *found.remarks)))
        return _answer(200, {"status": "ready", **({"remarks": list(found.remarks)} if found.remarks else {})})

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(meter.registry), media_type="text/plain; version=0.0.4; charset=utf-8")

    offer(
        app,
        Endpoint("POST", "/v1/ingest/{kind}", KNOWN),
        endpoint.ingest,
        authenticator,
        FrontDesk(seen=meter.answered),
    )
    for address, answering in (
        (Endpoint("GET", "/live", OPEN), live),
        (Endpoint("GET", "/healthz", OPEN), live),
        (Endpoint("GET", "/ready", OPEN), is_it_ready),
        (Endpoint("GET", "/readyz", OPEN), is_it_ready),
        (Endpoint("GET", "/metrics", MEASURE, near=True), metrics),
    ):
        offer(app, address, answering, authenticator)
    return app


class _Endpoint:
    """One request's way: who, how much, what, and is it durable. Nothing of a body or a token reaches a log."""

    def __init__(self, gateway: Gateway, limits: Limits, meter: Meter) -> None:
        self._gateway, self._limits, self._meter = gateway, limits, meter
        self._under_way = 0
        self._allowance = Allowance(limits.rates)
        self.threads = ThreadPoolExecutor(limits.threads, "ingest")

    async def ingest(self, request: Request) -> Response:
        if self._under_way >= self._limits.concurrency:
            return _busy("too many requests are under way")
        self._under_way += 1
        self._meter.under_way.set(self._under_way)
        try:
            kind = request.path_params["kind"]
            parent = continued(request.headers.get("traceparent", ""))
            with traced("ingest", parent, kind=kind if kind in kinds() else "") as span:
                answer = await self._answered(request, principal_of(request), span.trace)
                span.note("http.response.status_code", answer.status_code)
            answer.headers["X-Trace-Id"] = trace_id(span.trace)
            return answer
        finally:
            self._under_way -= 1
            self._meter.under_way.set(self._under_way)

    async def _answered(self, request: Request, client: Principal, trace: str) -> Response:
        try:
            return await self._taken(request, client, trace)
        except (BodyRefused, InvalidInput, ConflictingDuplicate, TransientError) as error:
            return _refusal(error)

    async def _taken(self, request: Request, client: Principal, trace: str) -> Response:
        kind = kinds().get(request.path_params["kind"])
        if kind is None:
            return _answer(404, {"error": f"there is no such kind; use one of {', '.join(kinds())}"})
        feed = text(request.headers.get("x-feed", kind.feed), "X-Feed", 64)
        if self._gateway.named(feed) != feed:
            raise InvalidInput("X-Feed holds a number as long as a subscriber's; name what sends")
        key = request.headers.get("idempotency-key")
        if why := refusal(client, kind.right, Concern(feed=feed)):
            return _answer(403, {"error": f"{kind.name} for feed {feed}: {why}"})
        if key is not None:
            text(key, "Idempotency-Key", 128)
        if (over := self._allowance.refusal(client.name, feed)) is not None:
            return over_rate(*over)
        body = await read_body(request, self._limits.body_bytes, self._limits.patience)
        self._allowance.spend(client.name, feed, octets=len(body))
        loop = asyncio.get_running_loop()
        source, who = f"http:{kind.name}:{feed}", client.name
        origin = Origin(feed, source, zone=self._limits.zone, trace=trace, actor=who, principal=who)
        return await loop.run_in_executor(self.threads, copy_context().run, self._submit, kind, origin, key, body)

    def _submit(self, kind: Kind[Any], origin: Origin, key: str | None, body: bytes) -> Response:
        """In a thread: parse, judge, append. Without a key the body's own hash is its position."""
        try:
            parsed = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            hint = "; NaN and Infinity are not JSON, write null" if b"NaN" in body or b"Infinity" in body else ""
            return _answer(400, {"error": f"the body is not JSON in UTF-8: {error.msg}{hint}", "line": error.lineno})
        refuse_key_twice(body)
        rows = _rows(parsed)
        self._allowance.spend(origin.actor, origin.feed, rows=rows)
        if rows > self._limits.rows:
            return _answer(413, {"error": f"the body has more than {self._limits.rows} rows; send smaller batches"})
        digest = blake2b(body, digest_size=16).digest()
        position = f"key:{self._gateway.named(key)}" if key is not None else digest.hex()
        batch = Batch(kind.name, parsed, position, digest, guarded=key is not None)
        with self._meter.publish.labels(kind.name).time():
            receipt = self._gateway.submit(batch, origin)
        self._meter.count(kind.name, receipt)
        return taken(receipt, isinstance(parsed, dict) and is_columnar(parsed))


def _refusal(error: Exception) -> Response:
    match error:
        case BodyRefused():
            return _answer(error.status, {"error": error.reason})
        case DamagedStore():
            return _busy(str(error))
        case TransientError():
            _log.warning("the log is not to be had")
            return _busy("the log is not to be had")
        case ConflictingDuplicate():
            return _answer(409, {"error": str(error)})
    return _answer(422, {"error": str(error)})


def _rows(parsed: object) -> int:
    """How many rows a parsed body has, at most, before any of them is looked at."""
    if isinstance(parsed, list):
        return len(parsed)
    if not isinstance(parsed, dict):
        return 1
    lengths = [len(column) for column in parsed.values() if isinstance(column, list)]
    return max(lengths, default=1) if "time" in parsed else sum(lengths)


def _state(ready: Callable[[], EndpointState]) -> EndpointState:
    try:
        return ready()
    except DamagedStore as damaged:
        return EndpointState((str(damaged),))
    except TransientError:
        return EndpointState(("the log is not to be had",))
