"""What a lasting change of level, a fault of six hours and nothing at all do to the detector, beside river's ADWIN.

Made series of 15 minutes with a daily swing and sticky noise, two weeks of history each. ADWIN is given the best case:
the residual from the season as it was made, with an alarm outside BAND deviations of the noise from ADWIN's mean.
"""

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from river.drift import ADWIN

from models.detection.layout import SERIES, Columns, Setting, fresh_series
from models.detection.seasonal import advance, no_marks, no_scores
from streams.catalogue import Catalogue
from streams.operators.detection.policies import SILENCE
from streams.operators.detection.rules import rules_for
from telassure.evaluation.anomalies.corpus import Floats, Times
from telassure.evaluation.anomalies.detectors import policies_of
from telassure.kernel.instant import DAY, HOUR, MINUTE

MONDAY: Final = 20_003 * DAY
EVERY: Final = 15 * MINUTE
HISTORY: Final = 14 * DAY
AFTER: Final = 7 * DAY
FAULT: Final = 6 * HOUR
SERIES_EACH: Final = 20  # of every case and seed
SWING: Final = 50.0
NOISE: Final = 4.0
STICKY: Final = 0.8  # correlation of the noise with that of the row before
SIZE: Final = 30.0  # of a change of level and of a fault, seven and a half deviations of the noise
BAND: Final = 4.0
CASES: Final = ("shift", "fault", "quiet")
DRIFT: Final[Callable[[], Any]] = ADWIN  # river's classes are untyped


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """One series: what is read, the same without its season, and the first row of the change (of a quiet one: any)."""

    time: Times
    value: Floats
    residual: Floats
    begun: int


class Followed(NamedTuple):
    """What a detector made of a series: the level it held after each row, and whether it was alarmed then."""

    level: Floats
    alarmed: NDArray[np.bool_]


def made(case: str, seed: int) -> Iterator[Made]:
    """The series of one case."""
    random = np.random.default_rng([CASES.index(case), seed])
    time = np.arange(MONDAY + EVERY, MONDAY + HISTORY + 2 * AFTER, EVERY, dtype=np.int64)
    season = 100.0 - SWING * np.cos(2 * np.pi * (time % DAY) / DAY)
    for _ in range(SERIES_EACH):
        begun = int(random.integers(HISTORY, HISTORY + AFTER)) // EVERY
        lasts = {"shift": len(time), "fault": FAULT // EVERY, "quiet": 0}[case]
        residual = sticky(random, len(time))
        residual[begun : begun + lasts] += random.choice([-SIZE, SIZE])
        yield Made(time, season + residual, residual, begun)


def sticky(random: np.random.Generator, rows: int) -> Floats:
    """Noise in which a row is like the one before."""
    noise = random.normal(0.0, NOISE * np.sqrt(1 - STICKY**2), rows)
    for row in range(1, rows):
        noise[row] += STICKY * noise[row - 1]
    return noise


def product(profile: str) -> Callable[[Made], Followed]:
    """The product's kernel, row by row; alarmed while an episode is open."""
    catalogue = Catalogue()
    catalogue.apply(policies_of(profile))
    rules, zero = rules_for(catalogue, "", ("value",)), np.zeros(1, np.int32)
    setting = Setting(0, EVERY / 1e6, SILENCE.of(catalogue))

    def follow(one: Made) -> Followed:
        state, rows = fresh_series(1), len(one.time)
        found = Followed(np.empty(rows), np.zeros(rows, np.bool_))
        for row in range(rows):
            columns = Columns(zero, zero, one.time[row : row + 1], one.value[row : row + 1], zero > 0)
            advance(state, rules, columns, setting, no_scores(1), no_marks(1))
            found.level[row], found.alarmed[row] = state["level"][0], state["open"][0]
        return found

    return follow


def adwin(one: Made) -> Followed:
    """river's ADWIN with its defaults; alarmed where a residual is out of the band around its mean."""
    drift, rows = DRIFT(), len(one.residual)
    found = Followed(np.empty(rows), np.zeros(rows, np.bool_))
    for row, residual in enumerate(one.residual):
        found.alarmed[row] = abs(residual - drift.estimation) > BAND * NOISE
        drift.update(residual)
        found.level[row] = drift.estimation
    return found


def adwin_bytes() -> int:
    """Of one ADWIN, as it is pickled, after the rows of one series."""
    drift = DRIFT()
    for residual in next(made("quiet", 1)).residual:
        drift.update(residual)
    return len(pickle.dumps(drift))


def hours_alarmed(one: Made, found: Followed) -> float:
    """From the change until the last alarm after it; 0 where there is none."""
    after = np.flatnonzero(found.alarmed[one.begun :])
    return float((after[-1] + 1) * EVERY / HOUR) if len(after) else 0.0


def adopted(one: Made, found: Followed) -> bool:
    """Whether the level has moved by more than half the size of a change since."""
    return bool(np.abs(found.level[one.begun :] - found.level[one.begun - 1]).max() > SIZE / 2)


def figures(follow: Callable[[Made], Followed], seeds: Sequence[int]) -> dict[str, Any]:
    """The figures of one detector over all series of all cases."""
    runs = {case: [(one, follow(one)) for seed in seeds for one in made(case, seed)] for case in CASES}
    hours = {case: np.array([hours_alarmed(*run) for run in runs[case]]) for case in CASES}
    kept = {case: float(np.mean([adopted(*run) for run in runs[case]])) for case in CASES}
    after = np.maximum(hours["fault"] - FAULT / HOUR, 0.0)
    return {
        "shift_alarmed_hours_p50": round(float(np.median(hours["shift"])), 2),
        "shift_alarmed_hours_p90": round(float(np.quantile(hours["shift"], 0.9)), 2),
        "shifts_adopted": round(kept["shift"], 4),
        "faults_adopted": round(kept["fault"], 4),
        "fault_alarmed_hours_after_p90": round(float(np.quantile(after, 0.9)), 2),
        "quiet_adopted": round(kept["quiet"], 4),
        "quiet_alarmed": round(float(np.mean(hours["quiet"] > 0)), 4),
    }


def evaluate_shifts(seeds: Sequence[int], profile: str) -> dict[str, Any]:
    """The JSON object of `telassure evaluate anomalies --shifts`. ConfigurationError as `policies_of`."""
    return {
        "profile": profile,
        "seeds": list(seeds),
        "series": len(CASES) * len(seeds) * SERIES_EACH,
        **figures(product(profile), seeds),
        "bytes": sum(SERIES[name].itemsize for name in ("run", "run_mean", "run_spread")),
        "baselines": {"river_adwin": {**figures(adwin, seeds), "bytes": adwin_bytes()}},
    }
