"""One active alarm or open KPI episode, as correlation keeps it."""

from typing import NamedTuple

from telassure.kernel.events import Alarm, KpiEpisode
from telassure.kernel.instant import Instant


class Member(NamedTuple):
    """`deadline` is when it has waited long enough for its cause to show."""

    managed_object: str
    severity: int
    raised_at: Instant
    physical: bool
    episode: bool
    feed: str
    deadline: Instant


def member_of(event: Alarm | KpiEpisode, severity: int, deadline: Instant, physical: bool) -> Member:
    """The member that an active alarm or an open episode makes."""
    episode = isinstance(event, KpiEpisode)
    since = event.started_at if isinstance(event, KpiEpisode) else event.raised_at
    return Member(event.managed_object, severity, since, physical, episode, event.feed, deadline)
