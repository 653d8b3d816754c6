"""One active alarm or open KPI episode, as correlation keeps it."""

from enum import IntEnum
from typing import NamedTuple

from telassure.kernel.events import Alarm, KpiEpisode
from telassure.kernel.instant import Instant


class Member(NamedTuple):
    """`deadline` is when it has waited long enough for its cause to show. `part` is what it can be in a problem
    (`Role`), `says` its specific problem, or probable cause where it names none."""

    managed_object: str
    severity: int
    raised_at: Instant
    physical: bool
    episode: bool
    feed: str
    deadline: Instant
    part: int = 0
    says: str = ""


class Role(IntEnum):
    """What a member can be in a problem, of its probable cause and its place in the network.

    PLAIN: cause or consequence along dependencies. APART: of its own element alone. SYMPTOM: a lack of quality at an
    object on which nothing depends. LOAD: more traffic than before on a link.
    """

    PLAIN = 0
    APART = 1
    SYMPTOM = 2
    LOAD = 3


def member_of(event: Alarm | KpiEpisode, severity: int, deadline: Instant, physical: bool, role: Role) -> Member:
    """The member that an active alarm or an open episode makes."""
    name, feed = event.managed_object, event.feed
    if isinstance(event, KpiEpisode):
        return Member(name, severity, event.started_at, physical, True, feed, deadline)
    says = event.specific_problem or event.probable_cause
    return Member(name, severity, event.raised_at, physical, False, feed, deadline, role, says)
