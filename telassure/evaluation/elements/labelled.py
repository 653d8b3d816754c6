"""Reads labelled elements: `data/<element>/<kpi>.csv` (timestamp,value) and `labels/elements.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import orjson

from telassure.evaluation.anomalies.corpus import Floats, Series, Times, Windows, read_series
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import DAY, parse_instant

LABELS: Final = Path("labels") / "elements.json"


@dataclass(frozen=True, slots=True, eq=False)
class LabelledElement:
    """One element with its labels. `time`: microseconds UTC of its steps, ascending; `value`: (steps, KPIs), NaN where
    a KPI has no row; `windows`: first and last instant of each incident, both inside it."""

    name: str
    kpis: tuple[str, ...]
    time: Times
    value: Floats
    windows: Windows

    @property
    def granularity(self) -> int:
        """Microseconds from one step to the next, most often; 0 for a single step."""
        return int(np.median(np.diff(self.time))) if len(self.time) > 1 else 0

    @property
    def days(self) -> float:
        """How long it was watched."""
        return float(self.time[-1] - self.time[0]) / DAY


def labelled_elements(directory: Path | str) -> list[LabelledElement]:
    """Every element of a corpus, by name. One without an entry in the labels has no incident.

    InvalidInput where the directory holds no element or no labels, or a file breaks the layout.
    """
    root = Path(directory)
    windows = _windows(root / LABELS)
    folders = sorted({file.parent for file in (root / "data").glob("*/*.csv")})
    if not folders:
        raise InvalidInput("there is no data/<element>/<kpi>.csv", str(root))
    unknown = sorted(set(windows) - {folder.name for folder in folders})
    if unknown:
        raise InvalidInput(f"incidents of {unknown[0]}, which has no folder in data/", str(root / LABELS))
    return [_element(folder, windows.get(folder.name, ())) for folder in folders]


def _element(folder: Path, windows: Windows) -> LabelledElement:
    """The rows of all KPIs by their time; of several rows of one KPI and time the first."""
    series = [read_series(file, (), folder.parent.parent.name) for file in sorted(folder.glob("*.csv"))]
    time = np.unique(np.concatenate([one.time for one in series]))
    if not len(time):
        raise InvalidInput("no KPI has a row", str(folder))
    value = np.stack([_column(one, time) for one in series], 1)
    return LabelledElement(folder.name, tuple(one.name for one in series), time, value, windows)


def _column(series: Series, time: Times) -> Floats:
    found = np.full(len(time), np.nan)
    own, first = np.unique(series.time, return_index=True)
    found[np.searchsorted(time, own)] = series.value[first]
    return found


def _windows(file: Path) -> Mapping[str, Windows]:
    try:
        entries: Mapping[str, Sequence[tuple[str, str]]] = orjson.loads(file.read_bytes())
        found = {
            name: tuple(sorted((parse_instant(start), parse_instant(end)) for start, end in pairs))
            for name, pairs in entries.items()
        }
    except OSError as error:
        raise InvalidInput(f"the labels cannot be read ({error.strerror})", str(file)) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidInput(
            f"labels are {{element: [[first, last], …]}} with ISO 8601 times: {error}", str(file)
        ) from error
    for name, pairs in found.items():
        if any(end < start for start, end in pairs):
            raise InvalidInput(f"an incident of {name} ends before it begins", str(file))
    return found
