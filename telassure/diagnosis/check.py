"""A check, its finding, and how many of them run side by side, each with a time of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from queue import Empty, Queue
from threading import Thread
from time import monotonic
from typing import Final

from telassure.errors import TelassureError

SECONDS: Final = 3.0
_SHORTEST_SECRET: Final = 4  # characters; shorter ones would blot out ordinary words


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `mend` says in one sentence what to type or change, "" where nothing is wrong."""

    ok: bool
    found: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """`look` may raise our errors or take too long: `mend` is then the advice."""

    name: str
    look: Callable[[], Finding]
    mend: str


@dataclass(frozen=True, slots=True)
class Result:
    """A line of the diagnosis, as it is printed."""

    name: str
    ok: bool
    found: str
    mend: str


def fine(found: str) -> Finding:
    return Finding(True, found)


def wrong(found: str, mend: str) -> Finding:
    return Finding(False, found, mend)


def examine(checks: Sequence[Check], seconds: float = SECONDS, secrets: Sequence[str] = ()) -> list[Result]:
    """The results in the order of the checks, after `seconds` at the most; no text holds any of the `secrets`.

    Each check runs in a daemon thread of its own, so that one that hangs neither delays another nor the end.
    """
    answers: list[Queue[Finding]] = [Queue() for _ in checks]
    deadline = monotonic() + seconds
    for check, answer in zip(checks, answers, strict=True):
        Thread(target=_look, args=(check, answer), name=check.name, daemon=True).start()
    found = []
    for check, answer in zip(checks, answers, strict=True):
        try:
            finding = answer.get(timeout=max(deadline - monotonic(), 0.001))
        except Empty:
            finding = wrong(f"no answer within {seconds:g} s", check.mend)
        found.append(_without(secrets, Result(check.name, finding.ok, finding.found, finding.mend)))
    return found


def _look(check: Check, answer: "Queue[Finding]") -> None:
    try:
        answer.put(check.look())
    except TelassureError as failed:
        answer.put(wrong(str(failed), check.mend))
    except Exception as unknown:  # a check must not take the others with it
        answer.put(wrong(f"the check itself failed: {type(unknown).__name__}: {unknown}", check.mend))


def _without(secrets: Sequence[str], result: Result) -> Result:
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            result = replace(result, found=result.found.replace(secret, "***"), mend=result.mend.replace(secret, "***"))
    return result
