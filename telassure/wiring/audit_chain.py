"""The rule by which acts are written down beside the log that takes them, and the key of it."""

import hmac
from typing import Final

from telassure.access.trail import AuditChain
from telassure.kernel.ports import Clock
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
