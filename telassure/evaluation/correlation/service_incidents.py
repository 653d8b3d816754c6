"""Labelled incidents of services (layout of corpora/petshop): all metrics, who calls whom, the true root."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray

from models.correlation.degradation import UNCHANGED, Deviation, deviation
from telassure.kernel.errors import InvalidInput

LOWER_IS_WORSE: Final = frozenset(("availability", "throughput", "success_rate"))
VOLUME: Final = ("requests", "Sum")
_PERIOD: Final = 300.0

Column = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class MetricTable:
    """Columns (element, metric, aggregate) over the starts of periods, in seconds; a gap is NaN."""

    starts: NDArray[np.float64]
    columns: Mapping[Column, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class ServiceIncident:
    """One incident: whose KPI told of it and when; `root` is for the scorer alone."""

    name: str
    target: str
    metric: str
    aggregate: str
    detected_at: float
    table: MetricTable
    root: str


@dataclass(frozen=True, slots=True)
class ServiceIncidents:
    """All incidents of one application, its calls, and its metrics while nothing was wrong."""

    calls: Mapping[str, Sequence[str]]
    normal: MetricTable
    incidents: Sequence[ServiceIncident]

    def deviations(self, incident: ServiceIncident) -> dict[str, Deviation]:
        """Of every element, how much worse the KPI is that told of the incident, from the period on in which it did."""
        return {
            element: self._deviation(incident, (element, metric, aggregate))
            for element, metric, aggregate in self.normal.columns
            if (metric, aggregate) == (incident.metric, incident.aggregate)
        }

    def _deviation(self, incident: ServiceIncident, column: Column) -> Deviation:
        now = incident.table.columns.get(column)
        if now is None:
            return UNCHANGED
        after = incident.table.starts + _period(incident.table.starts) > incident.detected_at
        found = deviation(self.normal.columns[column], now[~after], now[after], column[1] in LOWER_IS_WORSE)
        volume = incident.table.columns.get((column[0], *VOLUME))
        counted = volume[after & ~np.isnan(volume)] if volume is not None else np.ones(1)
        return Deviation(found.excess, found.sigmas, float(counted.mean()) if len(counted) else 0.0)


def service_incidents(directory: Path) -> ServiceIncidents:
    """Read a folder of graph.csv, noissue/metrics.csv and issue folders; InvalidInput where it breaks the layout."""
    files = sorted(directory.glob("**/target.json"), key=lambda file: file.parent.as_posix())
    if not files:
        raise InvalidInput("there is no target.json in it or below", str(directory))
    return ServiceIncidents(
        _calls(directory / "graph.csv"),
        _metrics(directory / "noissue" / "metrics.csv"),
        [_incident(file, directory) for file in files],
    )


def _period(starts: NDArray[np.float64]) -> float:
    return float(np.median(np.diff(starts))) if len(starts) > 1 else _PERIOD


def _incident(file: Path, directory: Path) -> ServiceIncident:
    try:
        found = orjson.loads(file.read_bytes())
        target, root = found["target"], found["root_cause"]["node"]
        told = (target["node"], target["metric"], target["agg"], float(target["timestamp"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"target {{node, metric, agg, timestamp}} and root_cause.node are needed: {error!r}", str(file)
        ) from error
    return ServiceIncident(
        file.parent.relative_to(directory).as_posix(), *told, _metrics(file.parent / "metrics.csv"), root
    )


def _calls(file: Path) -> dict[str, tuple[str, ...]]:
    """From a square matrix with names: rows call columns."""
    frame = _frame(file, header=0)
    return {str(caller): tuple(map(str, row.index[row.to_numpy() != 0])) for caller, row in frame.iterrows()}


def _metrics(file: Path) -> MetricTable:
    frame = _frame(file, header=[0, 1, 2])
    columns: dict[Column, NDArray[np.float64]] = {
        (str(element), str(metric), str(aggregate)): frame[element, metric, aggregate].to_numpy(dtype=np.float64)
        for element, metric, aggregate in frame.columns
    }
    return MetricTable(frame.index.to_numpy(dtype=np.float64), columns)


def _frame(file: Path, header: Any) -> Any:
    try:
        return pd.read_csv(file, header=header, index_col=0)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"the table cannot be read: {error}", str(file)) from error
