"""Whether a worker lives and is ready, and the small HTTP server that says so and gives its metrics."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET6, socket
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from telassure.kernel.errors import TransientError
from telassure.observe.gauges import Places

_log = logging.getLogger(__name__)
_UNDER_WAY: Final = 8
_SECONDS: Final = 5.0


@dataclass(slots=True)
class Health:
    """Alive while no partition has had input for `stuck_seconds` without making any of it durable. Ready while it has
    its partitions (`joined`), all of them loaded and none further behind than `lag` records, and every store answers
    (`reachable` raises TransientError where one does not). Both say what is wrong; nothing is well. While it `waits`
    for a server that is away, standing still is no fault of this process.

    Progress is noted when somebody asks, so that whoever relies on it asks every few seconds.
    """

    places: Places
    reachable: Sequence[Callable[[], object]] = ()
    joined: Callable[[], bool] = lambda: True
    waits: Callable[[], bool] = lambda: False
    stuck_seconds: float = 120.0
    lag: int = 100_000
    elapsed: Callable[[], float] = time.monotonic
    _moved: dict[tuple[str, int], tuple[int, float]] = field(default_factory=dict)
    _gate: threading.Lock = field(default_factory=threading.Lock)

    def stuck(self) -> Sequence[str]:
        """The partitions that stand still with input waiting."""
        now, found, waits = self.elapsed(), [], self.waits()
        with self._gate:
            here = {(place.topology, place.partition): place for place in self.places()}
            for gone in self._moved.keys() - here.keys():
                del self._moved[gone]
            for key, place in here.items():
                offset, since = self._moved.get(key, (-1, now))
                if place.durable != offset or place.lag == 0:
                    self._moved[key] = (place.durable, now)
                elif now - since > self.stuck_seconds and not waits:
                    found.append(f"{key[0]}/{key[1]} has stood at {offset} for {now - since:.0f} s with input waiting")
        return found

    def unready(self) -> Sequence[str]:
        """What there is to wait for."""
        found = [] if self.joined() else ["no partitions have been given out yet"]
        for ask in self.reachable:
            try:
                ask()
            except TransientError as failure:
                found.append(str(failure))
        for place in self.places():
            if not place.loaded:
                found.append(f"{place.topology}/{place.partition} is being loaded")
            elif place.lag is None or place.lag > self.lag:
                behind = "it is not known how far" if place.lag is None else f"{place.lag} records"
                found.append(f"{place.topology}/{place.partition} is catching up, {behind} behind")
        return found


class _Server(ThreadingHTTPServer):
    """At most eight requests at a time, of five seconds each; more are hung up on."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, place: tuple[str, int], health: Health, registry: CollectorRegistry) -> None:
        self.address_family = AF_INET6 if ":" in place[0] else self.address_family
        self.health, self.registry = health, registry
        self.said: dict[str, Sequence[str]] = {}
        self._free = threading.BoundedSemaphore(_UNDER_WAY)
        super().__init__(place, _Request)

    def process_request(self, request: "socket | tuple[bytes, socket]", client_address: object) -> None:
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request: "socket | tuple[bytes, socket]", client_address: object) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        _log.debug("a probe broke off", exc_info=True)


class _Request(BaseHTTPRequestHandler):
    """GET /live, /ready and /metrics. The probes say one word; what is wrong goes into the log, once."""

    server: _Server
    timeout = _SECONDS

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._answer(200, generate_latest(self.server.registry), CONTENT_TYPE_PLAIN_0_0_4)
        elif path == "/live":
            self._judged("alive", self.server.health.stuck())
        elif path == "/ready":
            self._judged("ready", self.server.health.unready())
        else:
            self._answer(404, b"there are /live, /ready and /metrics\n")

    def _judged(self, word: str, wrong: Sequence[str]) -> None:
        if wrong != self.server.said.get(word, []):
            _log.log(logging.WARNING if wrong else logging.INFO, "%s: %s", word, "; ".join(wrong) or "yes")
        self.server.said[word] = wrong
        self._answer(503 if wrong else 200, f"{'not ' if wrong else ''}{word}\n".encode())

    def _answer(self, status: int, body: bytes, content_type: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        return "telassure"

    def log_message(self, format: str, *args: object) -> None:
        """Probes come every few seconds: they are not worth a line."""


@contextmanager
def serve(host: str, port: int, health: Health, registry: CollectorRegistry) -> Iterator[int]:
    """/live, /ready and /metrics on host:port (0: any free one) from a thread of their own, inside the block; the port.
    OSError where it is taken."""
    with _Server((host, port), health, registry) as server:
        thread = threading.Thread(target=server.serve_forever, name="probes", daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
