"""The audit trail: what was done, appended only, each entry chained to all before it, and the head signed."""

import hmac
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Final, Protocol

import orjson

from telassure.kernel.ports import Clock, Deed
from telassure.store.sql.access import SqlAccess
from telassure.store.sql.audit_rows import AuditEntry, AuditHead, AuditRows

HOUSE: Final = "the installation"
"""Who acts where nobody asked: the system itself."""
ACCESS: Final = "access"
_HASH: Final = "sha256"
_LONGEST: Final = 400


class Audited(Protocol):
    """What is kept within one transaction, as far as the trail is concerned."""

    @property
    def audit(self) -> AuditRows: ...


class AuditSource(Protocol):
    """A database that has a trail, to be read in one snapshot."""

    def reading(self) -> AbstractContextManager[Audited]: ...


@dataclass(frozen=True, slots=True)
class TrailProof:
    """What was found of a trail. `first_bad` is the number of the first entry that is not what was written, None
    where all are; `reason` says what is wrong with it."""

    entries: int
    first_bad: int | None = None
    reason: str = ""

    @property
    def ok(self) -> bool:
        return self.first_bad is None


@dataclass(frozen=True, slots=True)
class AuditChain:
    """The rule of the trail of one database, by its name: how entries are chained and heads are signed. Rows that were
    written for another database, or with another key, are not proven here."""

    database: str
    clock: Clock
    key: bytes

    def extend(self, rows: AuditRows, deeds: Sequence[Deed]) -> None:
        """Write deeds down in the transaction in which they are done: both are there, or none."""
        rows.take_turns()
        for deed in deeds:
            head = rows.head()
            number, before = (1, self._beginning) if head is None else (head.number + 1, head.chain)
            actor, what, subject, outcome = map(_kept, (deed.actor, deed.what, deed.subject, deed.outcome))
            unchained = AuditEntry(number, self.clock.now(), actor, what, subject, outcome, b"")
            chain = self._chained(before, unchained)
            rows.append(replace(unchained, chain=chain), AuditHead(number, chain, self._signature(number, chain)))

    def prove(self, rows: AuditRows, earlier: AuditHead | None = None) -> TrailProof:
        """Compute every entry anew; what an `earlier` head says has to be in it still."""
        return self._proven(rows.entries(), rows.head(), earlier)

    @property
    def _beginning(self) -> bytes:
        return bytes(32) if self.database == ACCESS else hmac.digest(self.key, self.database.encode(), _HASH)

    def _proven(self, entries: Iterable[AuditEntry], head: AuditHead | None, earlier: AuditHead | None) -> TrailProof:
        seen, before = 0, self._beginning
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
        return hmac.digest(self.key, before + orjson.dumps(said), _HASH)

    def _signature(self, number: int, chain: bytes) -> bytes:
        whose = b"" if self.database == ACCESS else self.database.encode()
        return hmac.digest(self.key, b"head" + whose + number.to_bytes(8) + chain, _HASH)


class DatabaseTrail:
    """The trail of one database, to be read and proven. Without the key nobody can write an entry that is proven: a row
    that was altered, dropped, put elsewhere or hashed anew is found, and so is one that is missing at the end."""

    def __init__(self, source: AuditSource, chain: AuditChain) -> None:
        self._source, self._chain = source, chain

    @property
    def database(self) -> str:
        return self._chain.database

    def head(self) -> AuditHead | None:
        """How far it goes, signed, to be kept where nobody reaches who reaches this machine."""
        with self._source.reading() as rows:
            return rows.audit.head()

    def newest(self, limit: int) -> Sequence[AuditEntry]:
        """The last entries, the newest first."""
        with self._source.reading() as rows:
            return rows.audit.newest(limit)

    def prove(self, earlier: AuditHead | None = None) -> TrailProof:
        """Compute every entry anew; what an `earlier` head says has to be in it still."""
        with self._source.reading() as rows:
            return self._chain.prove(rows.audit, earlier)


class AuditTrail(DatabaseTrail):
    """The trail of access's own database, in which whatever has no transaction of its own is written down too."""

    def __init__(self, store: SqlAccess, clock: Clock, key: bytes) -> None:
        super().__init__(store, AuditChain(ACCESS, clock, key))
        self._store = store

    def record(self, deed: Deed) -> None:
        """Durable when it returns."""
        with self._store.writing() as rows:
            self.within(rows, deed)

    def within(self, rows: Audited, deed: Deed) -> None:
        """The same in the transaction of what was done: both are there, or none."""
        self._chain.extend(rows.audit, [deed])


def _kept(text: str) -> str:
    """On one line and not without an end, since anybody may have written it."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text[:_LONGEST])
