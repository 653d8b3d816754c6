"""Takes hops from the outbox into the logs of other topologies; notices are the delivery's."""

from collections.abc import Sequence
from typing import Final

from streams.hosts.partition.effects import HOP, hop_entry
from telassure.kernel.events import DeadLetter
from telassure.kernel.identity import derive_id
from telassure.kernel.ports import EventLog, OutboxRow, StateStore

_MANY: Final = 1_000


class HopRelay:
    """Appends one partition's hops to their target's log, and acknowledges them in bulk.

    What was appended but not acknowledged before a crash is appended again; the log or the receiver's marks refuse it:
    nothing is doubled or lost.
    """

    def __init__(self, topology: str, store: StateStore, log: EventLog, partition: int) -> None:
        self._topology, self._store, self._log, self._partition = topology, store, log, partition
        self._sent: list[str] = []

    def send(self, rows: Sequence[OutboxRow], acknowledge: bool = True) -> None:
        """Append these rows; those that came from the outbox are acknowledged later."""
        if not rows:
            return
        entries = [hop_entry(self._topology, row) for row in rows]
        for index in self._log.append(entries).conflicts:
            self._log.bury([self._conflict(rows[index])])
        if acknowledge:
            self._sent.extend(row.outbox_id for row in rows)
            if len(self._sent) >= _MANY:
                self.settle()

    def settle(self) -> None:
        """Acknowledge what has been sent."""
        if self._sent:
            self._store.acknowledge(self._topology, self._sent)
            self._sent.clear()

    def leftovers(self) -> None:
        """Send what an earlier owner of the partition committed and did not see off."""
        self.settle()
        more = True
        while more:
            rows = self._store.outbox(self._topology, _MANY, self._partition, HOP)
            self.send(rows)
            self.settle()
            more = len(rows) == _MANY

    def _conflict(self, row: OutboxRow) -> DeadLetter:
        source, reason = HOP + self._topology, "the target's log holds another record at this hop's position"
        operator = row.position.partition("/")[0]
        identity = derive_id("hop_conflict", source, row.position)
        return DeadLetter(identity, source, row.position, operator, row.target, reason, row.payload, row.created_at)
