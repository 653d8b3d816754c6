"""Strangers that poison: what is no file in the inbox, and receivers of notices that are slow, away or elsewhere."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from telassure import wiring
from telassure.wiring.home import Home
from tests.outbox.receivers import Desk, Reply
from tests.poison.kinds.times import act_at
from tests.poison.living import Living
from tests.poison.trial import Poison

ODD, RECEIVER = "no file in the inbox", "receiver of notices"
SLOW_SECONDS = 1.5


def _odd(name: str, make: Callable[[Path], object]) -> Poison:
    return Poison(ODD, name, act_at(440, lambda system: make(Home(system.home).inbox / f"a-ghost-{name}.csv")))


def _socket(place: Path) -> None:
    folder = os.open(place.parent, os.O_PATH)  # its own name is longer than one of a socket may be
    try:
        with closing(socket.socket(socket.AF_UNIX)) as made:
            made.bind(f"/proc/self/fd/{folder}/{place.name}")
    finally:
        os.close(folder)


def odd() -> Iterator[Poison]:
    yield _odd("pipe", os.mkfifo)
    yield _odd("socket", _socket)
    yield _odd("link to a device", lambda place: place.symlink_to("/dev/zero"))
    yield _odd("link to itself", lambda place: place.symlink_to(place))


def _receiver(name: str, other: Callable[[dict[str, Any], int], Reply]) -> Poison:
    def claim(system: Living, desk: Desk) -> str:
        if "GET" in desk.methods:
            return "a redirect was followed"
        outgoing = wiring.outboxes(system.settings)["assurance"]
        with closing(outgoing):
            waiting = outgoing.waiting("other", 10_000)
        return "" if waiting else "notices that were not taken count as sent"

    return Poison(RECEIVER, name, other=other, claim=claim)


def _slow(notice: dict[str, Any], times: int) -> Reply:
    time.sleep(SLOW_SECONDS)
    return 200


def _elsewhere(notice: dict[str, Any], times: int) -> Reply:
    return 302, {"Location": "/elsewhere"}


def _later(notice: dict[str, Any], times: int) -> Reply:
    return 503, {"Retry-After": "3600"}


def receivers() -> Iterator[Poison]:
    yield _receiver("slower than its time-out", _slow)
    yield _receiver("redirects", _elsewhere)
    yield _receiver("answers 500", lambda notice, times: 500)
    yield _receiver("asks for an hour", _later)
