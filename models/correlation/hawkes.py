"""A topological Hawkes process between kinds of alarm: which kind, how long before, makes another more likely."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.correlation.alarm_history import AlarmHistory, Floats, Lags, Whole, lags

LAG_EDGES: Final = (0.0, 2.0, 10.0, 60.0, 300.0)
"""Seconds. The lag density of a pair is constant between two of them."""
_ROUNDS: Final = 40
_FIRST_SHARE: Final = 0.1
_LEAST: Final = 1e-300
_LEAST_LEFT: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Excitation:
    """The fitted process. `caused[i, j, b]`: how many raises of kind j are laid to a raise of kind i that came in lag
    bin b before them; `gain[i, j]`: log-likelihood that the pair adds; `counts`: raises of each kind.

    The rate of kind j at a place is a constant of the place plus, for each kind i, what the bin of the time since the
    newest i there or beside says (piecewise constant, not negative), fitted by expectation-maximization. Source:
    topological Hawkes processes (Cai et al., 2021), but the newest cause alone speaks, not the sum over all, so that a
    chattering alarm counts once.
    """

    caused: Floats
    gain: Floats
    counts: Whole

    @property
    def share(self) -> Floats:
        """The share of the effect's raises that is laid to the cause: [cause, effect]."""
        found: Floats = self.caused.sum(axis=2) / np.maximum(self.counts, 0.5)[None, :]
        return found

    @property
    def informative(self) -> Floats:
        """The gain less what the Bayesian information criterion charges for the pair's bins; above 0: worth having."""
        charge = 0.5 * self.caused.shape[2] * np.log(np.maximum(self.counts, 1.0))
        worth: Floats = self.gain - charge[None, :]
        return worth


def excitation(history: AlarmHistory) -> Excitation:
    """The process that fits a history best."""
    kinds, bins = history.kind_count, len(LAG_EDGES) - 1
    caused, gain = np.zeros((kinds, kinds, bins)), np.zeros((kinds, kinds))
    seen = lags(history, LAG_EDGES)
    for effect in range(kinds):
        rows = np.flatnonzero(history.kinds == effect)
        if len(rows) and seen.span > 0:
            caused[:, effect], gain[:, effect] = _fitted(seen, rows, history.places[rows])
    return Excitation(caused, gain, history.counts)


def _fitted(seen: Lags, rows: Whole, places: Whole) -> tuple[Floats, Floats]:
    """For one effect: what is laid to each cause and bin, and the gain by each cause."""
    known, place = np.unique(places, return_inverse=True)
    exposure = seen.exposure[known].sum(axis=0)
    kinds, bins = exposure.shape
    # one more bin, of rate nothing, for what was not heard of: then a look-up needs no mask
    state = np.where(seen.state[rows] < 0, bins, seen.state[rows]) + np.arange(kinds) * (bins + 1)
    time = np.append(exposure, np.zeros((kinds, 1)), axis=1).ravel()
    base = 0.5 * np.bincount(place) / seen.span
    rate = np.where(time > 0, _FIRST_SHARE * len(rows) / (seen.span * len(known)), 0.0)
    laid = np.zeros_like(rate)
    for _ in range(_ROUNDS):
        weight = 1.0 / np.maximum(base[place] + rate[state].sum(axis=1), _LEAST)
        laid = rate * np.bincount(state.ravel(), np.repeat(weight, kinds), len(rate))
        base = base * np.bincount(place, weight) / seen.span
        rate = np.divide(laid, time, out=np.zeros_like(laid), where=time > 0)
    total = np.maximum(base[place] + rate[state].sum(axis=1), _LEAST)
    without = np.maximum(1.0 - rate[state] / total[:, None], _LEAST_LEFT)
    gain = -np.log(without).sum(axis=0) - (rate * time).reshape(kinds, -1).sum(axis=1)
    return laid.reshape(kinds, -1)[:, :bins], gain
