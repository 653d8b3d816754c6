"""Faults on demand: a folder of small files through which another process asks a running demo for a fault."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import orjson

from telassure.kernel.errors import InvalidInput, TelassureError
from telassure.simulator.config import FaultKind, JsonObject
from telassure.simulator.truth import simulator_folder

_REQUEST: Final = ".request.json"
_ANSWER: Final = ".answer.json"


@dataclass(frozen=True, slots=True)
class FaultRequest:
    """One fault asked for. Its answer is a file beside it, written when the demo has taken or refused it."""

    path: Path

    def answer(self) -> JsonObject | None:
        """{"fault_id", "kind", "target", "start", "end"} or {"error"}; None while the demo has not answered."""
        path = _answer_path(self.path)
        return dict(orjson.loads(path.read_bytes())) if path.exists() else None

    def withdraw(self) -> None:
        """Take the request and its answer away."""
        self.path.unlink(missing_ok=True)
        _answer_path(self.path).unlink(missing_ok=True)


def request_fault(home: Path, kind: str, target: str | None = None) -> FaultRequest:
    """Ask the demo that runs over this home for a fault. InvalidInput where the kind is unknown."""
    if kind not in tuple(FaultKind):
        raise InvalidInput(f"{kind!r} is no kind of fault; use one of {', '.join(FaultKind)}", "kind")
    path = _folder(home) / f"{uuid4().hex}{_REQUEST}"
    _write(path, {"kind": kind, "target": target})
    return FaultRequest(path)


def serve_requests(home: Path, take: Callable[[FaultKind, str | None], JsonObject]) -> int:
    """Hand each waiting request to `take`, write its answer, and say how many there were."""
    served = 0
    for path in _waiting(home):
        try:
            wanted = orjson.loads(path.read_bytes())
            target = wanted.get("target")
            answer = take(FaultKind(wanted["kind"]), None if target is None else str(target))
        except (TelassureError, ValueError, KeyError, AttributeError, TypeError) as error:
            answer = {"error": str(error)}
        _write(_answer_path(path), answer)
        path.unlink(missing_ok=True)
        served += 1
    return served


def _folder(home: Path) -> Path:
    folder = simulator_folder(home) / "commands"
    folder.mkdir(exist_ok=True)
    return folder


def _waiting(home: Path) -> Iterator[Path]:
    return iter(sorted(_folder(home).glob(f"*{_REQUEST}")))


def _answer_path(request: Path) -> Path:
    return request.with_name(request.name.removesuffix(_REQUEST) + _ANSWER)


def _write(path: Path, content: JsonObject) -> None:
    draft = path.with_suffix(".new")
    draft.write_bytes(orjson.dumps(content))
    draft.replace(path)
