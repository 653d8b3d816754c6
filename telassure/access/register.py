"""The register of access: principals and their tokens, changed while everything runs and read at most once a second."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

from telassure.access.principal import Principal
from telassure.access.roles import ROLES, SOURCE
from telassure.access.tokens import digest_of, token_digest
from telassure.access.trail import HOUSE, AuditTrail
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import Instant
from telassure.kernel.ports import Clock, Deed
from telassure.observe.heartbeats import uptime
from telassure.store.sql.access import AccessRows, KeptPrincipal, KeptToken, SqlAccess
from telassure.store.sql.account_rows import KeptAccount, KeptLink, KeptSession

FRESH_SECONDS: Final = 1.0
"""A change made by another process counts after so long at the latest."""
LONGEST_NAME: Final = 128
_TOKEN_BYTES: Final = 32
_ID_BYTES: Final = 6
_MARK: Final = "tls_"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One principal with its tokens, as it is listed."""

    principal: KeptPrincipal
    tokens: Sequence[KeptToken]


class Register:
    """Who is behind a token, and the changes an admin makes. Safe from several threads."""

    def __init__(
        self,
        store: SqlAccess,
        clock: Clock,
        trail: AuditTrail,
        by: str = HOUSE,
        elapsed: Callable[[], float] = uptime,
    ) -> None:
        self._store, self._clock, self._trail, self._by, self._elapsed = store, clock, trail, by, elapsed
        self._failures, self._failed_at = 0, float("-inf")
        self._gate = Lock()
        self._read_at = float("-inf")
        self._known: Mapping[bytes, tuple[KeptToken, Principal]] = {}

    def principal(self, token: str) -> Principal | None:
        """As Authenticator. Costs a digest and a look-up; the database is read at most once in FRESH_SECONDS."""
        found = self._fresh().get(token_digest(token))
        if found is not None and found[0].serves(self._clock.now()):
            return found[1]
        self._failed("" if found is None else found[1].name)
        return None

    def listed(self) -> Sequence[Enrolment]:
        with self._store.reading() as rows:
            tokens = rows.tokens()
            return [
                Enrolment(each, [token for token in tokens if token.principal == each.name])
                for each in rows.principals()
            ]

    def enrol(self, wanted: Principal, expires_at: Instant = 0) -> str:
        """A new principal; its token, which is nowhere afterwards. InvalidInput for a name that is taken."""
        with self._store.writing() as rows:
            rows.keep_principal(enrolled(rows, wanted, self._clock.now()))
            self._note(rows, "access add", wanted.name, f"roles {', '.join(sorted(wanted.roles))}")
            token = self._new_token(rows, wanted.name, expires_at)
        self._stale()
        return token

    def rotate(self, name: str, overlap: int = 0, expires_at: Instant = 0) -> str:
        """A new token of a principal; those that it has end in `overlap` (a duration; 0: now)."""
        with self._store.writing() as rows:
            now = self._clock.now()
            for each in self._serving(rows, name):
                _refuse_file(each)
                ends = min(now + overlap, each.expires_at or now + overlap)
                rows.keep_token(replace(each, expires_at=ends) if overlap else replace(each, revoked_at=now))
            token = self._new_token(rows, name, expires_at)
            self._note(rows, "access rotate", name, "done")
        self._stale()
        return token

    def revoke(self, name: str) -> int:
        """End every token of a principal, its password, sessions and links; how many there were that served."""
        with self._store.writing() as rows:
            serving = self._serving(rows, name)
            for each in serving:
                rows.keep_token(replace(each, revoked_at=self._clock.now()))
            theirs = [each for each in _of_people(rows) if each.principal == name]
            for one in theirs:
                rows.people.drop(one)
            outcome = f"tokens ended: {len(serving)}; passwords, sessions and links: {len(theirs)}"
            self._note(rows, "access revoke", name, outcome)
        self._stale()
        return len(serving) + len(theirs)

    def adopt(self, wanted: Principal, token: str, origin: str) -> None:
        """Let the token of a file stand for a principal. Tokens that the file held before end; one that was revoked
        stays so, though the file still holds it."""
        digest = digest_of(token)
        with self._store.reading() as rows:
            if wanted in principals_of(rows) and self._is_only(rows, wanted.name, digest):
                return
        with self._store.writing() as rows:
            rows.keep_principal(_kept(wanted, self._clock.now()))
            known = [each for each in rows.tokens() if each.principal == wanted.name]
            for each in known:
                if each.origin and each.digest != digest and not each.revoked_at:
                    rows.keep_token(replace(each, revoked_at=self._clock.now()))
            if all(each.digest != digest for each in known):
                rows.keep_token(self._token(wanted.name, digest, origin, 0))
                self._note(rows, "access adopt", wanted.name, f"the token of {origin}")
        self._stale()

    def _is_only(self, rows: AccessRows, name: str, digest: bytes) -> bool:
        """Whether the file's token is known, and no earlier one of the file serves."""
        own = [each for each in rows.tokens() if each.principal == name and each.origin]
        return any(each.digest == digest for each in own) and all(
            each.revoked_at or each.digest == digest for each in own
        )

    def _note(self, rows: AccessRows, what: str, name: str, outcome: str) -> None:
        self._trail.within(rows, Deed(self._by, what, name, outcome))

    def _failed(self, name: str) -> None:
        """Write a failed login down; of many within a second one, with how many came since the one before."""
        with self._gate:
            self._failures += 1
            if self._elapsed() - self._failed_at < FRESH_SECONDS:
                return
            number, self._failures, self._failed_at = self._failures, 0, self._elapsed()
        why = f"its token has ended; failures since the last entry: {number}"
        self._trail.record(Deed(name or "nobody known", "login", "api", why if name else why.partition("; ")[2]))

    def _fresh(self) -> Mapping[bytes, tuple[KeptToken, Principal]]:
        with self._gate:
            if self._elapsed() - self._read_at >= FRESH_SECONDS:
                with self._store.reading() as rows:
                    by_name = {each.name: each for each in principals_of(rows)}
                    self._known = {
                        each.digest: (each, by_name[each.principal])
                        for each in rows.tokens()
                        if each.principal in by_name
                    }
                self._read_at = self._elapsed()
            return self._known

    def _stale(self) -> None:
        with self._gate:
            self._read_at = float("-inf")

    def _serving(self, rows: AccessRows, name: str) -> Sequence[KeptToken]:
        if all(each.name != name for each in rows.principals()):
            raise InvalidInput(f"there is no principal {name!r}; telassure access list names them")
        now = self._clock.now()
        return [each for each in rows.tokens() if each.principal == name and each.serves(now)]

    def _new_token(self, rows: AccessRows, name: str, expires_at: Instant) -> str:
        if expires_at and expires_at <= self._clock.now():
            raise InvalidInput("it would have expired already; give a time to come")
        token = _MARK + secrets.token_urlsafe(_TOKEN_BYTES)
        rows.keep_token(self._token(name, digest_of(token), "", expires_at))
        return token

    def _token(self, name: str, digest: bytes, origin: str, expires_at: Instant) -> KeptToken:
        return KeptToken(secrets.token_hex(_ID_BYTES), name, digest, origin, self._clock.now(), expires_at, 0)


