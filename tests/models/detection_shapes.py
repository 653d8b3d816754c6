"""Synthetic KPIs with a daily and a weekly shape, and the kernel run over them."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.detection.layout import NO_TIMES, Columns, Records, ScoreColumns, Setting, fresh_series
from models.detection.seasonal import advance, no_marks, no_scores
from streams.catalogue import Catalogue
from streams.operators.detection.rules import rules_for
from telassure.kernel.instant import DAY, HOUR, MINUTE

MONDAY = 20_003 * DAY
SILENCE = 6 * HOUR
Values = NDArray[np.float64]
Times = NDArray[np.int64]


def grid(start: int, end: int, every: int = 15 * MINUTE) -> Times:
    """Times from `start` (left out) to `end`, ends of granularity periods."""
    return np.arange(start + every, end + 1, every, dtype=np.int64)


def weekly(time: Times) -> Values:
    """Throughput with a quiet night, two peaks and a weekend at 70 %: 15 to 100."""
    phase = 2 * np.pi * (time % DAY) / DAY
    shape = 60 - 35 * np.cos(phase - 0.6) + 10 * np.sin(2 * phase)
    weekend = (time // DAY + 3) % 7 >= 5
    return np.where(weekend, 0.7 * shape, shape)


def noisy(time: Times, seed: int, part: float = 0.04) -> Values:
    """The weekly shape with noise of 4 % of the level and day-to-day swings of 3 %."""
    random = np.random.default_rng(seed)
    swing = 1 + 0.03 * np.interp(time, np.arange(MONDAY - DAY, MONDAY + 60 * DAY, DAY), random.standard_normal(61))
    return weekly(time) * swing * (1 + part * random.standard_normal(len(time)))


@dataclass
class Bench:
    """The kernel with its state for `series` series, under the default rules."""

    series: int = 1
    granularity: float = 900.0
    rules: Records = field(default_factory=lambda: rules_for(Catalogue(), "site", ("throughput",)))

    def __post_init__(self) -> None:
        self.state = fresh_series(self.series)
        self.marks = no_marks(0)

    def feed(
        self, time: Times, value: Values, slot: int = 0, suspect: bool = False, local: Times = NO_TIMES
    ) -> ScoreColumns:
        return self.rows(np.full(len(time), slot, np.int32), time, value, np.full(len(time), suspect), local)

    def rows(
        self,
        slot: NDArray[np.int32],
        time: Times,
        value: Values,
        suspect: NDArray[np.bool_],
        local: Times = NO_TIMES,
    ) -> ScoreColumns:
        """Score rows in order; what they mark is added to `marks`."""
        columns = Columns(slot, np.zeros(len(time), np.int32), time, value, suspect, local)
        scores, marks = no_scores(len(time)), no_marks(len(time))
        count = advance(self.state, self.rules, columns, Setting(0, self.granularity, SILENCE), scores, marks)
        self.marks = np.concatenate((self.marks, marks[:count]))
        return scores
