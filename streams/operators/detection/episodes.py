"""The episodes of series: each change with what is known of it, its group, and its rank where a ranker is in force.

A ranker orders what is shown and suppresses nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final, NamedTuple, TypeAlias

from models.detection.layout import OPENED, RECOVERED, SILENT, WORSENED, Record
from models.ranking.features import FEATURES, OpenEpisode, evidence_of
from streams.cells import CellCodec
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.element_episodes import grouped
from streams.operators.detection.episode import episode_of, usual_when
from streams.operators.detection.episode_evidence import Around, EpisodeEvidence
from streams.operators.detection.part import Beside, Expiry, Packed, Part, Passage, Telling
from telassure.kernel.events import KpiEpisode
from telassure.kernel.instant import SECOND, Instant

Factor: TypeAlias = Callable[[str, str], float]


class EpisodeChange(NamedTuple):
    """One mark, what was beside it, the start of its group, and the wall clock at its row."""

    mark: Record
    beside: Beside
    group: Instant
    local: Instant


@dataclass(slots=True)
class Episodes(Part):
    """`traces` are those of the envelopes that opened the episodes that are open, by slot; `evidence` is what is known
    of each. A closed episode is told with what was known when it last was open."""

    name: ClassVar[str] = "episodes"
    traces: dict[int, str] = field(default_factory=dict)
    evidence: EpisodeEvidence = field(default_factory=EpisodeEvidence)

    def take(self, passage: Passage) -> None:
        """Tell the changes that the rows made."""
        envelope, columns = passage.envelope, passage.columns
        wall = columns.local if len(columns.local) else columns.time
        for place, mark in enumerate(passage.marks):
            row = int(mark["row"])
            change = EpisodeChange(mark, passage.beside[place], int(passage.group[place]), int(wall[row]))
            usual = usual_when(change.local) if mark["kind"] in (OPENED, WORSENED) else ""
            said = envelope.feed, self.trace_of(mark, envelope.trace), usual
            passage.tell(2 * row, self._told(change, said, passage, passage.factor))

    def expire(self, expiry: Expiry) -> None:
        """Tell the ends of the episodes whose series are silent."""
        for place, mark in enumerate(expiry.marks):
            change = EpisodeChange(mark, Beside(), int(expiry.group[place]), expiry.watermark)
            said = expiry.series.feed_of(int(mark["slot"])), self.trace_of(mark), ""
            expiry.tell(0, self._told(change, said, expiry, lambda measured_object, measurement: 1.0))

    def _told(self, change: EpisodeChange, said: tuple[str, str, str], telling: Telling, factor: Factor) -> KpiEpisode:
        """The episode with what is known of it at its row. `said`: its feed, its trace, and when its band is usual."""
        slot, (feed, trace, usual) = int(change.mark["slot"]), said
        told = episode_of(change.mark, telling.domain, feed, telling.series.pairs[slot], trace, usual)
        if told.state == "closed":
            states, others = self.evidence.close(slot)
        else:
            if change.mark["kind"] == OPENED:
                self.evidence.open(slot, told.measurement, told.changed_at)
            others = change.beside.others
            around = self.evidence.surround(slot, told.measurement, told.changed_at, others)
            known = open_episode(told, change, around, factor(told.managed_object, told.measurement))
            states = self.evidence.note(slot, evidence_of(known))
        ranker = telling.policies.ranker(told.measurement)
        found = replace(told, evidence=states)
        if ranker is not None and states and len(states[-1]) >= len(FEATURES):  # an older release's know less
            found = replace(found, rank=ranker.probability(states[-1], told.measurement))
        return grouped(found, change.group, others)

    def trace_of(self, mark: Record, trace: str = "") -> str:
        """The trace of the envelope that opened the mark's episode, kept while it is open."""
        slot, kind = int(mark["slot"]), int(mark["kind"])
        if kind == OPENED and trace:
            self.traces[slot] = trace
        return self.traces.pop(slot, "") if kind in (RECOVERED, SILENT) else self.traces.get(slot, "")

    def forget(self, slot: int) -> None:
        """Another series has had no episodes."""
        self.evidence.forget(slot)

    def packed(self, series: DomainSeries) -> Packed:
        """Traces, and what is known."""
        return EPISODES.plain(self)

    @classmethod
    def of(cls, packed: Packed, series: DomainSeries) -> "Episodes":
        """The inverse of `packed`; a cell of an older release may know traces only, or nothing."""
        return EPISODES.of(packed)


EPISODES: Final = CellCodec(Episodes)


def open_episode(told: KpiEpisode, change: EpisodeChange, around: Around, factor: float) -> OpenEpisode:
    """What is known of an episode that is open."""
    return OpenEpisode(
        peak=told.peak_score,
        value=told.value,
        expected=told.expected,
        band=float(change.mark["band"]),
        channel=int(change.mark["channel"]),
        severity=told.severity,
        local=change.local,
        lasted=(told.changed_at - told.started_at) / SECOND,
        series_lately=around.of_series,
        measurement_lately=around.of_measurement,
        companions=len(around.others),
        learned=change.beside.learned,
        factor=factor,
    )
