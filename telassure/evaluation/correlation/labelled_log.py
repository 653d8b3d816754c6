"""A recorded alarm log with the true graph of causes between its kinds (layout of corpora/alarms)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.correlation.alarm_history import AlarmHistory
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import AlarmNotification, PerceivedSeverity, Resource
from telassure.kernel.instant import SECOND, Instant

COLUMNS: Final = ("alarm_id", "device_id", "start_timestamp", "end_timestamp")
FEED: Final = "log"
_ORIGIN: Final[Instant] = 1_700_000_000 * SECOND
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LabelledLog:
    """`rows` are (kind, device, start, end) in seconds; `truth[cause, effect]` is for the scorer alone; `beside` are
    links between devices, none where no topology is given."""

    name: str
    rows: Rows
    truth: NDArray[np.bool_]
    beside: Sequence[tuple[int, int]]

    @property
    def devices(self) -> int:
        return 1 + max(int(self.rows[:, 1].max()), *(max(link) for link in self.beside), 0)

    def history(self) -> AlarmHistory:
        raises = [(float(start), kind, device) for kind, device, start, _ in self.rows.tolist()]
        return AlarmHistory.of(raises, len(self.truth), self.devices, self.beside)

    def resources(self) -> list[Resource]:
        """The devices as an inventory has them; without a topology it knows none."""
        near: dict[int, set[int]] = {device: set() for device in range(self.devices)} if self.beside else {}
        for one, other in self.beside:
            near[one].add(other)
            near[other].add(one)
        return [
            Resource(_device(one), "device", _device(one), FEED, (), tuple(map(_device, sorted(others))))
            for one, others in near.items()
        ]

    def notifications(self) -> Iterator[AlarmNotification]:
        """In the order of their starts; an end that equals the start is not known."""
        for at, (kind, device, start, end) in enumerate(sorted(self.rows.tolist(), key=lambda row: row[2])):
            yield AlarmNotification(
                f"{at}",
                FEED,
                FEED,
                _device(device),
                "",
                f"alarm-{kind}",
                "",
                PerceivedSeverity.INDETERMINATE,
                _ORIGIN + start * SECOND,
                _ORIGIN + end * SECOND if end > start else None,
            )


def labelled_log(directory: Path) -> LabelledLog:
    """Read Alarm.csv, DAG.npy and, where there is one, Topology.npy; InvalidInput where one breaks the layout."""
    truth = _matrix(directory / "DAG.npy")
    file = directory / "Alarm.csv"
    try:
        frame = pd.read_csv(file)
        rows = frame[list(COLUMNS)].to_numpy(dtype=np.int64)
    except (OSError, ValueError, KeyError) as error:
        raise InvalidInput(f"a table of {', '.join(COLUMNS)} in whole numbers is needed: {error}", str(file)) from error
    if not len(rows) or rows[:, :2].min() < 0 or rows[:, 0].max() >= len(truth):
        raise InvalidInput(f"alarm_id must be 0 to {len(truth) - 1} as in DAG.npy, device_id 0 or more", str(file))
    place = directory / "Topology.npy"
    links = np.argwhere(np.triu(_either(_matrix(place)), 1)).tolist() if place.is_file() else []
    return LabelledLog(directory.resolve().name, rows, truth, [(one, other) for one, other in links])


def _either(matrix: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return matrix | matrix.T


def _matrix(file: Path) -> NDArray[np.bool_]:
    try:
        found: Any = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InvalidInput(f"it is no numpy array: {error}", str(file)) from error
    if found.ndim != 2 or found.shape[0] != found.shape[1] or len(found) < 2:  # a square of kinds
        raise InvalidInput(f"shape {found.shape} is not a square of at least two", str(file))
    square: NDArray[np.bool_] = found != 0
    return square


def _device(number: int) -> str:
    return f"device-{number}"
