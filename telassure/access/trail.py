"""The audit trail: what was done, appended only, each entry chained to all before it, and the head signed."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import orjson

from telassure.kernel.ports import Clock
from telassure.store.sql.access import AccessRows, SqlAccess
from telassure.store.sql.audit_rows import AuditEntry, AuditHead

HOUSE: Final = "the installation"
"""Who acts where nobody asked: the system itself."""
_HASH: Final = "sha256"
_LONGEST: Final = 400
_BEGINNING: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be written down: who did what to what, and with which outcome."""

    actor: str
    what: str
    subject: str
    outcome: str


@dataclass(frozen=True, slots=True)
class TrailProof:
    """What was found of the trail. `first_bad` is the number of the first entry that is not what was written, None
    where all are; `reason` says what is wrong with it."""

    entries: int
    first_bad: int | None = None
    reason: str = ""

    @property
    def ok(self) -> bool:
        return self.first_bad is None


class AuditTrail:
    """Writes deeds down and proves what was written. Without the key nobody can write an entry that is proven: a row
    that was altered, dropped, put elsewhere or hashed anew is found, and so is one that is missing at the end."""

    def __init__(self, store: SqlAccess, clock: Clock, key: bytes) -> None:
        self._store, self._clock, self._key = store, clock, key

    def record(self, deed: Deed) -> None:
        """Durable when it returns."""
        with self._store.writing() as rows:
            self.within(rows, deed)

    def within(self, rows: AccessRows, deed: Deed) -> None:
        """The same in the transaction of what was done: both are there, or none."""
        head = rows.audit.head()
        number, before = (1, _BEGINNING) if head is None else (head.number + 1, head.chain)
        actor, what, subject, outcome = map(_kept, (deed.actor, deed.what, deed.subject, deed.outcome))
        unchained = AuditEntry(number, self._clock.now(), actor, what, subject, outcome, b"")
        chain = self._chained(before, unchained)
        entry = replace(unchained, chain=chain)
        rows.audit.append(entry, AuditHead(number, chain, self._signature(number, chain)))

    def head(self) -> AuditHead | None:
        """How far it goes, signed, to be kept where nobody reaches who reaches this machine."""
        with self._store.reading() as rows:
            return rows.audit.head()

    def newest(self, limit: int) -> Sequence[AuditEntry]:
        """The last entries, the newest first."""
        with self._store.reading() as rows:
            return rows.audit.newest(limit)

    def prove(self, earlier: AuditHead | None = None) -> TrailProof:
        """Compute every entry anew; what an `earlier` head says has to be in it still."""
        with self._store.reading() as rows:
            head = rows.audit.head()
            return self._proven(rows.audit.entries(), head, earlier)

    def _proven(self, entries: Iterable[AuditEntry], head: AuditHead | None, earlier: AuditHead | None) -> TrailProof:
        seen, before = 0, _BEGINNING
        for entry in entries:
            if entry.number != seen + 1:
                return TrailProof(seen, seen + 1, f"entry {seen + 1} is missing")
            if not hmac.compare_digest(self._chained(before, entry), entry.chain):
                return TrailProof(seen, entry.number, f"entry {entry.number} is not what was written with this key")
            seen, before = entry.number, entry.chain
            if earlier is not None and earlier.number == seen and earlier.chain != before:
                return TrailProof(seen, seen, f"entry {seen} is not the one of the head that was kept")
        return self._ending(seen, before, head, earlier)

    def _ending(self, seen: int, chain: bytes, head: AuditHead | None, earlier: AuditHead | None) -> TrailProof:
        for which, said in (("its head", head), ("the head that was kept", earlier)):
            if said is None:
                continue
            if not hmac.compare_digest(said.signature, self._signature(said.number, said.chain)):
                return TrailProof(seen, seen + 1, f"{which} is not signed with the key of this installation")
            if said.number > seen:
                return TrailProof(seen, seen + 1, f"entries after {seen} are missing: {which} says {said.number}")
        if (head is None) is (seen > 0) or (head is not None and (head.number, head.chain) != (seen, chain)):
            return TrailProof(seen, (head.number if head else 0) + 1, "its head says another end")
        return TrailProof(seen)

    def _chained(self, before: bytes, entry: AuditEntry) -> bytes:
        said = [entry.number, entry.at, entry.actor, entry.deed, entry.subject, entry.outcome]
        return hmac.digest(self._key, before + orjson.dumps(said), _HASH)

    def _signature(self, number: int, chain: bytes) -> bytes:
        return hmac.digest(self._key, b"head" + number.to_bytes(8) + chain, _HASH)


def _kept(text: str) -> str:
    """On one line and not without an end, since anybody may have written it."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text[:_LONGEST])
