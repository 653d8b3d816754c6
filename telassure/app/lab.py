"""Streams as pandas frames, for notebooks: what the system stored, read while it runs, never written.

>>> with Lab("nowhere") as lab:
...     lab.kpis(), len(lab.alarms())
([], 0)
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from types import TracebackType

import pandas as pd

from telassure.kernel.errors import ConfigurationError
from telassure.kernel.events import Alarm, RevenueLeakage, ServiceProblem, TroubleTicket
from telassure.kernel.events.shares import CHANNELS, contributions
from telassure.kernel.instant import Instant, instant
from telassure.kernel.kept import BusinessRecord, Order, kept_types
from telassure.kernel.ports import ANY, Where, still_open
from telassure.wiring import metric_store, reader
from telassure.wiring.settings import load


class Lab:
    """A read-only look into a home: the one named, else that of TELASSURE_HOME, else .telassure. Whatever it gives is
    whole, however much there is. Times in frames are UTC timestamps; money is in micro-units."""

    def __init__(self, home: str | Path | None = None) -> None:
        self._settings = load(home=None if home is None else Path(home))
        self._reader = reader(self._settings)
        self._metrics = metric_store(self._settings, read_only=True)

    def kpis(self, containing: str = "") -> Sequence[tuple[str, str]]:
        """Every stored series as (managed object, measurement), or those of whose names one contains a text."""
        return self._metrics.series(containing)

    def kpi(
        self, managed_object: str, measurement: str, start: str | None = None, end: str | None = None
    ) -> pd.DataFrame:
        """One series, indexed by time: value, expected, lower, upper, score (above 1 = anomalous), and what jump,
        level, rhythm, band and range contributed to it, each to a twentieth of it; NaN where not known."""
        frame = self._metrics.read(managed_object, measurement, _bound(start, 0), _bound(end, 2**62))
        parts = contributions(frame.pop("shares").to_numpy(), frame["score"].to_numpy())
        frame[list(CHANNELS)] = parts
        return frame.assign(time=pd.to_datetime(frame["time"], unit="us", utc=True)).set_index("time")

    def alarms(self, state: str = "active") -> pd.DataFrame:
        return self._frame(Alarm, {"state": state})

    def problems(self, state: str = "open") -> pd.DataFrame:
        return self._frame(ServiceProblem, {"state": state})

    def tickets(self, open_only: bool = False) -> pd.DataFrame:
        return self._frame(TroubleTicket, still_open(TroubleTicket) if open_only else ANY)

    def leakage(self) -> pd.DataFrame:
        """What is open, the largest first; what is disputed stands there too (`records("case_decision")`)."""
        return self._frame(RevenueLeakage, {"state": "open"})

    def records(self, table: str, where: Where = ANY, order: Order = ()) -> pd.DataFrame:
        """Records of any type that is kept, by the name of its table ("alarm", "charge", …), in its own order or
        another: `lab.records("charge", {"account": "a-1"}, ("time",))`. ConfigurationError for a name that is none."""
        kinds = {kept.table: kind for kind, kept in kept_types().items()}
        if table not in kinds:
            raise ConfigurationError(f"nothing is kept as {table!r}; there are {', '.join(sorted(kinds))}")
        return self._frame(kinds[table], where, order)

    def close(self) -> None:
        self._reader.close()
        self._metrics.close()

    def __enter__(self) -> "Lab":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _frame(self, kind: type[BusinessRecord], where: Where, order: Order = ()) -> pd.DataFrame:
        rows: Iterator[dict[str, object]] = map(asdict, self._reader.every(kind, where, order))  # type: ignore[arg-type]  # each is a dataclass
        frame = pd.DataFrame(rows, columns=[each.name for each in fields(kind)])  # type: ignore[arg-type]  # as above
        for column in frame.columns:
            if column.endswith("_at") or column == "time":
                frame[column] = pd.to_datetime(frame[column], unit="us", utc=True)
        return frame


def _bound(text: str | None, default: Instant) -> Instant:
    return default if text is None else instant(pd.Timestamp(text).to_pydatetime())
