"""Reads a labelled corpus: `data/<group>/<file>.csv` (timestamp,value) and `labels/combined_windows.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray

from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import Instant, parse_instant

Times: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Spans: TypeAlias = NDArray[np.int64]
Windows: TypeAlias = tuple[tuple[Instant, Instant], ...]

LABELS: Final = Path("labels") / "combined_windows.json"


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One series with its labels. `time`: microseconds UTC, one per row, in the file's order; `value`: NaN where it is
    missing; `windows`: first and last instant of each labelled run, both inside it; `corpus`: its folder's name."""

    group: str
    name: str
    time: Times
    value: Floats
    windows: Windows
    corpus: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """The names of its corpus, its group and its file."""
        return self.corpus, self.group, self.name

    def __len__(self) -> int:
        return len(self.time)

    def spans(self) -> Spans:
        """First and last row of each window, both inside it, shape (windows, 2): ascending, disjoint (windows that
        share a row are one), without those that hold no row."""
        found: list[list[int]] = []
        for first, last in sorted(self._rows(start, end) for start, end in self.windows):
            if last < first:
                continue
            if found and first <= found[-1][1]:
                found[-1][1] = max(found[-1][1], last)
            else:
                found.append([first, last])
        return np.array(found, np.int64).reshape(-1, 2)

    def _rows(self, start: Instant, end: Instant) -> tuple[int, int]:
        """A repeated timestamp stands for its first row, as in NAB."""
        exact = np.flatnonzero(self.time == start), np.flatnonzero(self.time == end)
        within = np.flatnonzero((self.time >= start) & (self.time <= end))
        if not len(within):
            return 0, -1
        return int((exact[0] if len(exact[0]) else within)[0]), int(exact[1][0] if len(exact[1]) else within[-1])


def corpus(directory: Path | str) -> list[Series]:
    """Every series of a corpus, ordered by group and name. A file without an entry in the labels has no window.

    InvalidInput where the directory holds no series or no labels, or a file breaks the layout.
    """
    root = Path(directory)
    windows = _windows(root / LABELS)
    files = sorted((root / "data").glob("*/*.csv"))
    if not files:
        raise InvalidInput("there is no data/<group>/<file>.csv", str(root))
    name = root.resolve().name
    return [read_series(file, windows.get(f"{file.parent.name}/{file.name}", ()), name) for file in files]


def corpora(directories: Sequence[Path]) -> list[Series]:
    """The series of several corpora, one after another. InvalidInput as `corpus`, and for two of one name."""
    names = [directory.resolve().name for directory in directories]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInput(f"two corpora are named {twice[0]}; name each folder once, and each differently", "--corpus")
    return [series for directory in directories for series in corpus(directory)]


def _windows(file: Path) -> Mapping[str, Windows]:
    try:
        entries: Mapping[str, Sequence[tuple[str, str]]] = orjson.loads(file.read_bytes())
        return {
            name: tuple((parse_instant(start), parse_instant(end)) for start, end in pairs)
            for name, pairs in entries.items()
        }
    except OSError as error:
        raise InvalidInput(f"the labels cannot be read ({error.strerror})", str(file)) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidInput(
            f"labels are {{file: [[first, last], …]}} with ISO 8601 times: {error}", str(file)
        ) from error


def read_series(file: Path, windows: Windows, name: str) -> Series:
    """One file of the corpus of this name, with its labels. InvalidInput where it breaks the layout."""
    try:
        table = pd.read_csv(file, usecols=["timestamp", "value"], dtype={"timestamp": str, "value": np.float64})
        moments = pd.to_datetime(table["timestamp"], utc=True, format="ISO8601")
        time = moments.dt.tz_localize(None).to_numpy("datetime64[us]").astype(np.int64)
    except (ValueError, OSError) as error:
        raise InvalidInput(f"a series is columns timestamp,value: {error}", str(file)) from error
    value = table["value"].to_numpy(np.float64).copy()
    value[~np.isfinite(value)] = np.nan
    return Series(file.parent.name, file.stem, time, value, windows, name)
