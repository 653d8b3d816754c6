"""A double of InfluxDB's documented HTTP API over real sockets, which answers by the test's own rule."""

import gzip
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

TOKEN = "a token of the tests"


@dataclass(frozen=True)
class Asked:
    """One request as it came, its body unpacked."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def lines(self) -> list[bytes]:
        return self.body.split(b"\n")


@dataclass(frozen=True)
class Answer:
    status: int = 204
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def refusal(status: int, message: str, **headers: str) -> Answer:
    """An error as the API words it."""
    return Answer(status, json.dumps({"code": "invalid", "message": message}).encode(), headers)


@dataclass
class Api:
    """The running double. `rule` answers; a request without the right token, bucket or gzip never reaches it."""

    url: str = ""
    rule: Callable[[Asked], Answer] = lambda _: Answer()
    asked: list[Asked] = field(default_factory=list)

    @property
    def written(self) -> list[bytes]:
        """The lines of points of every request, in order."""
        return [line for each in self.asked if each.path == "/api/v2/write" for line in each.lines]

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if asked.headers.get("authorization") != f"Token {TOKEN}":
            return refusal(401, "unauthorized access")
        if asked.path == "/api/v2/write":
            wanted = {"org": "telassure", "bucket": "points", "precision": "us"}
            if asked.query != wanted or asked.headers.get("content-encoding") != "gzip":
                return refusal(404, f"bucket {asked.query} not found")
        if asked.path == "/api/v2/query" and b"telassure_writers" in asked.body:
            return Answer(200, b"\r\n")
        return self.rule(asked)


@contextmanager
def serving(tls: tuple[str, str] | None = None) -> Iterator[Api]:
    """The double on a free port, over TLS where a certificate and a key are given."""
    api = Api()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    api.url = f"http{'s' if tls else ''}://localhost:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(api: Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            address = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = api.answer(Asked(self.command, address.path, query, headers, body))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name.replace("_", "-"), value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = _serve

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    return Handler
