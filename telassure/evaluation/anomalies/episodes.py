"""Episodes as a NOC sees them: those that the real operator tells under the default policies, against labelled windows.

A window is found when an episode of its series starts in it, or at most one row before. An episode that starts in no
window, nor within a quarter of one's length (an hour at least) behind it, is false.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from telassure.evaluation.anomalies.corpus import Series
from telassure.evaluation.anomalies.detection import FEED, Detection
from telassure.kernel.events import CatalogueChange, Measurements, PolicyValue
from telassure.kernel.instant import HOUR, Duration, Instant

ROWS: Final = 10_000
MEASUREMENT: Final = "value"
BEHIND: Final = 4  # a window's length is divided by it

Starts = Mapping[tuple[str, str, str], Sequence[Instant]]  # of episodes, by `Series.place`


@dataclass(frozen=True, slots=True)
class EpisodeCount:
    """How many of `windows` an episode found, and how many episodes are false. Ratios of nothing are 0.

    >>> EpisodeCount(windows=4, found=3, false=1).figures()["precision"]
    0.75
    """

    windows: int
    found: int
    false: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.found + self.false + self.windows
        return 2 * self.found / total if total else 0.0

    def figures(self) -> dict[str, object]:
        """The keys of `episodes`."""
        told = self.found + self.false
        return {
            "windows": self.windows,
            "found": self.found,
            "false": self.false,
            "precision": round(self.found / told, 4) if told else 0.0,
            "recall": round(self.found / self.windows, 4) if self.windows else 0.0,
            "f1": round(self.f1, 4),
        }


def episode_starts(series: Sequence[Series], policies: Sequence[PolicyValue]) -> Starts:
    """When episodes start, through the detection topology under these policies: all series of a corpus in one
    domain, in the order of time, as `telassure replay --kpis` gives them."""
    found: dict[tuple[str, str, str], list[Instant]] = defaultdict(list)
    for corpus in sorted({one.corpus for one in series}):
        own = [one for one in series if one.corpus == corpus]
        detection = Detection()
        detection.take(CatalogueChange(tuple(policies)))
        for envelope in envelopes(own):
            detection.take(envelope)
        for episode in detection.first.values():
            group, _, name = episode.managed_object.partition("/")
            found[corpus, group, name].append(episode.started_at)
    return {place: sorted(starts) for place, starts in found.items()}


def envelopes(series: Sequence[Series]) -> Iterator[Measurements]:
    """The rows of one corpus by time; one that is older than its series' newest stays behind it."""
    time = np.concatenate([one.time for one in series])
    value = np.concatenate([one.value for one in series])
    number = np.repeat(np.arange(len(series), dtype=np.int32), [len(one) for one in series])
    newest = np.concatenate([np.maximum.accumulate(one.time) for one in series])
    order = np.lexsort((number, newest))
    for first in range(0, len(order), ROWS):
        rows = order[first : first + ROWS]
        used, codes = np.unique(number[rows], return_inverse=True)
        yield Measurements(
            domain=series[0].corpus,
            feed=FEED,
            granularity=0,
            objects=tuple(f"{series[one].group}/{series[one].name}" for one in used),
            names=(MEASUREMENT,),
            measured_object=codes.astype(np.int32),
            measurement=np.zeros(len(rows), np.int32),
            time=time[rows],
            value=value[rows],
            suspect=np.zeros(len(rows), np.bool_),
        )


def count_episodes(series: Sequence[Series], starts: Starts) -> EpisodeCount:
    """What the episodes of these series came to."""
    counts = [_count(one, starts.get(one.place, ())) for one in series]
    return EpisodeCount(*(sum(column) for column in zip(*counts, strict=True))) if counts else EpisodeCount(0, 0, 0)


def _count(series: Series, starts: Sequence[Instant]) -> tuple[int, int, int]:
    row = spacing(series)
    zones = [(first - row, last, last + max((last - first) // BEHIND, HOUR)) for first, last in series.windows]
    found = sum(any(first <= start <= last for start in starts) for first, last, _ in zones)
    false = sum(not any(first <= start <= behind for first, _, behind in zones) for start in starts)
    return len(zones), found, false


def spacing(series: Series) -> Duration:
    """The median time between two rows."""
    gaps = np.diff(np.sort(series.time))
    return int(np.median(gaps)) if len(gaps) else 0
