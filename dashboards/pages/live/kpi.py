"""One KPI series with its expected band: which one to show, and its points, thinned for the screen."""

from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from dashboards.pages.live.address import RANGES, Address, Series
from dashboards.pages.live.views import Explained, IncidentDetail, KpiChart
from dashboards.snapshot.kpi_points import drawn, unit_of
from telassure.kernel.events import KpiEpisode
from telassure.kernel.events.kpi import BY_RANK
from telassure.kernel.events.shares import Codes
from telassure.kernel.instant import EARLIEST, LATEST, Instant
from telassure.kernel.ports import AssuranceReader, MetricStore

if TYPE_CHECKING:
    import pandas as pd

DRAWN: Final = 1_500
FOUND: Final = 12
_EPISODES: Final = 100
_CYCLE: Final = 12
_COLUMNS: Final = ("value", "expected", "lower", "upper", "score")


class KpiQuery:
    """Finds and reads series; remembers where each series that was shown ends."""

    def __init__(self, reader: AssuranceReader, metrics: MetricStore) -> None:
        self._reader = reader
        self._metrics = metrics
        self._ends: dict[Series, Instant] = {}

    def chart(self, address: Address, subject: IncidentDetail | None) -> KpiChart | None:
        """What to draw for an address and its incident; None while the store holds no series."""
        offered, why = self._offered(address, subject)
        if address.series is not None:
            offered, why = [*([] if address.series in offered else [address.series]), *offered], "pinned"
        if not offered:
            return None
        chosen = address.series or offered[0]
        following = offered[(offered.index(chosen) + 1) % len(offered)]
        return _chart(chosen, address, why, following, self._read(chosen, address.range))

    def search(self, text: str) -> list[Series]:
        """The first FOUND series whose object or measurement contains a text, and one more where there are more."""
        return list(self._metrics.series(text.strip()[:100], FOUND + 1))

    def _offered(self, address: Address, subject: IncidentDetail | None) -> tuple[list[Series], str]:
        """The series to cycle through, best first, and why the first is that."""
        episodes = self._reader.find(KpiEpisode, {"state": "open"}, BY_RANK, _EPISODES).rows
        first = sorted(episodes, key=lambda e: (-e.worth, -e.started_at, -e.severity, e.episode_id))
        anywhere = [e.series for e in first]
        cause = self._of_object(subject.incident.root_cause) if subject else []
        if address.incident and subject:
            own = [e.series for e in first if e.episode_id in subject.members]
            if own or cause:
                return _distinct([*own, *cause, *anywhere]), "selected incident"
        if anywhere:
            rank = first[0].rank
            why = "newest open episode" if rank is None else f"open episode, {rank:.0%} likely to be a true one"
            return _distinct([*anywhere, *cause]), why
        if cause:
            return _distinct(cause), "root cause of the incident"
        past = [e.series for e in self._reader.find(KpiEpisode, {"state": "closed"}, limit=1).rows]
        return _distinct([*past, *self._metrics.series("", _CYCLE)]), "newest closed episode" if past else "any series"

    def _of_object(self, managed_object: str) -> list[Series]:
        return [found for found in self._metrics.series(managed_object, _CYCLE) if found[0] == managed_object]

    def _read(self, series: Series, name: str) -> "pd.DataFrame":
        """The last `name` of the series, up to its own end."""
        end = self._ends.get(series) or self._metrics.newest() or 0
        frame = self._metrics.read(*series, end - RANGES[name], LATEST)
        if frame.empty:
            frame = self._metrics.read(*series, EARLIEST, LATEST)
        if frame.empty:
            return frame
        end = int(frame["time"].iloc[-1])
        if len(self._ends) > 1_000:
            self._ends.clear()
        self._ends[series] = end
        return frame[frame["time"] > end - RANGES[name]]


def _distinct(offered: list[Series]) -> list[Series]:
    return list(dict.fromkeys(offered))[:_CYCLE]


def _chart(series: Series, address: Address, why: str, following: Series, frame: "pd.DataFrame") -> KpiChart:
    time = frame["time"].to_numpy(np.int64)
    columns = {name: frame[name].to_numpy(np.float64) for name in _COLUMNS}
    chart = KpiChart(*series, unit_of(series[1]), address.range, why, address.series is not None, following, "")
    if not len(time):
        return chart
    kept = drawn(columns, DRAWN)
    digest = blake2b(time.tobytes(), digest_size=16)
    shares = frame["shares"].to_numpy(np.uint8)
    for column in (*columns.values(), shares):
        digest.update(column.tobytes())
    known = np.flatnonzero(np.isfinite(columns["value"]))
    last = int(known[-1]) if len(known) else -1
    odd = np.flatnonzero(columns["score"] > 1)
    return replace(
        chart,
        digest=digest.hexdigest(),
        newest=int(time[-1]),
        value_now=_number(columns["value"][last]),
        expected_now=_number(columns["expected"][last]),
        anomalies=len(odd),
        newest_anomaly=_explained(time, columns["score"], shares, int(odd[-1])) if len(odd) else None,
        time=tuple((time[kept] // 1_000).tolist()),
        value=_listed(columns["value"], kept),
        expected=_listed(columns["expected"], kept),
        lower=_listed(columns["lower"], kept),
        upper=_listed(columns["upper"], kept),
        score=_listed(columns["score"], kept),
        shares=tuple(shares[kept].tolist()),
    )


def _explained(time: NDArray[np.int64], score: NDArray[np.float64], shares: Codes, row: int) -> Explained:
    return Explained(int(time[row]), float(score[row]), int(shares[row]))


def _listed(column: NDArray[np.float64], rows: NDArray[np.intp]) -> tuple[float | None, ...]:
    return tuple(map(_number, column[rows].tolist()))


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if np.isfinite(value) else None
