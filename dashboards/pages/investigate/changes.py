"""How much KPIs changed in a window: how far they lie from what was expected, in half-widths of their bands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dashboards.snapshot.kpi_points import drawn, unit_of
from telassure.kernel.events import KpiEpisode
from telassure.kernel.instant import Instant
from telassure.kernel.ports import AssuranceReader, Between, MetricStore

Window = tuple[Instant, Instant]
RANKED: Final = 40
DRAWN: Final = 400
_OWN: Final = 24
_EPISODES: Final = 200
_COLUMNS: Final = ("value", "expected", "lower", "upper", "score")


@dataclass(frozen=True, slots=True)
class KpiLines:
    """The points of a KPI that are drawn, times in milliseconds; `digest` stands for them where views are compared."""

    digest: str
    time: tuple[int, ...] = field(default=(), repr=False)
    value: tuple[float | None, ...] = field(default=(), repr=False)
    lower: tuple[float | None, ...] = field(default=(), repr=False)
    upper: tuple[float | None, ...] = field(default=(), repr=False)
    score: tuple[float | None, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class KpiChange:
    """A KPI in a window: of `points` so many are `anomalous`; `mean` of the values and of what was `expected` (None:
    none was scored). `change` is how many half-widths of its band it lies above what was expected: in the mean of its
    anomalous points, of all where none is."""

    managed_object: str
    measurement: str
    unit: str
    points: int
    anomalous: int
    mean: float | None
    expected: float | None
    change: float
    lines: KpiLines

    @property
    def scored(self) -> bool:
        return self.expected is not None


def own_changes(metrics: MetricStore, managed_object: str, window: Window) -> tuple[KpiChange, ...]:
    """Every KPI of an object, the most changed first."""
    names = [found for found in metrics.series(managed_object, _EPISODES) if found[0] == managed_object]
    return ranked(change_of(metrics, each, window) for each in names[:_OWN])


def most_changed(reader: AssuranceReader, metrics: MetricStore, window: Window) -> tuple[KpiChange, ...]:
    """The KPIs that left their bands within a window, the most changed first; of more than RANKED the worst by peak."""
    start, end = window
    past = reader.find(KpiEpisode, {"changed_at": Between(start)}, limit=_EPISODES).rows
    opened = reader.find(KpiEpisode, {"state": "open"}, limit=_EPISODES).rows
    within = [each for each in (*opened, *past) if each.started_at < end]
    series = dict.fromkeys(each.series for each in sorted(within, key=lambda each: (-each.peak_score, each.episode_id)))
    return ranked(change_of(metrics, each, window) for each in list(series)[:RANKED])


def ranked(found: Iterable[KpiChange]) -> tuple[KpiChange, ...]:
    """Those that have points, the most changed first."""
    kept = [each for each in found if each.points]
    return tuple(sorted(kept, key=lambda each: (-abs(each.change), each.managed_object, each.measurement)))


def change_of(metrics: MetricStore, series: tuple[str, str], window: Window) -> KpiChange:
    """As the metric store has it."""
    frame = metrics.read(*series, *window)
    columns = {name: frame[name].to_numpy(np.float64) for name in _COLUMNS}
    value, expected = columns["value"], columns["expected"]
    half = (columns["upper"] - columns["lower"]) / 2
    scored = np.isfinite(value) & np.isfinite(expected) & np.isfinite(half) & (half > 0)
    known = value[np.isfinite(value)]
    odd = scored & (columns["score"] > 1)
    told = odd if odd.any() else scored
    change = float(np.mean((value[told] - expected[told]) / half[told])) if told.any() else 0.0
    return KpiChange(
        *series,
        unit_of(series[1]),
        len(known),
        int((columns["score"] > 1).sum()),
        float(known.mean()) if len(known) else None,
        float(expected[scored].mean()) if scored.any() else None,
        round(change, 3),
        _lines(frame["time"].to_numpy(np.int64), columns),
    )


def _lines(time: NDArray[np.int64], columns: dict[str, NDArray[np.float64]]) -> KpiLines:
    if not len(time):
        return KpiLines("")
    kept = drawn(columns, DRAWN)
    digest = blake2b(time.tobytes(), digest_size=8)
    for column in columns.values():
        digest.update(column.tobytes())
    parts = (_listed(columns[name][kept].tolist()) for name in ("value", "lower", "upper", "score"))
    return KpiLines(digest.hexdigest(), tuple((time[kept] // 1_000).tolist()), *parts)


def _listed(column: Sequence[float]) -> tuple[float | None, ...]:
    return tuple(float(f"{value:.6g}") if np.isfinite(value) else None for value in column)
