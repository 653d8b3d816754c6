"""Check of the policies that were set: does any have no effect, because this release cannot read it?"""

from contextlib import closing
from typing import Final

from streams.operators.policy_register import policies, trouble_with
from telassure.app.diagnosis.check import Check, Finding, fine, wrong
from telassure.kernel.events import PolicyValue
from telassure.kernel.ports import Clock
from telassure.store.sql import examine
from telassure.wiring import places
from telassure.wiring.settings import Settings

_FROM: Final = "assurance"  # every topology holds the whole catalogue
_NEEDS: Final = ("postgresql", f"database {_FROM}")


def checks(settings: Settings, clock: Clock) -> list[Check]:
    """One: what is sent is refused, but an older release may have stored anything."""
    needs = _NEEDS if settings.distributed else _NEEDS[1:]
    slow = "see whether the database is slow: telassure doctor --seconds 30"
    return [Check("policies", lambda: policies_read(settings), slow, needs)]


def policies_read(settings: Settings) -> Finding:
    """Every policy that was set can be read. One that nobody knows is told of and no more: it cannot be unset."""
    state = examine.schema(places.database_url(settings, _FROM), "state")
    if state is None or not state.serves or state.missing:
        return fine("nothing has run here yet")
    with closing(places.state_store(settings, _FROM)) as store:
        entries = [entry for entry in store.catalogue(_FROM, 0) if isinstance(entry, PolicyValue)]
    troubled = [entry for entry in entries if trouble_with(entry.area, entry.name, entry.value)]
    unreadable = [entry for entry in troubled if (entry.area, entry.name) in policies()]
    if unreadable:
        first = unreadable[0]
        policy = policies()[first.area, first.name]
        narrow = f" --for {first.selector}" if first.selector else ""
        return wrong(
            f"{trouble_with(first.area, first.name, first.value)}; the default is in force",
            f"set it anew: telassure policies set {policy} {policy.default}{narrow}",
        )
    unknown = sorted({f"{entry.area}.{entry.name}" for entry in troubled})
    if unknown:
        return Finding(
            True, f"{len(entries)} are set", f"without effect, as no policy is called so: {', '.join(unknown)}"
        )
    return fine(f"{len(entries)} are set")
