"""People of this installation: their accounts, their sessions, and the door of the pages."""

from typing import Final

from telassure.access.accounts import Accounts
from telassure.access.admission import Admission
from telassure.access.principal import Principal
from telassure.access.register import Register
from telassure.access.sessions import SessionRules, Sessions
from telassure.access.trail import HOUSE
from telassure.kernel.instant import HOUR, MINUTE
from telassure.wiring.access import access_store, trail_of
from telassure.wiring.home import Home
from telassure.wiring.places import WallClock
from telassure.wiring.settings import Settings

DASHBOARD_TOKEN: Final = "dashboard_token"  # noqa: S105  # the name of a file, not what is in it
_VIEWER: Final = Principal(DASHBOARD_TOKEN, frozenset({"viewer"}))


def accounts(settings: Settings, by: str = HOUSE) -> Accounts:
    """The accounts of people, changed in the name of `by`."""
    store = access_store(settings)
    return Accounts(store, WallClock(), trail_of(settings, store), by)


def page_admission(settings: Settings) -> Admission:
    """Who is let in to the pages. On loopback anybody may read, unless the settings close that; elsewhere the file
    dashboard_token is a principal that may look and not act, for what is no person."""
    store, place = access_store(settings), settings.dashboards
    trail = trail_of(settings, store)
    register = Register(store, WallClock(), trail)
    if not place.near:
        secret = Home(settings.home, settings.secrets).secret(DASHBOARD_TOKEN)
        register.adopt(_VIEWER, secret, f"secrets/{DASHBOARD_TOKEN}")
    rules = SessionRules(place.session_hours * HOUR, place.idle_minutes * MINUTE)
    sessions = Sessions(store, WallClock(), trail, rules)
    return Admission(register, sessions, place.near and place.open, place.names, place.secure)


def page_address(settings: Settings, key: str = "") -> str:
    """Where the page is; with the key of a link, the one that logs in."""
    return settings.dashboards.url + (f"/enter?once={key}" if key else "")
