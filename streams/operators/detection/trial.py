"""What is kept of a challenger in one domain: its own series, and the count of its episodes beside the champion's."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

import msgpack

from streams.operators.detection.domain_series import DomainSeries, load_domain
from streams.operators.detection.feedback import is_scored
from telassure.kernel.events import KpiEpisode, ModelComparison
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Instant

LENGTH: Final = 4  # bytes that hold the header's size
Open: TypeAlias = dict[tuple[str, str], bool]


@dataclass(slots=True, eq=False)
class Trial:
    """`ours` and `theirs` are the open episodes of challenger and champion by series: True where the other has had one
    open on that series at the same time, so that a pair agrees once."""

    profile: str = ""
    since: Instant = 0
    champion_episodes: int = 0
    challenger_episodes: int = 0
    agreed: int = 0
    ours: Open = field(default_factory=dict)
    theirs: Open = field(default_factory=dict)
    series: DomainSeries = field(default_factory=DomainSeries)

    def begin(self, profile: str, at: Instant) -> None:
        """Another challenger: nothing of the one before is kept."""
        self.profile, self.since = profile, at
        self.champion_episodes = self.challenger_episodes = self.agreed = 0
        self.ours, self.theirs, self.series = {}, {}, DomainSeries()

    def hear_challenger(self, episode: KpiEpisode) -> bool:
        """Whether the figures change."""
        new = self._hear(episode, self.ours, self.theirs)
        self.challenger_episodes += new
        return new

    def hear_champion(self, episode: KpiEpisode) -> bool:
        """Whether the figures change."""
        new = self._hear(episode, self.theirs, self.ours)
        self.champion_episodes += new
        return new

    def _hear(self, episode: KpiEpisode, own: Open, other: Open) -> bool:
        """Whether it has just opened. Gaps are nobody's finding."""
        if not is_scored(episode):
            return False
        series = (episode.managed_object, episode.measurement)
        if episode.state == "closed":
            own.pop(series, None)
            return False
        if series in own:
            return False
        own[series] = other.get(series) is False
        if own[series]:
            other[series] = True
            self.agreed += 1
        return True

    def comparison(self, domain: str, at: Instant) -> ModelComparison:
        return ModelComparison(
            comparison_id=derive_id("comparison", domain, self.profile, self.since),
            domain=domain,
            challenger=self.profile,
            champion_episodes=self.champion_episodes,
            challenger_episodes=self.challenger_episodes,
            agreed=self.agreed,
            since=self.since,
            time=at,
        )

    def dump(self) -> bytes:
        figures = (self.profile, self.since, self.champion_episodes, self.challenger_episodes, self.agreed)
        opens = [[[*series, met] for series, met in each.items()] for each in (self.ours, self.theirs)]
        header = msgpack.packb((*figures, *opens))
        return b"".join((len(header).to_bytes(LENGTH, "little"), header, self.series.dump()))


def load_trial(blob: bytes) -> Trial:
    """The inverse of `Trial.dump`."""
    start = LENGTH + int.from_bytes(blob[:LENGTH], "little")
    profile, since, champion, challenger, agreed, *opens = msgpack.unpackb(blob[LENGTH:start])
    ours, theirs = ({(element, measurement): met for element, measurement, met in each} for each in opens)
    return Trial(profile, since, champion, challenger, agreed, ours, theirs, load_domain(blob[start:]))
