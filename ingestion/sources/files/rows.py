"""CSV tables in chunks of columns, and which kind of record a table or an object holds."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from ingestion.batch import Batch, Refusal
from ingestion.fields.terms import BadRow
from ingestion.sources.files.bounded import lines, opened
from telassure.kernel.errors import InvalidInput

USAGE_CHUNK: Final = 10_000
SINGLE_CHUNK: Final = 2_000
# The field that only this kind has.
_TELLTALE: Final[Mapping[str, str]] = {
    "record_id": "usage",
    "line_id": "bills",
    "recharge_id": "recharges",
    "action_id": "actions",
    "perceived_severity": "alarms",
    "measurement": "measurements",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A chunk of a CSV file: its number from 1, its columns as text, each row's line, and lines that are no rows."""

    number: int
    header: Sequence[str]
    columns: Mapping[str, list[str]]
    lines: Sequence[int]
    refused: Sequence[Refusal]
    name: str

    @property
    def place(self) -> Callable[[BadRow], str]:
        return lambda bad: f"{self.name}:{self.lines[bad.index]}"


def table(path: Path, name: str, rows: int) -> Iterator[Table]:
    """The file's rows by chunks of `rows`; bytes that are not UTF-8 stay recognisable and are refused by the validator.

    InvalidInput, with file and line, where the file breaks off; the chunks before it stand.
    """
    with opened(path, name) as stream:
        reader = _Rows(stream, name)
        header = reader.header()
        number = 0
        while True:
            found, places, refused = reader.take(rows, len(header))
            if not found and not refused:
                return
            number += 1
            columns = dict(zip(header, map(list, zip(*found, strict=True)), strict=True)) if found else {}
            yield Table(number, header, {field: columns.get(field, []) for field in header}, places, refused, name)


class _Rows:
    """A CSV reader that knows its lines, and keeps a row of a wrong width apart."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._name = name
        self._line = 0
        self._reader = csv.reader(self._text(stream), strict=True)

    def _text(self, stream: IO[bytes]) -> Iterator[str]:
        for number, line in lines(stream, self._name):
            self._line = number
            yield line.decode("utf-8", "surrogateescape") + "\n"

    def header(self) -> list[str]:
        names = [name.strip() for name in self._next() or []]
        if not names or len(set(names)) < len(names) or not all(map(str.isprintable, names)):
            raise InvalidInput("the first line is no CSV header in UTF-8; name each column once", f"{self._name}:1")
        return names

    def take(self, rows: int, width: int) -> tuple[list[list[str]], list[int], list[Refusal]]:
        found: list[list[str]] = []
        places: list[int] = []
        refused: list[Refusal] = []
        while len(found) + len(refused) < rows and (row := self._next()) is not None:
            if len(row) == width:
                found.append(row)
                places.append(self._line)
            elif row:
                reason = f"the line has {len(row)} fields, the header {width}"
                refused.append(Refusal(f"{self._name}:{self._line}", reason))
        return found, places, refused

    def _next(self) -> list[str] | None:
        try:
            return next(self._reader, None)
        except csv.Error as error:
            raise InvalidInput(f"broken CSV: {error}", f"{self._name}:{self._line}") from None


def kind_of(fields: Sequence[str] | Mapping[str, object]) -> str | None:
    """The kind whose own field is among these; None where none is."""
    for field, kind in _TELLTALE.items():
        if field in fields:
            return kind
    return "counts" if "records" in fields and "switch" in fields else None


def read(path: Path, name: str, kind: str) -> Iterator[Batch]:
    """A table of usage, bills, counts, recharges, alarms, actions or measurements, its columns named as the fields."""
    columnar = kind == "usage"
    for chunk in table(path, name, USAGE_CHUNK if columnar else SINGLE_CHUNK):
        body: object = dict(chunk.columns) if columnar else _objects(chunk)
        yield Batch(kind, body, str(chunk.number), place=chunk.place, refused=chunk.refused)


def _objects(chunk: Table) -> list[dict[str, object]]:
    rows = zip(*chunk.columns.values(), strict=True)
    return [{name: value for name, value in zip(chunk.header, row, strict=True) if value != ""} for row in rows]
