"""Streams as pandas frames, for notebooks: what the system stored, read while it runs, never written.

>>> lab = Lab("nowhere")
>>> lab.kpis()
[]
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from telassure.kernel.events import Alarm, RevenueLeakage, ServiceProblem, TroubleTicket
from telassure.kernel.events.shares import CHANNELS, contributions
from telassure.kernel.instant import Instant, instant
from telassure.kernel.ports import ANY, still_open
from telassure.wiring import metric_store, reader
from telassure.wiring.settings import Settings


class Lab:
    """A read-only look into one home. Times in frames are UTC timestamps; money is in micro-units."""

    def __init__(self, home: str | Path = ".telassure") -> None:
        self._settings = Settings(home=Path(home))
        self._reader = reader(self._settings)

    def kpis(self, containing: str = "") -> Sequence[tuple[str, str]]:
        """The stored series as (managed object, measurement)."""
        store = metric_store(self._settings, read_only=True)
        return [] if store is None else store.series(containing)

    def kpi(
        self, managed_object: str, measurement: str, start: str | None = None, end: str | None = None
    ) -> pd.DataFrame:
        """One series, indexed by time: value, expected, lower, upper, score (above 1 = anomalous), and what jump,
        level, rhythm, band and range contributed to it, each to a twentieth of it; NaN where not known."""
        store = metric_store(self._settings, read_only=True)
        if store is None:
            return pd.DataFrame(columns=["value", "expected", "lower", "upper", "score", *CHANNELS])
        frame = store.read(managed_object, measurement, _bound(start, 0), _bound(end, 2**62))
        parts = contributions(frame.pop("shares").to_numpy(), frame["score"].to_numpy())
        frame[list(CHANNELS)] = parts
        return frame.assign(time=pd.to_datetime(frame["time"], unit="us", utc=True)).set_index("time")

    def alarms(self, state: str = "active") -> pd.DataFrame:
        return _frame(self._reader.every(Alarm, {"state": state}))

    def problems(self, state: str = "open") -> pd.DataFrame:
        return _frame(self._reader.every(ServiceProblem, {"state": state}))

    def tickets(self, open_only: bool = False) -> pd.DataFrame:
        return _frame(self._reader.every(TroubleTicket, still_open(TroubleTicket) if open_only else ANY))

    def leakage(self) -> pd.DataFrame:
        return _frame(self._reader.every(RevenueLeakage, {"state": "open"}))


def _bound(text: str | None, default: Instant) -> Instant:
    return default if text is None else instant(pd.Timestamp(text).to_pydatetime())


def _frame(records: Iterable[object]) -> pd.DataFrame:
    frame = pd.DataFrame([asdict(record) for record in records])  # type: ignore[call-overload]  # every record is a dataclass
    for column in frame.columns:
        if column.endswith("_at") or column == "time":
            frame[column] = pd.to_datetime(frame[column], unit="us", utc=True)
    return frame
