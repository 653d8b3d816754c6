"""The register of access of this installation, with what its files of secrets stand for."""

from typing import Final

from telassure.access.principal import Principal
from telassure.access.register import Register
from telassure.access.roles import ADMIN, SOURCE
from telassure.kernel.feeds import RECORDED
from telassure.store.sql.access import SqlAccess
from telassure.wiring.home import Home
from telassure.wiring.places import WallClock
from telassure.wiring.settings import Settings

API_TOKEN: Final = "api_token"  # noqa: S105  # the names of files, not what is in them
RECORDING_TOKEN: Final = "recording_token"  # noqa: S105
_OF_FILES: Final = (
    Principal(API_TOKEN, frozenset({ADMIN, SOURCE})),
    Principal(RECORDING_TOKEN, frozenset({SOURCE}), frozenset({f"{RECORDED}*"})),
)


def access_register(settings: Settings) -> Register:
    """The register, in which the files api_token and recording_token are principals of these names: the first may send
    all input but recordings and has the role admin, the second may send recordings."""
    found = open_register(settings)
    home = Home(settings.home, settings.secrets)
    home.secret(API_TOKEN)  # the one that every API needs
    for each in _OF_FILES:
        token = home.offered_secret(each.name)
        if token is not None:
            found.adopt(each, token, f"secrets/{each.name}")
    return found


def open_register(settings: Settings) -> Register:
    """The register as it is kept, for who lists and changes it."""
    return Register(SqlAccess(Home(settings.home).access_url), WallClock())
