"""Sessions of people: begun by a password or a link, kept on this side, ended by age, silence or being told."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from math import ceil
from threading import Lock
from typing import Final

from telassure.access.passwords import password_fits
from telassure.access.principal import Principal
from telassure.access.register import FRESH_SECONDS, principals_of
from telassure.access.throttle import LoginThrottle
from telassure.access.tokens import token_digest
from telassure.access.trail import AuditTrail
from telassure.kernel.errors import NotPermitted
from telassure.kernel.instant import HOUR, MINUTE, Duration
from telassure.kernel.ports import Clock, Deed
from telassure.observe.heartbeats import uptime
from telassure.store.sql.access import AccessRows, SqlAccess
from telassure.store.sql.account_rows import KeptSession

FACE: Final = "page"
NOBODY_KNOWN: Final = "nobody known"
_KEY_BYTES: Final = 32
_SEEN_EVERY: Final = MINUTE


class TriedTooOften(NotPermitted):
    """So many logins failed that the next has to wait, for so many whole `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = ceil(seconds)
        super().__init__(f"too many logins failed; try again in {self.seconds} s")


@dataclass(frozen=True, slots=True)
class SessionRules:
    """A session ends `lasts` after its login whatever happens, and `idle` after its browser was heard last."""

    lasts: Duration = 12 * HOUR
    idle: Duration = HOUR


class Sessions:
    """Who is behind the key that a browser bears. Safe from several threads."""

    def __init__(
        self,
        store: SqlAccess,
        clock: Clock,
        trail: AuditTrail,
        rules: SessionRules = SessionRules(),
        elapsed: Callable[[], float] = uptime,
    ) -> None:
        self._store, self._clock, self._trail, self._rules, self._elapsed = store, clock, trail, rules, elapsed
        self._throttle = LoginThrottle(elapsed)
        self._gate = Lock()
        self._read_at = float("-inf")
        self._known: Mapping[bytes, tuple[KeptSession, Principal]] = {}

    def login(self, name: str, password: str, address: str) -> str:
        """The key of a new session. NotPermitted where the two do not fit, TriedTooOften where nobody looks."""
        wait = self._throttle.admit(name, address)
        if wait > 0:
            raise TriedTooOften(wait)
        with self._store.reading() as rows:
            digests = {each.principal: each.password for each in rows.people.accounts()}
        if not password_fits(digests.get(name), password):
            # A name that is nobody's may be a password typed into the wrong line.
            self._trail.record(Deed(name if name in digests else NOBODY_KNOWN, "login", FACE, "failed"))
            raise NotPermitted("the name or the password is wrong")
        self._throttle.succeeded(name, address)
        with self._store.writing() as rows:
            if name not in {each.principal for each in rows.people.accounts()}:
                raise NotPermitted("the name or the password is wrong")
            begun = self._begun(rows, name, "by password")
        self._stale()
        return begun

    def enter(self, key: str, address: str) -> str:
        """The same by a link, which serves no more then."""
        wait = self._throttle.admit("", address)
        if wait > 0:
            raise TriedTooOften(wait)
        begun = ""
        with self._store.writing() as rows:
            found = next((each for each in rows.people.links() if each.digest == token_digest(key)), None)
            if found is not None:
                rows.people.drop(found)
            if found is not None and self._clock.now() < found.expires_at:
                begun = self._begun(rows, found.principal, "by link")
            else:
                self._trail.within(rows, Deed(NOBODY_KNOWN, "login", FACE, "failed: a link that does not serve"))
        if not begun:
            raise NotPermitted("this link was used already, or is too old; telassure access link NAME makes another")
        self._throttle.succeeded("", address)
        self._stale()
        return begun

    def principal(self, key: str) -> Principal | None:
        """Who a session stands for. Costs a digest and a look-up; the database is read once in FRESH_SECONDS and
        written to once a minute."""
        digest, now = token_digest(key), self._clock.now()
        found = self._fresh().get(digest)
        if found is None or not found[0].serves(now, self._rules.idle):
            return None
        if now - found[0].seen_at >= _SEEN_EVERY:
            with self._store.writing() as rows:
                still = next((each for each in rows.people.sessions() if each.digest == digest), None)
                if still is not None:
                    rows.people.keep(replace(still, seen_at=now))
            self._stale()
        return found[1]

    def end(self, key: str) -> None:
        """Somebody logs out."""
        digest = token_digest(key)
        with self._store.writing() as rows:
            for each in rows.people.sessions():
                if each.digest == digest:
                    rows.people.drop(each)
                    self._trail.within(rows, Deed(each.principal, "logout", FACE, "done"))
        self._stale()

    def _begun(self, rows: AccessRows, name: str, how: str) -> str:
        key, now = secrets.token_urlsafe(_KEY_BYTES), self._clock.now()
        for each in rows.people.sessions():
            if not each.serves(now, self._rules.idle):
                rows.people.drop(each)
        rows.people.keep(KeptSession(token_digest(key), name, now, now, now + self._rules.lasts))
        self._trail.within(rows, Deed(name, "login", FACE, how))
        return key

    def _fresh(self) -> Mapping[bytes, tuple[KeptSession, Principal]]:
        with self._gate:
            if self._elapsed() - self._read_at >= FRESH_SECONDS:
                with self._store.reading() as rows:
                    by_name = {each.name: each for each in principals_of(rows)}
                    self._known = {
                        each.digest: (each, by_name[each.principal])
                        for each in rows.people.sessions()
                        if each.principal in by_name
                    }
                self._read_at = self._elapsed()
            return self._known

    def _stale(self) -> None:
        with self._gate:
            self._read_at = float("-inf")


def csrf_token(key: str) -> str:
    """What a page of this session shows with everything that it asks; whoever knows it not the key."""
    return sha256(b"csrf" + token_digest(key)).hexdigest()
