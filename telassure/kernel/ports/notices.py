"""What waits to leave the system, and the channel that it leaves by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from telassure.kernel.events import DeadLetter, Notification
from telassure.kernel.ports.state import OutboxRow


@dataclass(frozen=True, slots=True)
class Delivered:
    """The channel has it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel will never take this notice, and says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Postponed:
    """The channel may take it yet; where it says when, after so many seconds."""

    reason: str
    seconds: float = 0.0


Answer = Delivered | Refused | Postponed


class Channel(Protocol):
    """Takes a notice to one receiver, once per id as far as that allows. It always answers, within its time-out."""

    async def send(self, notice: Notification) -> Answer: ...


class Outgoing(Protocol):
    """The notices of one topology that have not reached every receiver."""

    def waiting(self, receiver: str, limit: int) -> Sequence[OutboxRow]:
        """The oldest that this receiver has not had."""
        ...

    def settle(self, receiver: str, told: Sequence[str], refused: Sequence[DeadLetter]) -> None:
        """In one transaction: this receiver is done with these rows, some of which it refused. A row goes when every
        receiver is done with it."""
        ...
