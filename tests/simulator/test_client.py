"""The demo run speaks to an ingestion endpoint over HTTP: ordered, retried, resumable, with faults on demand."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import orjson
import pytest

from telassure.kernel.errors import InvalidInput, PermanentError
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, Instant
from telassure.simulator.client import FeedTokens, IngestClient, Lanes, Stopped
from telassure.simulator.commands import request_fault
from telassure.simulator.config import DemoConfig, Emission, FaultKind
from telassure.simulator.demo import DemoProgress, DemoRun

from .demo import BEGIN, small

TOKENS = FeedTokens("secret", "secret")
NOW = BEGIN + 14 * DAY + 10 * HOUR


class Endpoint:
    """A loopback server that keeps what is posted; `answers` are given out first, then 202."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, Any]] = []
        self.keys: dict[str, bytes] = {}
        self.answers: list[int] = []
        self.receipt: dict[str, Any] = {"accepted": 1, "duplicates": 0, "rejected": []}
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                payload = self.rfile.read(int(self.headers["Content-Length"]))
                status = endpoint.take(self.path, self.headers, payload)
                answer = orjson.dumps(endpoint.receipt)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def take(self, path: str, headers: Any, payload: bytes) -> int:
        if self.answers:
            return self.answers.pop(0)
        if headers["Authorization"] != "Bearer secret":
            return 401
        key = headers["Idempotency-Key"]
        assert self.keys.setdefault(key, payload) == payload
        self.bodies.append((path.removeprefix("/v1/ingest/"), orjson.loads(payload)))
        return 202

    def of(self, kind: str) -> list[Any]:
        return [body for path, body in self.bodies if path == kind]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    yield server
    server.close()


class Clock:
    def __init__(self, at: Instant) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at


def demo(endpoint: Endpoint, home: Path, clock: Clock, act: Callable[[DemoRun], None], **changes: Any) -> None:
    """Run one part of a demo against the endpoint, to the acknowledgement of its last body."""
    stop = Event()
    lanes = Lanes(endpoint.url, TOKENS, stop)
    try:
        act(DemoRun(quick(**changes), lanes, home, lambda _: None, clock))
    finally:
        lanes.close()


def whole(run: DemoRun, stop: Event) -> None:
    run.history(stop)
    run.live(stop)


def quick(**changes: Any) -> DemoConfig:
    """A tiny operator with one measurement period in six hours, so that a fortnight is a few posts."""
    settings: dict[str, Any] = {"history_granularity": HOUR, "chunk": 6 * HOUR, "cells_per_site": 1, "consumers": 12}
    return small(**{**settings, **changes})


def test_a_busy_endpoint_is_asked_again_until_it_takes_the_body(endpoint: Endpoint) -> None:
    endpoint.answers = [503, 503]
    client = IngestClient(endpoint.url, TOKENS, Event())
    receipt = client.post("alarms", "feed", [{"a": 1}])
    client.close()
    assert receipt["accepted"] == 1
    assert endpoint.bodies == [("alarms", [{"a": 1}])]


def test_a_refusal_for_good_is_an_error_that_says_what_was_answered(endpoint: Endpoint) -> None:
    client = IngestClient(endpoint.url, FeedTokens("wrong", "wrong"), Event())
    with pytest.raises(PermanentError, match="HTTP 401"):
        client.post("alarms", "feed", [{"a": 1}])
    client.close()


def test_rows_that_nobody_takes_are_counted_and_the_demo_goes_on(endpoint: Endpoint) -> None:
    endpoint.answers = [422]
    endpoint.receipt = {"error": "the body has no readable rows"}
    lanes = Lanes(endpoint.url, TOKENS, Event())
    lanes.put(Emission("alarms", "feed", [{"a": 1}], BEGIN))
    lanes.drain()
    lanes.close()
    assert (lanes.sent.rejected, lanes.sent.rows) == (1, 1)
    assert "no readable rows" in lanes.sent.first_rejection


def test_waiting_for_an_absent_endpoint_ends_when_told_to_stop() -> None:
    stop = Event()
    stop.set()
    client = IngestClient("http://127.0.0.1:9", TOKENS, stop)
    with pytest.raises(Stopped):
        client.post("alarms", "feed", [])


