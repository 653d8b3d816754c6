"""Times that poison: recordings with a date to come, a machine's clock that jumps, an element's that is fast."""

from collections.abc import Callable, Iterator
from typing import Any

from telassure.kernel.instant import DAY, HOUR, MINUTE, Duration, iso
from tests.outbox.receivers import Desk
from tests.poison.living import Living
from tests.poison.network import STEP
from tests.poison.trial import Act, Poison

RECORDING, MACHINE, ELEMENT = "recording into the future", "machine's clock jumps", "element's clock is wrong"
_YEARS = 73 * 365 * DAY


def alarm(name: str, at: int) -> dict[str, Any]:
    return {"managed_object": name, "perceived_severity": "critical", "probable_cause": "powerFailure", "time": iso(at)}


def point(name: str, at: int) -> dict[str, Any]:
    return {"managed_object": name, "measurement": "load", "time": iso(at), "value": 1}


def call(account: str, at: int) -> dict[str, Any]:
    return {"record_id": f"ghost-{account}-{at}", "account": account, "service": "voice", "time": iso(at), "volume": 60}


def said(system: Living, kind: str, rows: Any, feed: str, token: str = "api_token") -> int:
    """What poison sends; how it was answered."""
    with system.connected(token) as client:
        return client.post(f"/v1/ingest/{kind}", json=rows, headers={"X-Feed": feed}).status_code


def _recorded(
    kind: str, rows: Callable[[int], list[dict[str, Any]]], ahead: Duration, token: str, answer: int
) -> Poison:
    heard: list[int] = []

    def act(system: Living, second: int) -> None:
        if second in (120, 500):
            heard.append(said(system, kind, rows(system.machine.wall + ahead), "replay:evil", token))

    def claim(system: Living, _: Desk) -> str:
        wrong = [status for status in heard if status != answer]
        heard.clear()
        return f"answered {wrong[0]}, not {answer}" if wrong else ""

    return Poison(RECORDING, f"{kind} {_span(ahead)} ahead, {token}", act, claim=claim)


def _ghosts(at: int) -> list[dict[str, Any]]:
    return [alarm("ghost-north", at), alarm("ghost-south", at)]


def _calls(at: int) -> list[dict[str, Any]]:
    return [call("a-1", at), call("a-6", at)]


def _points(at: int) -> list[dict[str, Any]]:
    return [point("ghost-north", at), point("north-c1", at)]


def recordings() -> Iterator[Poison]:
    yield _recorded("alarms", _ghosts, _YEARS, "api_token", 403)
    yield _recorded("alarms", _ghosts, _YEARS, "recording_token", 422)
    yield _recorded("usage", _calls, 36 * 365 * DAY, "recording_token", 422)
    yield _recorded("measurements", _points, DAY, "recording_token", 422)


def _jump(ahead: Duration, seconds: int) -> Poison:
    def act(system: Living, second: int) -> None:
        if second == 120:
            system.machine.jump(ahead)
        if second == 120 + seconds:
            system.machine.jump(-ahead)

    return Poison(MACHINE, f"{_span(ahead)} for {seconds} s", act)


def jumps() -> Iterator[Poison]:
    yield _jump(40 * DAY, 22 - 22 % STEP)
    yield _jump(_YEARS, 120)
    yield _jump(-40 * DAY, 60)
    yield _jump(3 * HOUR, 240)


def _fast(ahead: Duration, feed: str, kind: str, row: Callable[[str, int], dict[str, Any]], name: str) -> Poison:
    def act(system: Living, second: int) -> None:
        if second % 100 == 20:
            said(system, kind, [row(name, system.machine.wall + ahead)], feed)

    return Poison(ELEMENT, f"{kind} of {feed} {_span(ahead)}", act)


def elements() -> Iterator[Poison]:
    yield _fast(59 * MINUTE + 50_000_000, "fm-north", "alarms", alarm, "ghost-north")
    yield _fast(10 * MINUTE, "fm-south", "alarms", alarm, "ghost-south")
    yield _fast(23 * HOUR, "pm-north", "measurements", point, "ghost-north")
    yield _fast(23 * HOUR, "cdr", "usage", call, "ghost-account")
    yield _fast(-59 * MINUTE - 50_000_000, "fm-north", "alarms", alarm, "ghost-north")


def _span(ahead: Duration) -> str:
    if abs(ahead) >= DAY:
        return f"{ahead / DAY:+,.0f} days"
    return f"{ahead / MINUTE:+,.0f} min"


def act_at(second: int, act: Callable[[Living], object]) -> Act:
    """An act of one step."""

    def once(system: Living, now: int) -> None:
        if now == second:
            act(system)

    return once
