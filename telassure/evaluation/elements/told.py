"""What the product's detection operator tells of one element, fed as its worker feeds it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from streams.catalogue import Catalogue
from streams.operators.detection.anomaly import Anomaly
from telassure.evaluation.anomalies.corpus import Floats
from telassure.evaluation.detect import CellsInMemory
from telassure.evaluation.elements.alarms import Span
from telassure.evaluation.elements.labelled import LabelledElement
from telassure.kernel.events import KpiEpisode, Measurements, PolicyValue, ScoredPoints
from telassure.kernel.events.kpi import ELEMENT
from telassure.kernel.instant import Instant

ROWS: Final = 10_000  # of an envelope
LATER: Final = 1 << 62  # the end of an episode that is still open


@dataclass(slots=True)
class EpisodeSpans:
    """Each episode from the row at which it was told to its end."""

    opened: dict[str, Instant] = field(default_factory=dict)
    ended: dict[str, Instant] = field(default_factory=dict)

    def take(self, episode: KpiEpisode) -> None:
        """Another change of an episode."""
        self.opened.setdefault(episode.episode_id, episode.changed_at)
        if episode.ended_at is not None:
            self.ended[episode.episode_id] = max(episode.ended_at, self.opened[episode.episode_id])

    def alarms(self) -> list[Span]:
        """From when to when an episode was open."""
        return [(start, self.ended.get(episode, LATER)) for episode, start in self.opened.items()]


@dataclass(slots=True, eq=False)
class ToldOfElement:
    """What a run told: episodes of the element, episodes of its KPIs, and each KPI's scores (steps, KPIs)."""

    element: EpisodeSpans
    kpis: EpisodeSpans
    score: Floats


def told_of(element: LabelledElement, policies: Iterable[PolicyValue] = ()) -> ToldOfElement:
    """All rows of an element through a fresh operator under some policies."""
    catalogue = Catalogue()
    catalogue.apply(tuple(policies))
    detector, cells = Anomaly(catalogue), CellsInMemory()
    told = ToldOfElement(EpisodeSpans(), EpisodeSpans(), np.full(element.value.shape, np.nan))
    for rows in envelopes(element):
        for output in detector.step((rows,), cells, 0):
            if isinstance(output, ScoredPoints):
                steps = np.searchsorted(element.time, output.points.time)
                told.score[steps, output.points.measurement] = output.score
            elif isinstance(output, KpiEpisode):
                (told.element if output.measurement == ELEMENT else told.kpis).take(output)
    return told


def envelopes(element: LabelledElement) -> Iterator[Measurements]:
    """The rows of some whole steps, by time."""
    steps = max(ROWS // len(element.kpis), 1)
    for first in range(0, len(element.time), steps):
        value = element.value[first : first + steps]
        step, kpi = np.nonzero(~np.isnan(value))
        if len(step):
            yield Measurements(
                domain=element.name,
                feed="evaluation",
                granularity=element.granularity,
                objects=(element.name,),
                names=element.kpis,
                measured_object=np.zeros(len(step), np.int32),
                measurement=kpi.astype(np.int32),
                time=element.time[first + step],
                value=value[step, kpi],
                suspect=np.zeros(len(step), np.bool_),
            )