def principals_of(rows: AccessRows) -> Sequence[Principal]:
    """Who may ask, as the database says."""
    return [
        Principal(each.name, frozenset(each.roles), frozenset(each.feeds), frozenset(each.domains))
        for each in rows.principals()
    ]


def enrolled(rows: AccessRows, wanted: Principal, now: Instant) -> KeptPrincipal:
    """A new principal as it is to be kept. InvalidInput for a name that is taken."""
    _judge(wanted)
    if any(each.name == wanted.name for each in rows.principals()):
        raise InvalidInput(f"there is a principal {wanted.name!r} already; rotate its token, or name another")
    return _kept(wanted, now)


def _kept(wanted: Principal, now: Instant) -> KeptPrincipal:
    roles, feeds, domains = (tuple(sorted(each)) for each in (wanted.roles, wanted.feeds, wanted.domains))
    return KeptPrincipal(wanted.name, roles, feeds, domains, now)


def _of_people(rows: AccessRows) -> Sequence[KeptAccount | KeptLink | KeptSession]:
    return [*rows.people.accounts(), *rows.people.links(), *rows.people.sessions()]


def _judge(wanted: Principal) -> None:
    """InvalidInput for a principal that would not be what whoever makes it believes."""
    fields.text(wanted.name, "name", LONGEST_NAME)
    if unknown := sorted(wanted.roles - ROLES.keys()):
        raise InvalidInput(f"there is no role {', '.join(unknown)}; there are {', '.join(ROLES)}")
    if not wanted.roles:
        raise InvalidInput(f"{wanted.name} has no role, so that it may nothing; give one of {', '.join(ROLES)}")
    if wanted.feeds and SOURCE not in wanted.roles:
        raise InvalidInput("feeds bound who sends input, and it is no source; give it that role, or leave them out")
    if wanted.domains and SOURCE in wanted.roles:
        raise InvalidInput("what a source sends is bounded by feeds, not by domains; make two principals of it")


def _refuse_file(token: KeptToken) -> None:
    if token.origin:
        raise InvalidInput(
            f"its token is the file {token.origin}: put another secret there (openssl rand -hex 32), and start the API"
            " anew"
        )
