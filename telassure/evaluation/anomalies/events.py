"""Events found within seven samples, without point adjustment, and what the false alarms beside them amount to.

An event is a labelled run. It is found when there is an alarm from its first sample to the seventh after it (and
before the next event begins). An alarm later inside the run finds nothing and is not false. Every other alarm is false;
a false positive is one alarm and all in the seven samples after it, so that an alarm that stays up for n samples counts
as ceil(n / 8) false positives: neither a constant alarm nor a flickering one is cheap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.detection.compiled import compiled
from telassure.evaluation.anomalies.corpus import Floats, Series, Spans
from telassure.kernel.instant import DAY

DELAY: Final = 7  # samples


@dataclass(frozen=True, slots=True)
class Found:
    """How many of `events` were found, beside how many false positives, and the samples from an event's first sample to
    its first alarm (median over those found; NaN where none is). Ratios of nothing are 0."""

    events: int
    found: int
    false: int
    delay: float = nan

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.false) if self.found + self.false else 0.0

    @property
    def recall(self) -> float:
        return self.found / self.events if self.events else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall.

        >>> Found(events=4, found=2, false=2).f1
        0.5
        """
        total = self.events + self.found + self.false
        return 2 * self.found / total if total else 0.0


@compiled
def false_blocks(scores: Floats, place: NDArray[np.int64], least: float) -> int:
    """The fewest stretches of DELAY + 1 samples that hold every score of at least `least`; `place` ascends."""
    count, free = 0, -1
    for row in range(len(scores)):
        if scores[row] >= least and place[row] >= free:
            count += 1
            free = place[row] + DELAY + 1
    return count


def _places(series: Series, start: int) -> tuple[Spans, NDArray[np.bool_], NDArray[np.int64]]:
    """From row `start` on: the zones of the events, which rows are labelled, and the rows where an alarm is false."""
    rows, spans = len(series), series.spans()
    upcoming = np.append(spans[1:, 0], rows)[: len(spans)]
    zones = np.column_stack([spans[:, 0], np.minimum(spans[:, 0] + DELAY, upcoming - 1)])
    labelled = np.zeros(rows, np.bool_)
    for first, last in spans:
        labelled[first : last + 1] = True
    taken = labelled.copy()
    for first, last in zones:
        taken[first : last + 1] = True
    taken[:start] = True
    return zones[zones[:, 0] >= start], labelled, np.flatnonzero(~taken)


@dataclass(frozen=True, slots=True, eq=False)
class EventCorpus:
    """Where alarms find events and where they are false. `zones`: rows in which an event may be found, (events, 2);
    `outside`: rows where an alarm is false; `place` numbers those rows so that no stretch reaches into another series.
    """

    zones: Spans
    labelled: NDArray[np.bool_]
    outside: NDArray[np.int64]
    place: NDArray[np.int64]
    days: float

    @classmethod
    def of(cls, series: Sequence[Series], skip: Sequence[int] = ()) -> "EventCorpus":
        """Over the rows of these series one after another. `skip`: leading rows of each that are left out, with the
        events that begin in them."""
        zones, labelled, outside, place, days, base = [], [], [], [], 0.0, 0
        for number, one in enumerate(series):
            start = skip[number] if len(skip) else 0
            own, found, quiet = _places(one, start)
            zones.append(own + base)
            labelled.append(found)
            outside.append(quiet + base)
            place.append(quiet + base + number * (DELAY + 1))
            days += (int(one.time.max()) - int(one.time[start])) / DAY if len(one) else 0.0
            base += len(one)
        false = np.concatenate(outside), np.concatenate(place)
        return cls(np.concatenate(zones), np.concatenate(labelled), *false, days)

    def fixed(self, scores: Floats, threshold: float) -> Found:
        """With an alarm wherever `score > threshold`."""
        return self._at(scores, float(np.nextafter(threshold, inf)))

    def best(self, scores: Floats) -> tuple[Found, float]:
        """With the threshold (alarm: score >= threshold) whose F1 is highest, chosen in hindsight.

        Only the events' own peaks need to be tried: between two of them a lower threshold adds false positives alone.
        """
        chosen = Found(len(self.zones), 0, 0), inf
        for least in np.unique(self._peaks(scores))[::-1]:
            found = self._at(scores, float(least)) if least > -inf else chosen[0]
            if found.f1 > chosen[0].f1:
                chosen = found, float(least)
        return chosen

    def average_precision(self, scores: Floats) -> float:
        """Of single rows, labelled or not, over all thresholds (step-wise area, as scikit-learn). Rows that were not
        scored are never recalled."""
        judged = np.flatnonzero(~np.isnan(scores))
        order = judged[np.argsort(-scores[judged], kind="stable")]
        hits = np.cumsum(self.labelled[order])
        last = np.append(np.diff(scores[order]) != 0, True)[: len(order)]
        hits, taken = hits[last], (np.arange(len(order)) + 1)[last]
        total = int(self.labelled.sum())
        return float((np.diff(hits, prepend=0) * hits / taken).sum() / total) if total else nan

    def _at(self, scores: Floats, least: float) -> Found:
        delays = [
            int(np.argmax(scores[first : last + 1] >= least))
            for (first, last), peak in zip(self.zones, self._peaks(scores), strict=True)
            if peak >= least
        ]
        false = int(false_blocks(scores[self.outside], self.place, least))
        return Found(len(self.zones), len(delays), false, float(np.median(delays)) if delays else nan)

    def _peaks(self, scores: Floats) -> Floats:
        """The highest score in each event's zone; -inf where nothing was scored."""
        known = np.where(np.isnan(scores), -inf, scores)
        return np.array([known[first : last + 1].max() for first, last in self.zones])
