"""Recorded alarm logs: Alarm.csv (alarm_id,device_id,start_timestamp,end_timestamp in seconds) and its Topology.npy."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from ingestion.batches.batch import Batch
from ingestion.kinds.alarms import ALARMS
from ingestion.kinds.catalogue import CATALOGUE
from ingestion.sources.files.rows import Table, table
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import EARLIEST, SECOND, Instant

HEADER: Final = ("alarm_id", "device_id", "start_timestamp", "end_timestamp")
_CHUNK: Final = 5_000
_SECONDS: Final = re.compile(r"-?\d{1,12}(?:\.\d+)?(?:[eE][-+]?\d)?", re.ASCII)
_MOST_DEVICES: Final = 20_000


def read(path: Path, name: str, network: str, origin: Instant) -> Iterator[Batch]:
    """The alarms as notifications of indeterminate severity; times are seconds after `origin`.

    An end that equals the start says that the end is not known. Devices are named "<network>/device-<id>".
    """
    for chunk in table(path, name, _CHUNK):
        if set(chunk.header) != set(HEADER):
            raise InvalidInput(f"the header is not {','.join(HEADER)}", f"{name}:1")
        rows = [_notification(row, network, origin) for row in _dicts(chunk)]
        yield Batch(ALARMS.name, rows, str(chunk.number), place=chunk.place, refused=chunk.refused)


def topology(path: Path, name: str, network: str) -> Batch:
    """The devices and who is next to whom, from a square adjacency matrix; InvalidInput where it is none."""
    try:
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise InvalidInput(f"not a numpy array: {error}", name) from None
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] > _MOST_DEVICES:
        raise InvalidInput(f"shape {matrix.shape} is not a square of at most {_MOST_DEVICES} devices", name)
    devices = [f"{network}/device-{device}" for device in range(len(matrix))]
    resources = [
        {
            "resource_id": device,
            "kind": "device",
            "name": device,
            "domain": network,
            "adjacent": [devices[other] for other in _neighbours(matrix, index)],
        }
        for index, device in enumerate(devices)
    ]
    return Batch(CATALOGUE.name, {"resources": resources}, "topology", place=lambda bad: f"{name}: row {bad.index}")


def _neighbours(matrix: np.ndarray[tuple[int, ...], np.dtype[np.generic]], index: int) -> list[int]:
    near = (matrix[index] != 0) | (matrix[:, index] != 0)
    return [other for other in np.flatnonzero(near).tolist() if other != index]


def _dicts(chunk: Table) -> Iterator[dict[str, str]]:
    columns = [chunk.columns[name] for name in HEADER]
    return (dict(zip(HEADER, row, strict=True)) for row in zip(*columns, strict=True))


def _notification(row: dict[str, str], network: str, origin: Instant) -> dict[str, object]:
    start, end = _shifted(row["start_timestamp"], origin), _shifted(row["end_timestamp"], origin)
    found: dict[str, object] = {
        "managed_object": f"{network}/device-{row['device_id']}" if row["device_id"] else "",
        "probable_cause": f"alarm-{row['alarm_id']}" if row["alarm_id"] else "alarm",
        "perceived_severity": "indeterminate",
        "time": start,
    }
    return found if end == start else {**found, "ends_at": end}


def _shifted(seconds: str, origin: Instant) -> object:
    """The instant; what is no number of seconds goes on as it is, for the validator to refuse by name. Seconds since
    1970 are none of a log that began at another time: they would be half a century late."""
    if not seconds.strip():
        return None
    found = _SECONDS.fullmatch(seconds.strip())
    after = round(float(found[0]) * SECOND) if found else 0
    if found is None or (after >= EARLIEST and origin != 0):
        return f"{seconds} s"
    return origin + after
