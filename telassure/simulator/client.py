"""The HTTP client that posts the demo operator's events, as any network element would: in order, retried, bounded."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from http.client import HTTPConnection, HTTPException
from queue import Queue
from threading import Event, Lock, Thread
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import orjson

from telassure.kernel.errors import ConfigurationError, PermanentError
from telassure.kernel.feeds import RECORDED
from telassure.simulator.config import Emission, JsonObject

FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 5.0
TIMEOUT_S: Final = 60.0
_RETRIED: Final = frozenset({408, 429, 500, 502, 503, 504})
_WAITING: Final = 6  # bodies a lane holds ready: what bounds memory and how far the lanes drift apart


class Stopped(Exception):
    """The stop event was set while something was being sent."""


class FeedTokens(NamedTuple):
    """The token for what happens now, and the one for what has been recorded."""

    live: str
    recorded: str

    def of(self, feed: str) -> str:
        return self.recorded if feed.startswith(RECORDED) else self.live


class IngestClient:
    """Posts bodies over one kept-alive connection. Not safe from several threads: each lane has its own."""

    def __init__(self, url: str, tokens: FeedTokens, stop: Event) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise ConfigurationError(f"the ingestion URL {url!r} is not like http://127.0.0.1:8051")
        self._prefix = parts.path.rstrip("/")
        self._tokens = tokens
        self._stop = stop
        self._connection = HTTPConnection(parts.hostname, parts.port or 80, timeout=TIMEOUT_S)

    def post(self, kind: str, feed: str, body: object) -> JsonObject:
        """Send one body until it is durable and return the receipt.

        Refused connections and 503 are tried again with growing pauses; a body of which no row was acceptable (422) is
        a receipt of rejections; Stopped when told to stop; PermanentError where the answer is another one. The
        Idempotency-Key is the body's digest, so that a repeat is a duplicate.
        """
        payload = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
        headers = self._headers(kind, feed, payload)
        pause = FIRST_PAUSE_S
        while True:
            status, answer = self._once(f"{self._prefix}/v1/ingest/{kind}", payload, headers)
            if status in (202, 422):
                return _receipt(answer)
            if status and status not in _RETRIED:
                raise PermanentError(f"{kind} of {feed}: HTTP {status}: {answer[:300].decode(errors='replace')}")
            if self._stop.wait(pause):
                raise Stopped
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def close(self) -> None:
        self._connection.close()

    def _headers(self, kind: str, feed: str, payload: bytes) -> Mapping[str, str]:
        key = blake2b(payload, digest_size=16, person=kind.encode()[:16], key=feed.encode()[:64]).hexdigest()
        return {
            "Authorization": f"Bearer {self._tokens.of(feed)}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "X-Feed": feed,
        }

    def _once(self, path: str, payload: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body of one attempt; status 0 where the server was not to be had."""
        try:
            self._connection.request("POST", path, payload, dict(headers))
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException):
            self._connection.close()  # the next attempt opens a new one
            return 0, b""


@dataclass(slots=True)
class Sent:
    """What the system has acknowledged so far."""

    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    first_rejection: str = ""


class Lanes:
    """Two threads post side by side: measurements on one lane, everything else on the other, each in its own order."""

    def __init__(self, url: str, tokens: FeedTokens, stop: Event) -> None:
        self.sent = Sent()
        self._stop = stop
        self._lock = Lock()
        self._failure: BaseException | None = None
        self._queues: tuple[Queue[Emission | None], Queue[Emission | None]] = (Queue(_WAITING), Queue(_WAITING))
        self._threads = [
            Thread(target=self._run, args=(queue, IngestClient(url, tokens, stop)), name=f"demo-lane-{n}", daemon=True)
            for n, queue in enumerate(self._queues)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, emission: Emission) -> None:
        """Queue a body; waits while its lane is full. Raises what a lane failed with."""
        self._check()
        self._queues[0 if emission.kind == "measurements" else 1].put(emission)

    def drain(self) -> None:
        """Wait until everything queued is acknowledged."""
        for queue in self._queues:
            queue.join()
        self._check()

    def close(self) -> None:
        """Let the lanes end after what is queued."""
        for queue in self._queues:
            queue.put(None)
        for thread in self._threads:
            thread.join()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self, queue: "Queue[Emission | None]", client: IngestClient) -> None:
        """Post what comes; after a failure only empty the queue, so that nobody waits for ever."""
        while (emission := queue.get()) is not None:
            try:
                if self._failure is None:
                    self._count(emission, client.post(emission.kind, emission.feed, emission.body))
            except BaseException as failure:  # handed to the thread that puts
                self._failure = failure
            finally:
                queue.task_done()
        client.close()

    def _count(self, emission: Emission, receipt: JsonObject) -> None:
        refused = receipt.get("rejected")
        with self._lock:
            self.sent.rows += emission.rows
            self.sent.accepted += int(str(receipt.get("accepted", 0)))
            self.sent.duplicates += int(str(receipt.get("duplicates", 0)))
            if isinstance(refused, list) and refused:
                self.sent.rejected += len(refused)
                self.sent.first_rejection = self.sent.first_rejection or f"{emission.kind}: {refused[0]}"


def _receipt(answer: bytes) -> JsonObject:
    """The receipt; where the body as a whole was refused, one that says so of its first row."""
    found = orjson.loads(answer)
    if not isinstance(found, dict):
        return {}
    return found if "error" not in found else {"rejected": [{"index": 0, "reason": found["error"]}]}
