"""What a hostile client does, each for as long as it is let, each with what an hour can hold of it."""

import contextlib
import gzip
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from telassure.kernel.instant import DAY, Instant, iso
from telassure.wiring.home import Home

_TIMEOUT: Final = 20.0
_SOCKETS: Final = 400
_FUTURE: Final = "2099-01-01T00:00:00Z"


@dataclass
class Target:
    """A running installation as its clients see it."""

    home: Path
    url: str
    random: Random

    def post(self, kind: str, rows: Any, feed: str, token: str = "api_token", key: str = "") -> httpx.Response:
        """With the token of that name, or with `key` in its place."""
        headers = {"Authorization": f"Bearer {key or Home(self.home).secret(token)}", "X-Feed": feed}
        place = f"{self.url}/v1/ingest/{kind}"
        return httpx.post(place, json=rows, headers=headers, timeout=_TIMEOUT, trust_env=False)

    def ready(self) -> bool:
        return not self.unready()

    def unready(self) -> str:
        """What it says there is to wait for; "" where there is nothing."""
        try:
            answer = httpx.get(f"{self.url}/ready", timeout=_TIMEOUT, trust_env=False)
        except httpx.HTTPError as failure:
            return f"no answer: {failure!r}"
        return "" if answer.status_code == 200 else answer.text


@dataclass
class Hostility:
    """One thing that is done again and again, `every` so many seconds; `done` counts it."""

    name: str
    act: Callable[[Target, int], None]
    every: float
    done: int = 0

    def rage(self, target: Target, stop: Event) -> None:
        while not stop.wait(self.every):
            with contextlib.suppress(httpx.HTTPError, OSError):
                self.act(target, self.done)
            self.done += 1


def now(ahead: int = 0) -> str:
    instant: Instant = time.time_ns() // 1_000 + ahead
    return iso(instant)


def _strangers(target: Target, _: int) -> None:
    for key in ("wrong", "x" * 9_000, "'; DROP TABLE alarm; --"):
        target.post("alarms", [{"managed_object": "x"}], "stranger", key=key)


def _idle(target: Target, _: int) -> None:
    """Connections that say nothing, or half a header, and stay."""
    place = urlsplit(target.url)
    with contextlib.ExitStack() as open_ones:
        for number in range(_SOCKETS):
            try:
                held = socket.create_connection((place.hostname or "", place.port or 0), timeout=2)
            except OSError:
                break
            open_ones.callback(held.close)
            if number % 2:
                held.sendall(b"POST /v1/ingest/alarms HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        time.sleep(5)


def _nonsense(target: Target, count: int) -> None:
    several: Sequence[Any] = (
        {"managed_object": "x", "time": "yesterday"},
        [{"perceived_severity": "purple"}] * 500,
        {"a": {"b": {"c": [[[[[[]]]]]]}}},
        [None, 3, "text", []],
    )
    for kind in ("alarms", "usage", "measurements", "catalogue", "nothing"):
        target.post(kind, several[count % len(several)], "nonsense")


def _years_ahead(target: Target, count: int) -> None:
    """A feed that is named as a recording without its token, elements whose clocks are days fast, and usage of 2099."""
    row = {"managed_object": f"evil-{count % 50}", "probable_cause": "linkDown", "perceived_severity": "critical"}
    target.post("alarms", [row | {"time": _FUTURE}], "replay:evil")
    target.post("alarms", [row | {"time": now(40 * DAY)}], "fast-clock")
    target.post("usage", [_call(f"evil-{count}", "nobody", _FUTURE)], "fast-cdr")


def _ghosts(target: Target, count: int) -> None:
    """Series nobody knows, a thousand at a time."""
    rows = [
        {"managed_object": f"ghost-{count}-{number}", "measurement": "load", "value": 1.0, "time": now()}
        for number in range(1_000)
    ]
    target.post("measurements", rows, f"ghosts-{count % 7}")


def _unknown_accounts(target: Target, count: int) -> None:
    target.post("usage", [_call(f"u-{count}-{n}", f"ghost-{count}-{n}", now()) for n in range(1_000)], "unknown")


def _files(target: Target, count: int) -> None:
    """A pipe, a link out of the inbox, and a packed file of bad rows."""
    inbox = target.home / "inbox"
    match count % 3:
        case 0:
            os.mkfifo(inbox / f"pipe-{count}.csv")
        case 1:
            (inbox / f"link-{count}.csv").symlink_to("/etc/hostname")
        case _:
            draft = inbox / f".bomb-{count}"
            draft.write_bytes(gzip.compress(b"time,account\n" + b"no,no\n" * 200_000))
            draft.rename(inbox / f"usage-bomb-{count}.csv.gz")


def _call(record: str, account: str, when: str) -> Mapping[str, Any]:
    return {"record_id": record, "account": account, "service": "voice", "volume": 60, "time": when}


HOSTILITIES: Final = (
    Hostility("strangers", _strangers, 0.5),
    Hostility("idle connections", _idle, 1.0),
    Hostility("nonsense", _nonsense, 0.5),
    Hostility("years ahead", _years_ahead, 0.5),
    Hostility("ghost series", _ghosts, 1.0),
    Hostility("unknown accounts", _unknown_accounts, 1.0),
    Hostility("files", _files, 10.0),
)
