"""Recorded alarms as columns: when, of what kind and at which place each was raised, and which places lie together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
NEVER: Final = -1


@dataclass(frozen=True, slots=True)
class AlarmHistory:
    """Raises in the order of time. `times` are seconds; `kinds` and `places` number kinds of alarm and places from 0.

    `around` has for each place the places that can act on it: itself and its neighbours in the topology. Built by `of`,
    two histories of the same raises are equal, in whatever order they were given.
    """

    times: Floats
    kinds: Whole
    places: Whole
    kind_count: int
    around: tuple[tuple[int, ...], ...]

    @classmethod
    def of(
        cls,
        raises: Sequence[tuple[float, int, int]],
        kind_count: int,
        place_count: int,
        links: Iterable[tuple[int, int]] = (),
    ) -> "AlarmHistory":
        """From (time, kind, place) and the links between places.

        >>> AlarmHistory.of([(9.0, 1, 0), (2.0, 0, 1)], 2, 2, [(0, 1)]).times.tolist()
        [2.0, 9.0]
        """
        beside: list[set[int]] = [{place} for place in range(place_count)]
        for one, other in links:
            beside[one].add(other)
            beside[other].add(one)
        ordered = np.array(sorted(raises), dtype=np.float64).reshape(-1, 3)
        return cls(
            ordered[:, 0].copy(),
            ordered[:, 1].astype(np.int64),
            ordered[:, 2].astype(np.int64),
            kind_count,
            tuple(tuple(sorted(places)) for places in beside),
        )

    def __len__(self) -> int:
        return len(self.times)

    @property
    def counts(self) -> Whole:
        """How often each kind was raised."""
        return np.bincount(self.kinds, minlength=self.kind_count)

    def chosen(self, chosen: NDArray[np.bool_]) -> "AlarmHistory":
        return AlarmHistory(self.times[chosen], self.kinds[chosen], self.places[chosen], self.kind_count, self.around)

    def onsets(self, quiet: float) -> "AlarmHistory":
        """Without the raises of a kind at a place that come within `quiet` seconds of the one before: a chattering
        alarm begins once."""
        if quiet <= 0 or not len(self):
            return self
        order = np.lexsort((self.times, self.kinds, self.places))
        same = (np.diff(self.places[order]) == 0) & (np.diff(self.kinds[order]) == 0)
        kept = np.ones(len(self), dtype=np.bool_)
        kept[order[1:][same & (np.diff(self.times[order]) <= quiet)]] = False
        return self.chosen(kept)

    def halves(self) -> tuple["AlarmHistory", "AlarmHistory"]:
        """The first and the second half of the raises."""
        first = np.arange(len(self)) < len(self) // 2
        return self.chosen(first), self.chosen(~first)

    def by_place(self) -> list[Whole]:
        """The rows of each place, in the order of time."""
        order = np.argsort(self.places, kind="stable")
        return np.split(order, np.searchsorted(self.places[order], np.arange(1, len(self.around))))


class Lags(NamedTuple):
    """What came before each raise.

    `state[row, kind]` is the bin of the time since the newest earlier raise of a kind at the raise's place or beside
    it, NEVER where there is none within the bins; `exposure[place, kind, bin]` are the seconds that a place spent so,
    and `span` the seconds of it all.
    """

    state: Whole
    exposure: Floats
    span: float


def lags(history: AlarmHistory, edges: Sequence[float]) -> Lags:
    """Bins are left open, right closed: what was raised in the same second came neither before nor after."""
    bounds = np.array(edges, dtype=np.float64)
    state = np.full((len(history), history.kind_count), NEVER, dtype=np.int64)
    exposure = np.zeros((len(history.around), history.kind_count, len(edges) - 1))
    if not len(history):
        return Lags(state, exposure, 0.0)
    end = history.times[-1]
    rows = history.by_place()
    for place, mine in enumerate(rows):
        if not len(mine):
            continue
        for kind, times in _heard(history, rows, place):
            since = np.minimum(np.diff(times, append=end)[:, None], bounds).sum(axis=0)
            exposure[place, kind] = np.diff(since)
            state[mine, kind] = _bins(history.times[mine], times, bounds)
    return Lags(state, exposure, float(end - history.times[0]))


def _heard(history: AlarmHistory, rows: Sequence[Whole], place: int) -> Iterator[tuple[int, Floats]]:
    """Of each kind that was ever raised around a place, the times in order."""
    near = np.sort(np.concatenate([rows[one] for one in history.around[place]]))
    kinds, times = history.kinds[near], history.times[near]
    for kind in np.unique(kinds):
        yield int(kind), times[kinds == kind]


def _bins(at: Floats, times: Floats, bounds: Floats) -> Whole:
    earlier = np.searchsorted(times, at, side="left") - 1
    since = np.where(earlier >= 0, at - times[np.maximum(earlier, 0)], np.inf)
    found = np.searchsorted(bounds, since, side="left") - 1
    return np.where(since <= bounds[-1], found, NEVER).astype(np.int64)
