"""What hops to where an area is correlated, and back: members of its domains, and acts on their problems."""

from dataclasses import dataclass, field

from telassure.kernel.events.act import Act
from telassure.kernel.events.alarm import Alarm
from telassure.kernel.events.kpi import KpiEpisode
from telassure.kernel.instant import Instant


@dataclass(frozen=True, slots=True)
class AreaMember:
    """An alarm or an episode (one of both is None) of a domain that is one layer of an area, on its way to the area."""

    area: str
    alarm: Alarm | None
    episode: KpiEpisode | None = None
    trace: str = field(default="", compare=False)

    @property
    def member(self) -> Alarm | KpiEpisode:
        """What it carries; ValueError where it carries nothing."""
        found = self.alarm or self.episode
        if found is None:
            raise ValueError(f"a member of area {self.area} carries neither an alarm nor an episode")
        return found

    @property
    def feed(self) -> str:
        return self.member.feed

    @property
    def time(self) -> Instant:
        return self.member.time


@dataclass(frozen=True, slots=True)
class AreaAct:
    """An act on a problem of an area, on its way to another domain of it that has alarms of the problem."""

    domain: str
    act: Act
    trace: str = field(default="", compare=False)

    @property
    def feed(self) -> str:
        return self.act.feed

    @property
    def time(self) -> Instant:
        return self.act.time
