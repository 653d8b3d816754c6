"""Acts that no person does alone: one asks, another one confirms by asking for the same."""

import json
from dataclasses import dataclass
from hashlib import blake2b

from telassure.access.trail import AuditTrail
from telassure.kernel.errors import InvalidInput, SecondWanted
from telassure.kernel.instant import DAY, Duration
from telassure.kernel.ports import AskedAct, Clock, Deed
from telassure.store.sql.access import SqlAccess
from telassure.store.sql.request_rows import KeptRequest


@dataclass(frozen=True, slots=True)
class FourEyes:
    """kernel.ports.SecondLook for the acts of these names. It is asked once whoever asks is known to have the right.

    A request lasts `lasts`, and serves once: both persons are on the trail, in the transaction that keeps the request
    and in the one that takes it away. Whoever confirmed may repeat the act for as long under its id, which the log
    takes once; under another id it has to be asked for by both again.
    """

    acts: frozenset[str]
    store: SqlAccess
    trail: AuditTrail
    clock: Clock
    lasts: Duration = DAY

    def __call__(self, asked: AskedAct) -> None:
        if asked.act not in self.acts:
            return
        if not asked.person:
            raise InvalidInput(
                f"{asked.act} takes two persons, and nobody has shown who asks: log in, or send it with a token"
            )
        if not self._confirmed(asked):
            raise SecondWanted(
                f"{asked.act} takes two persons: it waits for another one, who asks for the same within"
                f" {self.lasts // (DAY // 24)} hours"
            )

    def _confirmed(self, asked: AskedAct) -> bool:
        now = self.clock.now()
        mark = _mark(asked)
        with self.store.writing() as rows:
            if asked.act_id and rows.requests.since(mark, now - self.lasts) is not None:
                return True
            found = rows.requests.since(asked.digest, now - self.lasts)
            if found is not None and found.principal != asked.person:
                rows.requests.drop(found)
                rows.requests.keep(KeptRequest(mark, asked.person, now))
                outcome = f"approved: requested by {found.principal}"
            elif found is None:
                rows.requests.keep(KeptRequest(asked.digest, asked.person, now))
                outcome = "requested: waits for another person"
            else:
                return False
            self.trail.within(rows, Deed(asked.person, asked.act, asked.subject, outcome))
        return found is not None


def _mark(asked: AskedAct) -> bytes:
    """What is kept of a confirmation: who confirmed which act under which id."""
    said = json.dumps([asked.digest.hex(), asked.act_id, asked.person]).encode()
    return blake2b(said, digest_size=16).digest()
