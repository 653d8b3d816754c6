"""All scores of one detector over one corpus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Final

import numpy as np

from telassure.evaluation.anomalies.corpus import Floats, Series
from telassure.evaluation.anomalies.events import EventCorpus, Found
from telassure.evaluation.anomalies.nab import PROFILES, Best, NabCorpus, probation
from telassure.kernel.errors import InvalidInput

FIXED_THRESHOLD: Final = 1.0  # the product's: `score > 1` means anomalous


@dataclass(frozen=True, slots=True)
class DetectorScores:
    """What one detector scored. In hindsight, so in-sample: `nab` (by profile) and `events_best`. The rest is at the
    fixed threshold or has none. `false_alarms_per_series_day`: false positives of `events` over the days of all series.
    `events_after_probation`: as `events`, without NAB's probation and the events that begin in it."""

    series: int
    points: int
    nab: Mapping[str, Best]
    nab_fixed_threshold: Mapping[str, float]
    events: Found
    events_after_probation: Found
    events_best: Found
    events_best_threshold: float
    average_precision: float
    false_alarms_per_series_day: float

    def figures(self) -> dict[str, object]:
        """The keys of `evaluate anomalies`; a figure that is not defined (no windows) is None."""
        return {
            "series": self.series,
            "points": self.points,
            "nab": {name: rounded(best.score, 2) for name, best in self.nab.items()},
            "nab_thresholds": {name: rounded(best.threshold, 6) for name, best in self.nab.items()},
            "nab_fixed_threshold": {name: rounded(score, 2) for name, score in self.nab_fixed_threshold.items()},
            "events": ratios(self.events),
            "events_after_probation": ratios(self.events_after_probation),
            "events_best": ratios(self.events_best) | {"threshold": rounded(self.events_best_threshold, 6)},
            "average_precision": rounded(self.average_precision, 4),
            "false_alarms_per_series_day": rounded(self.false_alarms_per_series_day, 4),
        }


def score_corpus(
    series: Sequence[Series],
    scores_by_series: Sequence[Floats],
    fixed_threshold: float = FIXED_THRESHOLD,
    notices_by_series: Sequence[Floats] | None = None,
) -> DetectorScores:
    """Score what a detector said, one column of scores per series, NaN where it said nothing (never an alarm). NAB
    judges what is noticed, where that is given: the scores that are left once it has rested after each peak."""
    for one, column in zip(series, scores_by_series, strict=True):
        if len(one) != len(column):
            raise InvalidInput(f"{len(column)} scores for {len(one)} rows", f"{one.group}/{one.name}")
    scores = np.concatenate([np.asarray(column, np.float64) for column in scores_by_series])
    told = scores if notices_by_series is None else np.concatenate(notices_by_series)
    nab, events = NabCorpus.of(series), EventCorpus.of(series)
    later = EventCorpus.of(series, [probation(len(one)) for one in series])
    found = events.fixed(scores, fixed_threshold)
    best, threshold = events.best(scores)
    return DetectorScores(
        series=len(series),
        points=len(scores),
        nab={name: nab.best(told, costs) for name, costs in PROFILES.items()},
        nab_fixed_threshold={name: nab.fixed(told, fixed_threshold, costs) for name, costs in PROFILES.items()},
        events=found,
        events_after_probation=later.fixed(scores, fixed_threshold),
        events_best=best,
        events_best_threshold=threshold,
        average_precision=events.average_precision(scores),
        false_alarms_per_series_day=found.false / events.days if events.days else 0.0,
    )


def ratios(found: Found) -> dict[str, object]:
    """Precision, recall and F1, with the counts behind them."""
    return {
        "precision": round(found.precision, 4),
        "recall": round(found.recall, 4),
        "f1": round(found.f1, 4),
        "events": found.events,
        "found": found.found,
        "false": found.false,
        "delay_samples": rounded(found.delay, 1),
    }


def rounded(number: float, digits: int) -> float | None:
    """None for what is not a finite number: JSON has none.

    >>> rounded(1.26, 1), rounded(float("inf"), 1)
    (1.3, None)
    """
    return None if isnan(number) or abs(number) == float("inf") else round(number, digits)
