"""What a face reads and acts through: records, commands, input, the catalogue, and documents of its own."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from bss_sync.tmf.refusal import FaceRefusal, bad
from telassure.kernel.commands import CommandDesk, Instruction, Permit, unpermitted
from telassure.kernel.errors import ConflictingDuplicate, InvalidInput, NotPermitted, TransientError
from telassure.kernel.events import Account, CatalogueEntry
from telassure.kernel.events.act import DONE
from telassure.kernel.instant import Instant
from telassure.kernel.ports import Clock, RecordReader

T = TypeVar("T")
E = TypeVar("E", bound=CatalogueEntry)
FACE: Final = "tmf"
PATIENCE: Final = 2.0
_PAUSE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the name of the token's principal, the trace of the request, what it may do by commands, and the key by
    which it knows the request, so that asking twice is asking once."""

    name: str
    trace: str = ""
    permit: Permit = unpermitted
    key: str = ""


class Pending(Exception):
    """What was asked is durable, and not applied within `PATIENCE`: the answer is 202. `identity` is known or ""."""

    def __init__(self, identity: str = "") -> None:
        super().__init__(identity)
        self.identity = identity


class DocumentStore(Protocol):
    """JSON objects by resource and id, in the order in which they came."""

    def get(self, resource: str, identity: str) -> dict[str, Any] | None: ...
    def several(self, resource: str, identities: Sequence[str]) -> Mapping[str, dict[str, Any]]: ...
    def put(self, resource: str, identity: str, body: Mapping[str, Any]) -> None: ...
    def remove(self, resource: str, identity: str) -> bool: ...
    def listed(self, resource: str, offset: int, limit: int) -> Sequence[dict[str, Any]]: ...
    def count(self, resource: str) -> int: ...


class Inbound(Protocol):
    """The gateway, as far as a face needs it."""

    def submit(self, kind: str, body: object, caller: Caller) -> Sequence[str]:
        """Durable when it returns; the reasons of what was refused. TransientError where the log is not to be had."""
        ...


class Stated(Protocol):
    """The catalogue in force."""

    def get(self, kind: type[E], identity: str) -> E | None: ...
    def every(self, kind: type[E]) -> Sequence[E]:
        """In the order in which they were first stated."""
        ...


@dataclass(frozen=True, slots=True)
class PrepaidBalance:
    """The balance of an account in micro-units, and how much of it is reserved."""

    micros: int
    reserved: int


class PrepaidBalances(Protocol):
    """What charging keeps of accounts."""

    def of(self, accounts: Sequence[Account]) -> Mapping[str, PrepaidBalance]:
        """By the id of each."""
        ...


@dataclass(frozen=True, slots=True)
class BackOffice:
    """What the faces of one endpoint share."""

    reader: RecordReader
    desk: CommandDesk
    inbound: Inbound
    stated: Stated
    documents: DocumentStore
    balances: PrepaidBalances
    clock: Clock
    patience: float = PATIENCE

    def submit(self, kind: str, body: object, caller: Caller) -> None:
        """Put rows into the log; FaceRefusal with the reason where one is refused."""
        try:
            refused = self.inbound.submit(kind, body, caller)
        except InvalidInput as error:
            raise bad(str(error)) from None
        if refused:
            raise bad(refused[0])

    def give(self, command: str, identity: str, caller: Caller, **arguments: str) -> None:
        """Give a command; FaceRefusal where it is refused, Pending where no worker has obeyed yet."""
        why, act_id = arguments.pop("why", ""), arguments.pop("act_id", "")
        instruction = Instruction(
            command,
            identity,
            caller.name,
            why,
            arguments=arguments,
            face=FACE,
            stated=False,
            act_id=act_id,
            trace=caller.trace,
            permit=caller.permit,
        )
        try:
            outcome = self.desk.give(instruction).outcome
        except NotPermitted as error:
            raise FaceRefusal(403, str(error)) from None
        except InvalidInput as error:
            raise bad(str(error)) from None
        except ConflictingDuplicate as error:
            raise FaceRefusal(409, str(error)) from None
        if outcome is None:
            raise Pending(identity)
        if outcome.outcome != DONE:
            raise FaceRefusal(409, outcome.reason)

    def awaited(self, found: Callable[[], T | None], identity: str = "") -> T:
        """What is there once it is applied; Pending where that takes too long."""
        until = time.monotonic() + self.patience
        while True:
            try:
                value = found()
            except TransientError:
                value = None
            if value is not None:
                return value
            if time.monotonic() >= until:
                raise Pending(identity)
            time.sleep(_PAUSE)

    def now(self) -> Instant:
        return self.clock.now()


def ids_of(refs: Iterable[object], name: str) -> Sequence[str]:
    """The ids of an array of references."""
    found = [each.get("id") for each in refs if isinstance(each, dict)]
    several = [str(each) for each in found if isinstance(each, str | int) and not isinstance(each, bool)]
    if not several:
        raise bad(f"{name} names no id")
    return several
