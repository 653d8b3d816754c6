"""What is kept of a challenger in one domain: its own series, and the count of its episodes beside the champion's."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from streams.cells import CellCodec, unpacked
from streams.operators.detection.cell import LENGTH, STATE_VERSION, DomainCell, load_cell
from streams.operators.detection.feedback import is_scored
from streams.operators.detection.former_cell import named_trial
from telassure.kernel.events import KpiEpisode, ModelComparison
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Instant

Open: TypeAlias = dict[tuple[str, str], bool]
TRIAL_VERSION: Final = 3
CELL_VERSION: Final = {1: 2, 2: 3, TRIAL_VERSION: STATE_VERSION}
"""Of the cell within a trial of each version."""


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
    cell: DomainCell = field(default_factory=DomainCell, compare=False)  # its bytes stand behind the header

    def begin(self, profile: str, at: Instant) -> None:
        """Another challenger: nothing of the one before is kept."""
        self.profile, self.since = profile, at
        self.champion_episodes = self.challenger_episodes = self.agreed = 0
        self.ours, self.theirs, self.cell = {}, {}, DomainCell()

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
        """A header by names, and the cell of the challenger's series."""
        written = TRIAL.pack(self)
        return b"".join((len(written).to_bytes(LENGTH, "little"), written, self.cell.dump()))


TRIAL: Final = CellCodec(Trial)


def load_trial(blob: bytes, version: int = TRIAL_VERSION) -> Trial:
    """The inverse of `Trial.dump`, also of what earlier releases wrote."""
    start = LENGTH + int.from_bytes(blob[:LENGTH], "little")
    kept = unpacked(blob[LENGTH:start])
    trial = TRIAL.of(kept if version == TRIAL_VERSION else named_trial(kept))
    trial.cell = load_cell(blob[start:], CELL_VERSION[version])
    return trial
