"""Points as pandas frames, for screens and notebooks."""

from collections.abc import Sequence

import pandas as pd

from telassure.store.points import BAND, Points, nothing


def frame(points: Points | None) -> pd.DataFrame:
    """Columns time (int64 microseconds UTC), value, expected, lower, upper, score (float64), shares (uint8)."""
    found = nothing() if points is None else points
    columns = {"time": found.time, "value": found.value}
    band = {name: found.band[i].astype("f8") for i, name in enumerate(BAND)}
    return pd.DataFrame({**columns, **band, "shares": found.shares})


def long_frame(parts: Sequence[tuple[tuple[str, str], Points]]) -> pd.DataFrame:
    """The frames of several series below each other, the series in columns managed_object and measurement."""
    frames = []
    for (managed_object, measurement), points in parts:
        part = frame(points)
        part.insert(0, "managed_object", managed_object)
        part.insert(1, "measurement", measurement)
        frames.append(part)
    if not frames:
        return frame(None).assign(managed_object="", measurement="")[
            ["managed_object", "measurement", *frame(None).columns]
        ]
    return pd.concat(frames, ignore_index=True)