def test_history_arrives_whole_and_in_order_of_time(endpoint: Endpoint, tmp_path: Path) -> None:
    demo(endpoint, tmp_path, Clock(NOW), lambda run: run.history(Event()))
    times = [t for body in endpoint.of("measurements") for t in body["time"]]
    assert times == sorted(times)
    assert set(times) == set(range(BEGIN, NOW, HOUR))


def test_a_second_run_sends_only_what_is_new(endpoint: Endpoint, tmp_path: Path) -> None:
    demo(endpoint, tmp_path, Clock(NOW), lambda run: run.history(Event()))
    endpoint.bodies.clear()
    demo(endpoint, tmp_path, Clock(NOW + 2 * HOUR), lambda run: run.history(Event()))
    assert {t for body in endpoint.of("measurements") for t in body["time"]} == {NOW, NOW + HOUR}


def test_history_that_was_cut_off_repeats_the_same_bodies(endpoint: Endpoint, tmp_path: Path) -> None:
    demo(endpoint, tmp_path, Clock(NOW), lambda run: run.history(Event()), history_faults=1)
    first = set(endpoint.keys)
    (tmp_path / "simulator" / "state.json").unlink()
    demo(endpoint, tmp_path, Clock(NOW), lambda run: run.history(Event()), history_faults=1)
    assert set(endpoint.keys) == first
    truths = (tmp_path / "simulator" / "ground_truth.jsonl").read_bytes().splitlines()
    assert len({orjson.loads(line)["fault_id"] for line in truths}) == len(truths) == len(FaultKind)


def test_a_fault_asked_for_is_answered_alarmed_and_written_down(endpoint: Endpoint, tmp_path: Path) -> None:
    clock, steps = Clock(NOW), Steps()
    request = request_fault(tmp_path, "site_power_loss", "power-ulm-1")
    wrong = request_fault(tmp_path, "fibre_cut", "power-ulm-1")
    steps.then = lambda: setattr(clock, "at", clock.at + MINUTE)
    demo(endpoint, tmp_path, clock, lambda run: whole(run, steps), cause_alarm_loss=0.0)
    answer, refusal = request.answer(), wrong.answer()
    assert answer is not None
    assert refusal is not None
    assert "cannot hit 'power-ulm-1'" in str(refusal["error"])
    assert "power-ulm-1" in {alarm["managed_object"] for body in endpoint.of("alarms") for alarm in body}
    assert str(answer["fault_id"]) in (tmp_path / "simulator" / "ground_truth.jsonl").read_text()


def test_a_restarted_demo_still_clears_the_faults_it_began(endpoint: Endpoint, tmp_path: Path) -> None:
    clock, steps = Clock(NOW), Steps()
    request_fault(tmp_path, "site_power_loss", "power-ulm-1")
    steps.then = lambda: setattr(clock, "at", clock.at + 30 * SECOND)
    demo(endpoint, tmp_path, clock, lambda run: whole(run, steps), cause_alarm_loss=0.0)
    again, endpoint.bodies = Steps(), []
    again.then = lambda: setattr(clock, "at", clock.at + 4 * MINUTE)
    demo(endpoint, tmp_path, clock, lambda run: whole(run, again), cause_alarm_loss=0.0)
    alarms = [alarm for body in endpoint.of("alarms") for alarm in body]
    assert ("power-ulm-1", "cleared") in {(a["managed_object"], a["perceived_severity"]) for a in alarms}


def test_a_request_for_an_unknown_kind_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no kind of fault"):
        request_fault(tmp_path, "earthquake")


def test_progress_runs_from_nothing_to_the_whole(endpoint: Endpoint, tmp_path: Path) -> None:
    seen: list[DemoProgress] = []
    lanes = Lanes(endpoint.url, TOKENS, Event())
    DemoRun(quick(), lanes, tmp_path, seen.append, Clock(NOW)).history(Event())
    lanes.close()
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert seen[-1].done == seen[-1].total == NOW - BEGIN
    assert seen[-1].sent.rows > 0


class Steps(Event):
    """A stop event that lets four steps pass without waiting, and does something between them."""

    then: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        self._left = 4

    def wait(self, timeout: float | None = None) -> bool:
        self._left -= 1
        self.then()
        return self._left < 0
