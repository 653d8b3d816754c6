"""Receivers that answer as they are told, over real sockets, and the outbox that is brought to them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
from pydantic import SecretStr

from bss_sync.clients.webhook import Receiver
from bss_sync.outbox.delivery import Delivery, receivers_of
from telassure.kernel.codec import encode
from telassure.kernel.events import Notification
from telassure.kernel.instant import SECOND
from telassure.kernel.ports import OutboxRow, Turn
from telassure.store.sql import SqlStateStore
from telassure.store.sql.outgoing import SqlOutgoing

START = 1_780_000_000 * SECOND
Reply = int | tuple[int, dict[str, str]]


@dataclass
class Desk:
    """One receiver: what it was sent, in order, and how it answers the nth request for a notice."""

    reply: Callable[[dict[str, Any], int], Reply] = lambda notice, times: 200
    heard: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def settings(self) -> Receiver:
        return Receiver(url=SecretStr(self.url), timeout_seconds=2.0)


@contextmanager
def desk(reply: Callable[[dict[str, Any], int], Reply] = lambda notice, times: 200) -> Iterator[Desk]:
    here, gate = Desk(reply), threading.Lock()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            notice = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with gate:
                here.methods.append("POST")
                times = here.heard.count(notice["notification_id"])
                here.heard.append(notice["notification_id"])
            found = here.reply(notice, times)
            status, headers = found if isinstance(found, tuple) else (found, {})
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def do_GET(self) -> None:
            here.methods.append("GET")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    here.url = f"http://127.0.0.1:{server.server_port}/notices"
    serving = threading.Thread(target=server.serve_forever, args=(0.02,))
    serving.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


def notice(name: str, ticket: str = "t-1", at: int = 0) -> OutboxRow:
    kind, payload = encode(Notification(name, ticket, "c-1", "subject", "body", START + at * SECOND))
    return OutboxRow(f"o-{name}", "notify", kind, payload, f"ticketing/0/{name}//0", START)


@dataclass
class Outbox:
    """The outbox of one home, and how to bring it to receivers."""

    place: Path
    committed: int = 0

    @property
    def url(self) -> str:
        return f"sqlite:///{self.place / 'assurance.db'}"

    def commit(self, *rows: OutboxRow) -> None:
        store = SqlStateStore(self.url)
        store.commit(Turn("assurance", 0, self.committed, self.committed + 1, b"", outbox=rows))
        self.committed += 1
        store.close()

    @contextmanager
    def opened(self, *names: str) -> Iterator[SqlOutgoing]:
        found = SqlOutgoing(self.url, "assurance", "notify", receivers_of(dict.fromkeys(names)))  # type: ignore[arg-type]
        try:
            yield found
        finally:
            found.close()

    def brought(self, **desks: Desk) -> Delivery:
        """Drained once to these receivers."""
        with self.opened(*desks) as outgoing:
            delivery = Delivery({"assurance": outgoing}, {name: each.settings for name, each in desks.items()})
            delivery.drain()
        return delivery

    def waiting(self, *names: str) -> list[str]:
        """What waits, of the first of these receivers."""
        with self.opened(*names) as outgoing:
            return [row.outbox_id for row in outgoing.waiting(receivers_of(dict.fromkeys(names))[0], 10_000)]  # type: ignore[arg-type]
