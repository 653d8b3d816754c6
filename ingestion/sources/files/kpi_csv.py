"""KPI series as CSV (timestamp,value; a file a series, `<group>/<series>.csv`), merged by time so that none is late."""

import csv
import heapq
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import tzinfo
from itertools import islice
from pathlib import Path
from typing import IO, Final

from ingestion.batches.batch import Batch
from ingestion.fields.repeated_hour import passes, told_apart
from ingestion.kinds.measurements import MEASUREMENTS
from ingestion.sources.files.bounded import lines, opened, plain_name
from ingestion.sources.files.rows import MOST_HELD, fields_of, header_of
from telassure.kernel.errors import InvalidInput, shown
from telassure.kernel.fields import moment
from telassure.kernel.instant import EARLIEST, Instant

HEADER: Final = ["timestamp", "value"]
MEASUREMENT: Final = "value"
_ROWS: Final = 10_000
_SMALL: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class SeriesFile:
    """One series: where its file is, and its name relative to the corpus, e.g. "data/group/series.csv"."""

    path: Path
    name: str

    @property
    def managed_object(self) -> str:
        parts = Path(plain_name(self.name)).with_suffix("").parts
        return "/".join(parts[1:] if parts[0] == "data" and len(parts) > 1 else parts)


Sample = tuple[Instant, int, int, object, str]  # order by time and file; then line, time and value as they stand
Row = tuple[int, object, str]  # line, time and value as they stand
Refuse = Callable[[str, str], None]


def is_series(header: Sequence[str]) -> bool:
    """Whether a CSV header is that of a series, in capitals or not."""
    return [name.lower() for name in header] == HEADER


def read(files: Sequence[SeriesFile], zone: tzinfo, refuse: Refuse) -> Iterator[Batch]:
    """All series in the order of their times. A file that cannot be read goes to `refuse` (place, reason), from
    where it breaks; the others go on."""
    with ExitStack() as stack:
        sources = [
            _samples(number, file, zone, _stream(stack, file), refuse)
            for number, file in enumerate(files)
            if _readable(file, refuse)
        ]
        merged = heapq.merge(*sources)
        chunk = 0
        while rows := list(islice(merged, _ROWS)):
            chunk += 1
            yield _batch(rows, files, chunk)


def _readable(file: SeriesFile, refuse: Refuse) -> bool:
    try:
        header = header_of(file.path, file.name)
    except InvalidInput as error:
        refuse(error.place, error.reason)
        return False
    if not is_series(header):
        refuse(f"{file.name}:1", f"the header is {shown(','.join(header))}; write timestamp,value")
        return False
    return True


def _stream(stack: ExitStack, file: SeriesFile) -> IO[bytes]:
    """The open file; a small one from memory, so that thousands of series need no thousands of open files."""
    if file.path.stat().st_size > _SMALL:
        return stack.enter_context(opened(file.path, file.name))
    with opened(file.path, file.name) as stream:
        try:
            return io.BytesIO(stream.read(_SMALL * 4))
        except InvalidInput:
            return stack.enter_context(opened(file.path, file.name))  # what is whole of it goes on, line by line


def _samples(number: int, file: SeriesFile, zone: tzinfo, stream: IO[bytes], refuse: Refuse) -> Iterator[Sample]:
    newest = EARLIEST
    try:
        for line, time, value in _told_apart(_rows(stream, file.name, refuse), zone):
            at = time
            try:
                newest = max(newest, at := moment(time, "timestamp", zone))
            except InvalidInput as error:
                if passes(time, zone):  # in the merged batch its order would tell another tale
                    refuse(f"{file.name}:{line}", error.reason)
                    continue
                # the validator refuses any other by name; it only needs a place in the order
            yield newest, number, line, at, value
    except (InvalidInput, csv.Error) as error:
        refuse(getattr(error, "place", "") or file.name, getattr(error, "reason", str(error)))


def _rows(stream: IO[bytes], name: str, refuse: Refuse) -> Iterator[Row]:
    numbered = lines(stream, name)
    next(numbered, None)
    for line, raw in numbered:
        if not raw:
            continue
        fields = fields_of(raw.decode("utf-8", "surrogateescape"))
        if len(fields) == len(HEADER):
            yield line, fields[0], fields[1]
        else:
            refuse(f"{name}:{line}", f"the line has {len(fields)} fields; write timestamp,value")


def _told_apart(rows: Iterator[Row], zone: tzinfo) -> Iterator[Row]:
    """The rows, with local times of an hour that comes twice as instants where the order of the file tells them."""
    before: list[Row] = []
    run: list[Row] = []
    for row in rows:
        if passes(row[1], zone) and len(run) < MOST_HELD:
            run.append(row)
            continue
        yield from _of_run(before, run, [row], zone)
        yield row
        before, run = [row], []
    yield from _of_run(before, run, [], zone)


def _of_run(before: list[Row], run: list[Row], after: list[Row], zone: tzinfo) -> Iterator[Row]:
    times = [row[1] for row in (*before, *run, *after)]
    found = told_apart(times, zone, [0] * len(times))[len(before) :]
    return ((line, at, value) for (line, _, value), at in zip(run, found, strict=False))


def _batch(rows: Sequence[Sample], files: Sequence[SeriesFile], chunk: int) -> Batch:
    used = sorted({row[1] for row in rows})
    codes = {number: code for code, number in enumerate(used)}
    body = {
        "managed_objects": [files[number].managed_object for number in used],
        "measurements": [MEASUREMENT],
        "managed_object": [codes[row[1]] for row in rows],
        "measurement": [0] * len(rows),
        "time": [row[3] for row in rows],
        "value": [row[4] for row in rows],
    }
    return Batch(
        MEASUREMENTS.name, body, str(chunk), place=lambda bad: f"{files[rows[bad.index][1]].name}:{rows[bad.index][2]}"
    )
