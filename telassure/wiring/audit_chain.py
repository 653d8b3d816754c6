"""The rule by which acts are written down beside the log that takes them, and the key of it."""

import hmac
from collections.abc import Sequence
from functools import partial
from typing import Final

from telassure.access.trail import AuditChain
from telassure.kernel.ports import Clock, Deed
from telassure.store.sql.audit_rows import AuditRows, Scribe
from telassure.wiring.home import Home
from telassure.wiring.settings import Settings

AUDIT_KEY: Final = "audit_key"  # the name of a secret, not what is in it
_SHARED: Final = "pseudonym_key"


def log_chain(settings: Settings, database: str, clock: Clock) -> AuditChain:
    """Over Kafka all machines write into one chain, so that its key is one they share: `audit_key` in their folder of
    secrets, or one that is made of the pseudonyms' key."""
    if not settings.distributed:
        return AuditChain(database, clock, Home(settings.home).secret(AUDIT_KEY).encode())
    shared = Home(settings.home, settings.secrets)
    key = shared.offered_secret(AUDIT_KEY) if settings.secrets is not None else None
    if key is None:
        pseudonyms = settings.pseudonym_key or shared.secret(_SHARED)
        key = hmac.digest(pseudonyms.encode(), AUDIT_KEY.encode(), "sha256").hex()
    return AuditChain(database, clock, key.encode())


def log_scribe(settings: Settings, database: str, clock: Clock) -> Scribe:
    """Writes down what is done with the log. The key is asked for with the first deed and not before: a copy of a home
    that is only read, such as a backup that is proven, is given none of its own."""
    return partial(_write_down, settings, database, clock)


def _write_down(settings: Settings, database: str, clock: Clock, rows: AuditRows, deeds: Sequence[Deed]) -> None:
    if deeds:
        log_chain(settings, database, clock).extend(rows, deeds)
