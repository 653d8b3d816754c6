"""The KPI generator: daily and weekly shape plus correlated noise, a pure function of (seed, series, time)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration, Instant
from telassure.simulator.config import DemoConfig, Emission
from telassure.simulator.effects import Effect
from telassure.simulator.faults import Fault
from telassure.simulator.randomness import Integers, Reals, hashed, normal, stream_key
from telassure.simulator.series import CURVES, SeriesTable

PM_FEED: Final = "demo-pm"

# Relative traffic by hour of day, after the usual busy-hour curves: homes peak in the evening, offices at noon.
_HOMES: Final = (30, 18, 11, 8, 7, 9, 17, 30, 40, 45, 49, 53, 57, 57, 57, 60, 66, 74, 84, 93, 99, 100, 86, 56)
_OFFICES: Final = (10, 7, 5, 5, 6, 10, 24, 48, 77, 94, 100, 98, 90, 93, 98, 96, 87, 70, 52, 40, 32, 26, 20, 14)
_MONDAY: Final = 4  # the Unix epoch was a Thursday: day 4 was a Monday
_SLOW: Final = HOUR
_MEDIUM: Final = 15 * MINUTE


@dataclass(frozen=True, slots=True, eq=False)
class KpiSource:
    """Writes KPI values in columns. Two runs over the same times agree however the times are cut."""

    config: DemoConfig
    table: SeriesTable

    def times(self, start: Instant, end: Instant, granularity: Duration) -> Integers:
        """The period ends that fall into [start, end)."""
        first = -(-start // granularity) * granularity
        return np.arange(first, end, granularity, dtype=np.int64)

    def values(self, times: Integers) -> Reals:
        """Undisturbed values, one row a time and one column a series."""
        table = self.table
        load = _curves(times)[:, table.curve]
        noise = self._noise(times)
        raw = table.floor + table.swing * load + table.noise * noise
        return np.clip(raw, table.least, table.most)

    def emissions(
        self, start: Instant, end: Instant, granularity: Duration, traces: Sequence[tuple[Fault, Sequence[Effect]]]
    ) -> Iterator[Emission]:
        """The bodies of [start, end), in order of time, each of at most `body_rows` rows (one period at least)."""
        periods = max(1, self.config.body_rows // len(self.table))
        times = self.times(start, end, granularity)
        for first in range(0, len(times), periods):
            part = times[first : first + periods]
            values = self.values(part)
            present = self._disturb(values, part, granularity, traces)
            yield self._emission(part, values, present, granularity)

    def _disturb(
        self,
        values: Reals,
        times: Integers,
        granularity: Duration,
        traces: Iterable[tuple[Fault, Sequence[Effect]]],
    ) -> NDArray[np.bool_]:
        """Blend the faults in by the share of each period that they cover; returns what is reported."""
        present = np.ones(values.shape, np.bool_)
        for fault, changes in traces:
            covered = np.minimum(times, fault.end) - np.maximum(times - granularity, fault.start)
            share = np.clip(covered / granularity, 0.0, 1.0)[:, None]
            for change in changes:
                before = values[:, change.rows]
                values[:, change.rows] = before * (1 - share) + share * (before * change.factor + change.shift)
                if change.silent:
                    present[:, change.rows] &= share < 0.5
        np.clip(values, self.table.least, self.table.most, out=values)
        return present

    def _emission(self, times: Integers, values: Reals, present: NDArray[np.bool_], granularity: Duration) -> Emission:
        kept = present.ravel()
        shape = values.shape
        body = {
            "granularity_s": granularity // SECOND,
            "managed_objects": list(self.table.objects),
            "measurements": list(self.table.measurements),
            "managed_object": np.broadcast_to(self.table.object_code, shape).ravel()[kept],
            "measurement": np.broadcast_to(self.table.measurement_code, shape).ravel()[kept],
            "time": np.broadcast_to(times[:, None], shape).ravel()[kept],
            "value": np.round(values.ravel()[kept], 3),
        }
        return Emission("measurements", PM_FEED, body, int(times[-1]))

    def _noise(self, times: Integers) -> Reals:
        """Red noise: half an hourly and a quarter-hourly wander, half white; about deviation 1 at any granularity."""
        seed, series = self.config.seed, np.arange(len(self.table), dtype=np.int64)
        white = normal(hashed(stream_key(seed, "white"), times[:, None] // SECOND, series))
        slow = _wander(stream_key(seed, "slow"), times, series, _SLOW)
        medium = _wander(stream_key(seed, "medium"), times, series, _MEDIUM)
        return 0.7 * slow + 0.4 * medium + 0.6 * white


def _wander(key: int, times: Integers, series: Integers, step: Duration) -> Reals:
    """Normal values on a lattice of `step`, straight lines between: neighbours in time are correlated."""
    before = times // step
    lattice = np.unique(np.concatenate([before, before + 1]))
    nodes = normal(hashed(key, lattice[:, None], series))
    share = ((times % step) / step)[:, None]
    left = nodes[np.searchsorted(lattice, before)]
    return left * (1 - share) + nodes[np.searchsorted(lattice, before + 1)] * share


def _curves(times: Integers) -> Reals:
    """Load in [0, 1] of every curve at every time; curves blend homes and offices and shift by up to an hour."""
    hours = (times % DAY) / HOUR
    weekend = (((times // DAY) - _MONDAY) % 7 >= 5).astype(np.float64)
    load = np.empty((len(times), CURVES))
    for curve in range(CURVES):
        offices = curve / (CURVES - 1)
        shifted = hours + (curve % 3 - 1) * 0.5
        homes_now = _at(_HOMES, shifted) * (1 + 0.08 * weekend)
        offices_now = _at(_OFFICES, shifted) * (1 - 0.55 * weekend)
        load[:, curve] = np.minimum((1 - offices) * homes_now + offices * offices_now, 1.05)
    return load


def _at(table: Sequence[int], hours: Reals) -> Reals:
    hour = np.arange(len(table) + 1)
    return np.interp(hours % 24, hour, np.array([*table, table[0]]) / 100)
