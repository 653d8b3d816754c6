"""The metric store's rivals: the same points as Parquet parts, as numpy segment files, and as plain SQLite rows."""

import json
import os
import sqlite3
from collections.abc import Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Protocol

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from telassure.kernel.events import ScoredPoints
from telassure.kernel.instant import DAY
from telassure.store.frames import frame
from telassure.store.metrics_embedded.blocks import connect
from telassure.store.metrics_embedded.codec import decode, decode_series, encode
from telassure.store.metrics_embedded.series import SeriesDictionary
from telassure.store.points import BAND, Points, joined, latest

FLUSHED = 200_000
MERGED_FILES = 8


class Rival(Protocol):
    """What the benchmark asks of a candidate; `series` is the number that `write` gave it."""

    def write(self, points: ScoredPoints) -> None: ...
    def finish(self) -> None: ...
    def read_day(self, series: int, start: int) -> pd.DataFrame: ...


class Buffered:
    """Numbers the series as our store does and hands on sorted runs of `FLUSHED` points."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._names = connect(directory / "series.db", read_only=False)
        self._dictionary = SeriesDictionary(self._names, 1_000_000)
        self._waiting: list[Points] = []

    def write(self, points: ScoredPoints) -> None:
        band = np.array([points.expected, points.lower, points.upper, points.score], np.float32)
        numbers = self._dictionary.numbers(points.points)
        self._waiting.append(Points(numbers, points.points.time, points.points.value, band))
        if sum(map(len, self._waiting)) >= FLUSHED:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self.keep(latest(self._waiting))
            self._waiting = []

    def keep(self, points: Points) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        self.flush()


class ParquetParts(Buffered):
    """A part a flush; eight parts of a day become one, by (series, time), row groups of 32,768; read by pyarrow."""

    compression = "NONE"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._count = 0
        self._tiers: dict[tuple[int, int], list[Path]] = {}

    def keep(self, points: Points) -> None:
        days = points.time // DAY
        for day in np.unique(days).tolist():
            self._put(day, 0, points.take(days == day))

    def _put(self, day: int, tier: int, points: Points) -> None:
        self._count += 1
        path = self.directory / f"day={day}" / f"part-{self._count:08d}.parquet"
        path.parent.mkdir(exist_ok=True)
        columns = {"series": points.series, "time": points.time, "value": points.value}
        table = pa.table({**columns, **{name: points.band[i] for i, name in enumerate(BAND)}})
        with path.with_suffix(".new").open("wb") as file:
            pq.write_table(
                table,
                file,
                row_group_size=32_768,
                compression=self.compression,
                use_dictionary=False,
                write_page_index=True,
            )
            file.flush()
            os.fsync(file.fileno())
        path.with_suffix(".new").rename(path)
        parts = self._tiers.setdefault((day, tier), [])
        parts.append(path)
        if len(parts) == MERGED_FILES:
            self._merge(day, tier)

    def _merge(self, day: int, tier: int) -> None:
        parts = self._tiers.pop((day, tier))
        merged = latest([_points(pq.read_table(path, partitioning=None)) for path in parts])
        self._put(day, tier + 1, merged)
        for path in parts:
            path.unlink()

    def read_day(self, series: int, start: int) -> pd.DataFrame:
        folder = self.directory / f"day={start // DAY}"
        wanted = (ds.field("series") == series) & (ds.field("time") >= start) & (ds.field("time") < start + DAY)
        found = ds.dataset(folder, format="parquet").to_table(filter=wanted)
        return frame(latest([_points(found)]))


class ParquetByDuckdb(ParquetParts):
    """The same files read by DuckDB."""

    def read_day(self, series: int, start: int) -> pd.DataFrame:
        pattern = str(self.directory / f"day={start // DAY}" / "*.parquet")
        with duckdb.connect() as database:
            return database.execute(
                "SELECT time, value, expected, lower, upper, score FROM read_parquet(?)"
                " WHERE series = ? AND time >= ? AND time < ? ORDER BY time",
                [pattern, series, start, start + DAY],
            ).df()


class ParquetZstd(ParquetParts):
    """The same with zstd."""

    compression = "ZSTD"


class NumpySegments(Buffered):
    """A file a flush in our block codec, sorted by (series, time); eight of a tier and day merge; a JSON manifest."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._manifest = directory / "manifest.json"
        found = json.loads(self._manifest.read_text()) if self._manifest.exists() else []
        self._segments: list[tuple[int, int, str]] = [(day, tier, name) for day, tier, name in found]
        self._count = len(found)

    def keep(self, points: Points) -> None:
        days = points.time // DAY
        for day in np.unique(days).tolist():
            self._put(day, 0, points.take(days == day))
        self._commit()

    def _put(self, day: int, tier: int, points: Points) -> None:
        self._count += 1
        name = f"segment-{self._count:08d}"
        with (self.directory / name).open("wb") as file:
            file.write(encode(points))
            file.flush()
            os.fsync(file.fileno())
        self._segments.append((day, tier, name))
        same = [segment for segment in self._segments if segment[:2] == (day, tier)]
        if len(same) == MERGED_FILES:
            merged = latest([decode((self.directory / old).read_bytes()) for _, _, old in same])
            self._segments = [segment for segment in self._segments if segment not in same]
            self._put(day, tier + 1, merged)
            self._commit()
            for _, _, old in same:
                (self.directory / old).unlink()

    def _commit(self) -> None:
        fresh = self._manifest.with_suffix(".new")
        with fresh.open("w") as file:
            json.dump(self._segments, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(self._manifest)

    def read_day(self, series: int, start: int) -> pd.DataFrame:
        parts = []
        for day, _, name in self._segments:
            if day == start // DAY:
                with (self.directory / name).open("rb") as file:
                    parts.append(decode_series(mmap(file.fileno(), 0, access=ACCESS_READ), series))  # type: ignore[arg-type] # a buffer
        return frame(latest(parts))


class SqliteRows(Buffered):
    """One row a point, primary key (series, time)."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._rows = sqlite3.connect(directory / "rows.db", isolation_level=None)
        self._rows.execute("PRAGMA journal_mode = WAL")
        self._rows.execute(
            "CREATE TABLE IF NOT EXISTS points (series INTEGER, time INTEGER, value REAL, expected REAL, lower REAL,"
            " upper REAL, score REAL, PRIMARY KEY (series, time)) WITHOUT ROWID"
        )

    def keep(self, points: Points) -> None:
        columns: Sequence[np.ndarray] = (points.series, points.time, points.value, *points.band)
        self._rows.execute("BEGIN")
        self._rows.executemany(
            "INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?, ?, ?, ?)",
            zip(*(column.tolist() for column in columns), strict=True),
        )
        self._rows.execute("COMMIT")

    def read_day(self, series: int, start: int) -> pd.DataFrame:
        return pd.read_sql_query(
            "SELECT time, value, expected, lower, upper, score FROM points WHERE series = ? AND time >= ? AND time < ?",
            self._rows,
            params=(series, start, start + DAY),
        )


def _points(table: pa.Table) -> Points:
    columns = [table.column(name).to_numpy() for name in ("series", "time", "value", *BAND)]
    return joined([Points(columns[0], columns[1], columns[2], np.array(columns[3:], np.float32))])
