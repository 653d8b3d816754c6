"""The register of access of this installation, with what its files of secrets stand for."""

from collections.abc import Sequence
from typing import Final

from ingestion.deeds import TARIFFS
from streams.operators.commands import commands
from telassure.access.four_eyes import FourEyes
from telassure.access.principal import Principal
from telassure.access.register import Register
from telassure.access.roles import ADMIN, SOURCE
from telassure.access.trail import HOUSE, AuditTrail, DatabaseTrail
from telassure.kernel.errors import ConfigurationError
from telassure.kernel.feeds import RECORDED
from telassure.kernel.ports import SecondLook, one_is_enough
from telassure.store.sql.access import SqlAccess
from telassure.store.sql.audit_rows import AuditReader
from telassure.wiring.audit_chain import AUDIT_KEY, log_chain
from telassure.wiring.home import Home
from telassure.wiring.places import LOG, WallClock, database_url
from telassure.wiring.settings import Settings

API_TOKEN: Final = "api_token"  # noqa: S105  # the names of files, not what is in them
RECORDING_TOKEN: Final = "recording_token"  # noqa: S105
_OF_FILES: Final = (
    Principal(API_TOKEN, frozenset({ADMIN, SOURCE})),
    Principal(RECORDING_TOKEN, frozenset({SOURCE}), frozenset({f"{RECORDED}*"})),
)


def access_register(settings: Settings, by: str = HOUSE) -> Register:
    """The register, in which the files api_token and recording_token are principals of these names: the first may send
    all input but recordings and has the role admin, the second may send recordings. `by` is in
    whose name it is changed."""
    store = access_store(settings)
    found = Register(store, WallClock(), trail_of(settings, store), by)
    home = Home(settings.home, settings.secrets)
    home.secret(API_TOKEN)  # the one that every API needs
    for each in _OF_FILES:
        token = home.offered_secret(each.name)
        if token is not None:
            found.adopt(each, token, f"secrets/{each.name}")
    return found


def audit_trail(settings: Settings) -> AuditTrail:
    """What was done in this home that has no other transaction than its own entry's, or that of a change of access."""
    return trail_of(settings, access_store(settings))


def audit_trails(settings: Settings) -> Sequence[DatabaseTrail]:
    """The trails of all databases in which something is done: what acts go into the log, and everything else."""
    log = DatabaseTrail(AuditReader(database_url(settings, LOG)), log_chain(settings, LOG, WallClock()))
    return (audit_trail(settings), log)


def second_look(settings: Settings) -> SecondLook:
    """What the settings say of acts that take two persons. ConfigurationError for an act that nobody knows."""
    wanted = frozenset(settings.access.four_eyes)
    if not wanted:
        return one_is_enough
    known = {TARIFFS, *(name for name, _ in commands())}
    if unknown := sorted(wanted - known):
        raise ConfigurationError(
            f"access.four_eyes names {unknown[0]!r}, which is no act; write of {', '.join(sorted(known))}"
        )
    store = access_store(settings)
    return FourEyes(wanted, store, trail_of(settings, store), WallClock())


def access_store(settings: Settings) -> SqlAccess:
    """The database of access of the home."""
    return SqlAccess(Home(settings.home).access_url)


def trail_of(settings: Settings, store: SqlAccess) -> AuditTrail:
    """Keyed by a secret of the home, which lies apart from the database."""
    return AuditTrail(store, WallClock(), Home(settings.home).secret(AUDIT_KEY).encode())
