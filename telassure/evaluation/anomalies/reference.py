"""A small detector that holds on series it has never seen: what the product must match on every group.

It is an equivalent of the reference detector of the project's shared material: two histograms of adaptive range, of the
value and of its distance from the mean of its time of day; what is rare there, or far from all that was, is novel.
"""

from collections import deque
from dataclasses import dataclass, field
from math import isfinite, log10, nan
from typing import Final

import numpy as np

from telassure.evaluation.anomalies.corpus import Floats, Times
from telassure.kernel.instant import DAY, SECOND

FIRST_ROWS: Final = 50  # from which ranges, and the spacing of rows, are taken
SILENT_ROWS: Final = 200  # of a histogram before it speaks
REST_ROWS: Final = 120  # in which a novelty must exceed the greatest before it
MARGIN: Final = 0.5  # and by how much
MOST: Final = 12.0  # novelty of one histogram
BY_PLACE: Final = 0.15  # novelty of each place between a reading and the nearest one that was
LEAST_STEP: Final = 300.0  # seconds of a slot of the day
SHARE: Final = 0.999999
AGED: Final = 0.1  # of a row in the mean of its time of day, at least
FULL_SCALE: Final = 40.0


@dataclass(slots=True)
class RarityHistogram:
    """Counts of readings by place. `near` places to either side count as one with a reading's own."""

    places: int
    near: int
    waiting: list[float] = field(default_factory=list)
    count: Floats = field(init=False)
    low: float = 0.0
    width: float = 0.0  # of the whole range; 0 until it is known
    rows: int = 0

    def __post_init__(self) -> None:
        self.count = np.zeros(self.places)

    def novelty(self, reading: float) -> float:
        """How novel a reading is beside those before it; then it is one of them."""
        self.rows += 1
        if not self.width:
            self.waiting.append(reading)
            if self.rows > FIRST_ROWS:
                self._begin()
            return 0.0
        found = self._judge(reading) if self.rows > SILENT_ROWS else 0.0
        while not self.low <= reading < self.low + self.width:
            self._double()
        self.count[self._place(reading)] += 1
        return min(found, MOST)

    def _begin(self) -> None:
        least, most = min(self.waiting), max(self.waiting)
        reach = most - least if most > least else max(abs(most) * 0.01, 1e-3)
        self.low, self.width = least - reach, most - least + 2 * reach
        for reading in self.waiting:
            self.count[self._place(reading)] += 1

    def _place(self, reading: float) -> int:
        return int((reading - self.low) / self.width * self.places * SHARE)

    def _judge(self, reading: float) -> float:
        high = self.low + self.width
        place = self._place(min(max(reading, self.low), high))
        taken = np.flatnonzero(self.count)
        rare = self.count[max(place - self.near, 0) : place + self.near + 1].sum()
        beyond = max(self.low - reading, reading - high, 0.0) / self.width * self.places
        away = float(np.abs(taken - place).min()) + beyond
        return -log10((rare + 0.5) / (self.count.sum() + 1)) + BY_PLACE * away

    def _double(self) -> None:
        """Half a range more on either side."""
        place = np.flatnonzero(self.count)
        middle = self.low + (place + 0.5) * self.width / self.places
        counts = self.count[place]
        self.low, self.width, self.count = self.low - self.width / 2, 2 * self.width, np.zeros(self.places)
        np.add.at(self.count, ((middle - self.low) / self.width * self.places * SHARE).astype(int), counts)


@dataclass(slots=True)
class DayMeans:
    """The mean of each time of the day, in slots of the series' own spacing."""

    step: float  # seconds
    mean: list[float] = field(init=False)
    rows: list[int] = field(init=False)

    def __post_init__(self) -> None:
        slots = int(max(1, 86_400 // self.step))
        self.mean, self.rows = [0.0] * slots, [0] * slots

    def residual(self, time: int, value: float) -> float:
        """The value less the mean of its slot, which weighs as two, and of those beside it; 0 in a slot's first row."""
        slots = len(self.mean)
        slot = int(time % DAY / SECOND // self.step) % slots
        away = 0.0
        if self.rows[slot]:
            beside = [(weight, at % slots) for weight, at in ((1, slot - 1), (2, slot), (1, slot + 1))]
            known = [(weight, self.mean[at]) for weight, at in beside if self.rows[at]]
            away = value - sum(weight * mean for weight, mean in known) / sum(weight for weight, _ in known)
        self.rows[slot] += 1
        self.mean[slot] += max(1 / self.rows[slot], AGED) * (value - self.mean[slot])
        return away


class ReferenceDetector:
    """Scores of one series, strictly online; 0 where nothing is novel."""

    def __init__(self) -> None:
        self._value, self._rhythm = RarityHistogram(256, 1), RarityHistogram(64, 0)
        self._begun: list[tuple[int, float]] = []
        self._day: DayMeans | None = None
        self._row = -1
        self._peaks: deque[tuple[int, float]] = deque()  # rows and novelty, descending: the greatest of the last rows

    def __call__(self, time: Times, value: Floats) -> Floats:
        return np.array([self._next(*row) for row in zip(time.tolist(), value.tolist(), strict=True)])

    def _next(self, time: int, value: float) -> float:
        if not isfinite(value):
            return nan
        self._row += 1
        found = self._value.novelty(value)
        if self._day is None:
            self._begin(time, value)
        if self._day is not None:
            found += self._rhythm.novelty(self._day.residual(time, value))
        return self._rested(found) / FULL_SCALE

    def _begin(self, time: int, value: float) -> None:
        """Keep the first rows; once there are enough, the spacing of rows is known."""
        self._begun.append((time, value))
        if len(self._begun) < FIRST_ROWS:
            return
        times = np.array([at for at, _ in self._begun])
        self._day = DayMeans(max(float(np.sort(np.diff(times))[len(times) // 2]) / SECOND, LEAST_STEP))
        for at, before in self._begun[:-1]:
            self._rhythm.novelty(self._day.residual(at, before))

    def _rested(self, found: float) -> float:
        """The novelty, or 0 while it is not well above all of the last rows."""
        while self._peaks and self._peaks[0][0] < self._row - REST_ROWS:
            self._peaks.popleft()
        highest = self._peaks[0][1] if self._peaks else -1.0
        while self._peaks and self._peaks[-1][1] <= found:
            self._peaks.pop()
        self._peaks.append((self._row, found))
        return found if found > highest + MARGIN else 0.0
