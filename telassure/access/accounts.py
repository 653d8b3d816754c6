"""People: principals with a password, and the links by which they log in once without it."""

import secrets
from collections.abc import Sequence
from typing import Final

from telassure.access.passwords import judge_password, password_digest
from telassure.access.principal import Principal
from telassure.access.register import enrolled
from telassure.access.roles import ADMIN
from telassure.access.tokens import token_digest
from telassure.access.trail import HOUSE, AuditTrail
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import HOUR, Duration
from telassure.kernel.ports import Clock, Deed
from telassure.store.sql.access import AccessRows, SqlAccess
from telassure.store.sql.account_rows import KeptAccount, KeptLink, KeptSession

LINK_LASTS: Final[Duration] = HOUR
_KEY_BYTES: Final = 32


class Accounts:
    """What an admin does for people. Every change is written down in its own transaction, in the name of `by`."""

    def __init__(self, store: SqlAccess, clock: Clock, trail: AuditTrail, by: str = HOUSE) -> None:
        self._store, self._clock, self._trail, self._by = store, clock, trail, by

    def open(self, wanted: Principal, password: str) -> None:
        """A new person. InvalidInput for a name that is taken, and for a password that is easily guessed."""
        judge_password(password, wanted.name)
        digest = password_digest(password)
        with self._store.writing() as rows:
            rows.keep_principal(enrolled(rows, wanted, self._clock.now()))
            rows.people.keep(KeptAccount(wanted.name, digest, self._clock.now()))
            self._note(rows, "access person", wanted.name, f"roles {', '.join(sorted(wanted.roles))}")

    def change(self, name: str, password: str) -> None:
        """Another password, or the first one of a principal that has none; its sessions and links end."""
        judge_password(password, name)
        digest = password_digest(password)
        with self._store.writing() as rows:
            _known(rows, name)
            rows.people.keep(KeptAccount(name, digest, self._clock.now()))
            ended = end_all(rows, name)
            self._note(rows, "access password", name, f"sessions and links ended: {ended}")

    def link(self, name: str, lasts: Duration = LINK_LASTS) -> str:
        """The key of a link that logs a principal in, once and not after `lasts`; it is nowhere afterwards."""
        with self._store.writing() as rows:
            _known(rows, name)
            return self._made(rows, name, lasts)

    def first_link(self) -> str:
        """The same for the principal `admin`, which is made where there is none."""
        with self._store.writing() as rows:
            if all(each.name != ADMIN for each in rows.principals()):
                rows.keep_principal(enrolled(rows, Principal(ADMIN, frozenset({ADMIN})), self._clock.now()))
                self._note(rows, "access person", ADMIN, f"roles {ADMIN}")
            return self._made(rows, ADMIN, LINK_LASTS)

    def names(self) -> Sequence[str]:
        """Who has a password."""
        with self._store.reading() as rows:
            return [each.principal for each in rows.people.accounts()]

    def _made(self, rows: AccessRows, name: str, lasts: Duration) -> str:
        key, now = secrets.token_urlsafe(_KEY_BYTES), self._clock.now()
        for each in rows.people.links():
            if each.expires_at <= now:
                rows.people.drop(each)
        rows.people.keep(KeptLink(token_digest(key), name, now + lasts))
        self._note(rows, "access link", name, "made")
        return key

    def _note(self, rows: AccessRows, what: str, name: str, outcome: str) -> None:
        self._trail.within(rows, Deed(self._by, what, name, outcome))


def end_all(rows: AccessRows, name: str) -> int:
    """End the sessions and links of a principal; how many there were."""
    every: list[KeptSession | KeptLink] = [*rows.people.sessions(), *rows.people.links()]
    theirs = [each for each in every if each.principal == name]
    for each in theirs:
        rows.people.drop(each)
    return len(theirs)


def _known(rows: AccessRows, name: str) -> None:
    if all(each.name != name for each in rows.principals()):
        raise InvalidInput(f"there is no principal {name!r}; telassure access list names them")
