"""The servers that the processes of deploy/ are tested over."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.conftest import free_port
from tests.kafka.fixtures import real_kafka
from tests.postgres.server import postgres

__all__ = ["answers", "postgres", "real_kafka"]


class _Echo(BaseHTTPRequestHandler):
    """GET /503 answers 503."""

    def do_GET(self) -> None:
        self.send_response(int(self.path[1:]))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def answers() -> Iterator[dict[int, str]]:
    """Where a status is answered, by status; 0: where nobody listens."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        places = {status: f"http://127.0.0.1:{server.server_port}/{status}" for status in (200, 204, 401, 404, 503)}
        yield places | {0: f"http://127.0.0.1:{free_port()}/"}
        server.shutdown()
        thread.join()
