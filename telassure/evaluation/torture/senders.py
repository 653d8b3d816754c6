"""Who sends: elements that try again until they are answered, and a person who gives commands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random
from typing import Final

import orjson

from ingestion.batches.batch import Batch, Disposition, Origin, Receipt
from telassure.evaluation.torture.request import InputRequest
from telassure.evaluation.torture.station import Broken, Station
from telassure.evaluation.torture.timeline import Timeline
from telassure.evaluation.torture.trouble import Trouble, Troubles
from telassure.kernel.commands import Instruction, house_own
from telassure.kernel.errors import ConflictingDuplicate, InvalidInput, PermanentError, TransientError
from telassure.kernel.events import Alarm, TroubleTicket
from telassure.kernel.instant import Instant
from telassure.kernel.ports import RecordReader

_LONGEST: Final = 30.0
_OFTEN: Final = 0.03


@dataclass(slots=True)
class Element:
    """Sends its requests one after another; one that is not answered is sent again, the same bytes."""

    requests: Sequence[InputRequest]
    timeline: Timeline
    troubles: Troubles
    door: Station
    unexpected: Callable[[str], None]
    _next: int = 0

    def start(self) -> None:
        if self._next < len(self.requests):
            self.timeline.at(self.requests[self._next].due, self._try)

    @property
    def over(self) -> bool:
        return self._next >= len(self.requests)

    def _try(self) -> None:
        request = self.requests[self._next]
        request.tries += 1
        receipt = self._sent(request)
        if receipt is None and not request.refusal:
            self.timeline.after(min(2.0 ** min(request.tries, 6) / 2, _LONGEST), self._try)
            return
        request.receipt = receipt
        if receipt is not None and self.troubles.throws(Trouble.SENT_TWICE, request.feed, self._often(request)):
            self.timeline.after(self.troubles.dice.uniform(0, 600), lambda: self._again(request))
        self._next += 1
        self.start()

    @staticmethod
    def _often(request: InputRequest) -> float:
        """A statement of the catalogue without a key is not sent twice: it would be stated anew."""
        return 0.0 if request.kind == "catalogue" and not request.key else _OFTEN

    def _sent(self, request: InputRequest) -> Receipt | None:
        """The answer, None where there is none that says anything."""
        if self.troubles.throws(Trouble.REQUEST_LOST, request.feed, _OFTEN):
            return None
        batch, origin = batch_of(request)
        try:
            receipt = self.door.call(lambda door: door.post(batch, origin))
        except (Broken, TransientError):
            return None
        except PermanentError as refused:
            request.refusal = str(refused)
            return None
        if self.troubles.throws(Trouble.REQUEST_LOST, f"the answer to {request.feed}", _OFTEN):
            return None
        return receipt  # type: ignore[no-any-return]  # what a door's post gives

    def _again(self, request: InputRequest) -> None:
        """The network delivers it once more; what it was acknowledged for is not new any more."""
        batch, origin = batch_of(request)
        try:
            receipt = self.door.call(lambda door: door.post(batch, origin))
        except (Broken, TransientError):
            return
        except PermanentError as refused:
            self.unexpected(f"{request.feed}: what was taken is refused when it comes again: {refused}")
            return
        held = request.receipt.total(Disposition.HELD) if request.receipt is not None else 0
        if receipt.accepted > held:  # what was held at first has not been in the log before
            self.unexpected(f"{request.feed}: {receipt.accepted} rows of what was taken are new when it comes again")


def batch_of(request: InputRequest) -> tuple[Batch, Origin]:
    """As the HTTP endpoint makes them of a body."""
    body = orjson.dumps(request.body)
    digest = blake2b(body, digest_size=16).digest()
    position = f"key:{request.key}" if request.key else digest.hex()
    batch = Batch(request.kind, orjson.loads(body), position, digest, guarded=bool(request.key))
    return batch, Origin(request.feed, f"http:{request.kind}:{request.feed}", actor="torture")


@dataclass(slots=True)
class Person:
    """Gives commands on what stands on the page; one that is not answered is given again under its id."""

    timeline: Timeline
    troubles: Troubles
    door: Station
    dice: Random
    reader: RecordReader
    until: Instant
    given: list[str] = field(default_factory=list)
    waiting: int = 0
    _number: int = 0

    def start(self) -> None:
        self.timeline.after(self.dice.expovariate(1 / 240), self._look)

    def _look(self) -> None:
        if self.timeline.now >= self.until:
            return
        alarms = self.reader.find(Alarm, {"state": "active"}, limit=50).rows
        tickets = self.reader.find(TroubleTicket, {"state": "acknowledged"}, limit=50).rows
        self._number += 1
        name = f"act-{self._number}"
        if alarms and (not tickets or self.dice.random() < 0.5):
            command = self.dice.choice(("ack", "unack"))
            self._give(Instruction(command, self.dice.choice(alarms).alarm_id, "eve", act_id=name, permit=house_own))
        elif tickets:
            text = {"text": f"looked at, {self._number}"}
            self._give(
                Instruction(
                    "note", self.dice.choice(tickets).ticket_id, "eve", arguments=text, act_id=name, permit=house_own
                )
            )
        self.start()

    def _give(self, instruction: Instruction, tries: int = 1) -> None:
        self.waiting += tries == 1
        try:
            self.door.call(lambda door: door.give(instruction))
        except (Broken, TransientError):
            self.timeline.after(min(2.0 ** min(tries, 6), _LONGEST), lambda: self._give(instruction, tries + 1))
            return
        except InvalidInput:
            self.waiting -= 1  # its object has gone meanwhile
            return
        except ConflictingDuplicate:
            self.waiting -= 1
            return
        self.waiting -= 1
        self.given.append(instruction.act_id)
