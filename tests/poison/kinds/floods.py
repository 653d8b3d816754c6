"""Floods that poison: feeds, series and accounts that nobody knows, packed files of bad rows, idle connections."""

import gzip
import socket
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from telassure.kernel.instant import HOUR, iso
from telassure.wiring.home import Home
from tests.outbox.receivers import Desk
from tests.poison.kinds.times import act_at, alarm, call, point, said
from tests.poison.living import Living
from tests.poison.network import SERIES_LIMIT
from tests.poison.trial import Poison

FEEDS, SERIES, ACCOUNTS = "unknown feeds", "ghost series", "unknown accounts"
BOMB, IDLE = "packed file of bad rows", "idle connections"
MOST_LETTERS = 400
EDGE = "ingest"
FEW_FEEDS = 40
BAD_ROWS = 60_000
CONNECTIONS = 100


def _named(name: str, second: int, kind: str, row: Callable[[str, int], dict[str, Any]], feed: str) -> Poison:
    """Twice as many feeds as one client may have."""

    def flood(system: Living) -> None:
        with system.connected("api_token") as client:
            for number in range(2 * FEW_FEEDS):
                body = [row("ghost-north", system.machine.wall)]
                client.post(f"/v1/ingest/{kind}", json=body, headers={"X-Feed": feed.format(number)})

    return Poison(FEEDS, name, act_at(second, flood), endpoint={"feeds": FEW_FEEDS})


def feeds() -> Iterator[Poison]:
    yield _named("of alarms, before the network has spoken", 20, "alarms", alarm, "ghost-{}")
    yield _named("of measurements", 40, "measurements", point, "{:064}")
    yield _named("of usage, after it", 610, "usage", call, "CDR {}")


def _series(name: str, second: int, row: Callable[[int, int], dict[str, Any]], feed: str) -> Poison:
    def flood(system: Living) -> None:
        for start in range(0, 10 * SERIES_LIMIT, SERIES_LIMIT):
            rows = [row(number, system.machine.wall) for number in range(start, start + SERIES_LIMIT)]
            said(system, "measurements", rows, feed)

    return Poison(SERIES, name, act_at(second, flood))


def _object(number: int, at: int) -> dict[str, Any]:
    return point(f"ghost-{number}", at)


def _measurement(number: int, at: int) -> dict[str, Any]:
    return point("ghost-north", at) | {"measurement": f"m{number}"}


def _spelled(number: int, at: int) -> dict[str, Any]:
    return point("ghost-south", at) | {"measurement": f"load{number:050}"}


def series() -> Iterator[Poison]:
    yield _series("of unknown objects", 130, _object, "ghost")
    yield _series("of unknown measurements, before the first reading", 40, _measurement, "ghost")
    yield _series("of long names in another domain", 130, _spelled, "ghost")


def _letters(system: Living, _: Desk) -> str:
    count = system.reader.letters(EDGE, limit=1).total
    return f"{count} dead letters of the edge" if count > MOST_LETTERS else ""


def _unknown(name: str, kind: str, rows: Callable[[int, int], list[dict[str, Any]]], feed: str) -> Poison:
    def flood(system: Living) -> None:
        for start in range(0, 20_000, 5_000):
            said(system, kind, rows(start, system.machine.wall), feed)

    return Poison(ACCOUNTS, name, act_at(130, flood))


def _usage(start: int, at: int) -> list[dict[str, Any]]:
    return [call(f"ghost-{number % 500}", at + number) for number in range(start, start + 5_000)]


def _bills(start: int, at: int) -> list[dict[str, Any]]:
    same = {"service": "voice", "quantity": 1, "amount": "1", "currency": "EUR", "time": iso(at), "bill_id": "ghost"}
    same |= {"period_start": iso(at - HOUR), "period_end": iso(at)}
    names = [f"ghost-{number}" for number in range(start, start + 5_000)]
    return [{"line_id": name, "account": name, **same} for name in names]


def _sims(start: int, at: int) -> list[dict[str, Any]]:
    same = {"service": "voice", "time": iso(at), "volume": 60}
    numbers = range(start, start + 5_000)
    return [{"record_id": f"ghost-{n}", "subscriber": f"+999155{n:06}", **same} for n in numbers]


def accounts() -> Iterator[Poison]:
    yield _unknown("in the feed of the known", "usage", _usage, "cdr")
    yield _unknown("of bills", "bills", _bills, "billing")
    yield _unknown("of numbers that are nobody's", "usage", _sims, "ghost")


def _packed(name: str, content: Callable[[], bytes]) -> Poison:
    def put(system: Living) -> None:
        inbox, file = Home(system.home).inbox, f"ghost-{name}.gz"
        (inbox / file).write_bytes(gzip.compress(content(), 1))
        gone = lambda: any((inbox / end / file).exists() for end in ("done", "failed"))  # noqa: E731
        system.awaited(gone, f"the end of {file}")

    return Poison(BOMB, name, act_at(440, put), claim=_letters)


def _bad_usage() -> bytes:
    return b"record_id,account,service,time,volume\n" + b"ghost,a-1,voice,yesterday,much\n" * BAD_ROWS


def _bad_alarms() -> bytes:
    return b'{"managed_object": "", "perceived_severity": "worst", "time": 7}\n' * BAD_ROWS


def packed() -> Iterator[Poison]:
    yield _packed("usage.csv", _bad_usage)
    yield _packed("alarms.jsonl", _bad_alarms)
    yield _packed("zeros.csv", partial(bytes, 200 << 20))


def _idle(name: str, head: bytes) -> Poison:
    """Eleven times as many as one address may have."""
    held: list[socket.socket] = []

    def connect(system: Living) -> None:
        for _ in range(11 * CONNECTIONS // 2):
            one = socket.create_connection(("127.0.0.1", system.port), timeout=5)
            one.sendall(head)
            held.append(one)

    def act(system: Living, second: int) -> None:
        if second in (130, 300):
            system.client.close()  # what the network sends next comes by a new connection
            connect(system)
            system.client = system.connected("api_token")

    def claim(system: Living, _: Desk) -> str:
        for one in held:
            one.close()
        held.clear()
        return ""

    return Poison(IDLE, name, act, claim=claim, endpoint={"connections": CONNECTIONS})


def idle() -> Iterator[Poison]:
    yield _idle("that say nothing", b"")
    yield _idle("with half a head", b"POST /v1/ingest/alarms HTTP/1.1\r\nHost: x\r\nX-")
    head = b"POST /v1/ingest/alarms HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
    yield _idle("with a head, no token and no body", head)
