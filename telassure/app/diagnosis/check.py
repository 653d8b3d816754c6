"""A check, its finding, and how many of them run side by side, each with a time of its own."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from queue import Empty, Queue
from threading import Thread
from time import monotonic
from typing import Final

from telassure.kernel.errors import ConfigurationError, TelassureError

SECONDS: Final = 3.0
_SHORTEST_SECRET: Final = 4  # characters; shorter ones would blot out ordinary words


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `mend` says in one sentence what to type or change. Where nothing is wrong it is "", or what
    somebody should do one of these days."""

    ok: bool
    found: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """`look` may raise our errors or take too long: `mend` is then the advice, unless a wrong setting names its own.

    `needs` names checks that have to be well for this one to mean anything.
    """

    name: str
    look: Callable[[], Finding]
    mend: str
    needs: tuple[str, ...] = ()


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


def refused(failed: TelassureError, mend: str) -> Finding:
    """What an error says. A wrong setting's text ends with what to do about it; of one that may pass, what ends it says
    only that it is tried again."""
    if isinstance(failed, ConfigurationError):
        found, _, own = str(failed).partition("; ")
        return wrong(found, own or mend)
    return wrong(str(failed).partition("; the same call")[0].partition("; it will be tried")[0], mend)


def examine(checks: Sequence[Check], seconds: float = SECONDS, secrets: Sequence[str] = ()) -> list[Result]:
    """The results in the order of the checks, after `seconds` at the most; no text holds any of the `secrets`. What is
    wrong only because something that it needs is wrong says no more than that.

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
    ill = {result.name for result in found if not result.ok}
    return [_because(check, result, ill) for check, result in zip(checks, found, strict=True)]


def _because(check: Check, result: Result, ill: Set[str]) -> Result:
    first = next((name for name in check.needs if name in ill), None)
    if result.ok or first is None:
        return result
    return replace(result, found=f"cannot be told while {first} is wrong", mend=f"mend {first} first")


def _look(check: Check, answer: "Queue[Finding]") -> None:
    try:
        answer.put(check.look())
    except TelassureError as failed:
        answer.put(refused(failed, check.mend))
    except Exception as unknown:  # a check must not take the others with it
        answer.put(wrong(f"the check itself failed: {type(unknown).__name__}: {unknown}", check.mend))


def _without(secrets: Sequence[str], result: Result) -> Result:
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            result = replace(result, found=result.found.replace(secret, "***"), mend=result.mend.replace(secret, "***"))
    return result
