"""The outbox relay: takes each notice to its channel and acknowledges it, in order, until the outbox is empty."""

from dataclasses import dataclass
from typing import Final

from telassure.codec import decode
from telassure.errors import PermanentError, TransientError
from telassure.ports import Notifier, OutboxRow, StateStore

TARGET: Final = "notify"
BATCH: Final = 200


@dataclass(slots=True)
class Relayed:
    """What one pass did. `refused` were turned down for good by the channel and are not tried again."""

    delivered: int = 0
    refused: int = 0
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class NoticeRelay:
    """Delivery is at least once, and once by the notification's id: a crash before the acknowledgement repeats it."""

    store: StateStore
    topology: str
    notifier: Notifier

    def run(self) -> Relayed:
        """One pass over the waiting notices; stops at the first that must wait, so that order is kept."""
        done = Relayed()
        acknowledged: list[str] = []
        for row in self.store.outbox(self.topology, BATCH):
            if row.target != TARGET:
                continue
            try:
                self._deliver(row, done)
            except TransientError:
                done.waiting = True
                break
            acknowledged.append(row.outbox_id)
        if acknowledged:
            self.store.acknowledge(self.topology, acknowledged)
        return done

    def _deliver(self, row: OutboxRow, done: Relayed) -> None:
        try:
            self.notifier.notify(decode(row.kind, row.payload))
            done.delivered += 1
        except PermanentError:
            done.refused += 1
