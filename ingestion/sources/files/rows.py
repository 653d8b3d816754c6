"""CSV tables in chunks of columns, and the batches that tables of a kind make."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import IO, Any, Final

from ingestion.batches.batch import Batch, Refusal
from ingestion.batches.kind import Kind
from ingestion.fields.repeated_hour import passes
from ingestion.fields.terms import BadRow
from ingestion.sources.files.bounded import BARE_RETURNS, lines, opened
from telassure.kernel.errors import InvalidInput

MOST_HELD: Final = 200_000


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


def header_of(path: Path, name: str) -> list[str]:
    """The names of a CSV file's columns, quoted or not; InvalidInput where its first line is no header."""
    with opened(path, name) as stream:
        return _Rows(stream, name).header()


def fields_of(line: str) -> list[str]:
    """The fields of one CSV line."""
    return next(csv.reader([line], strict=True), []) if '"' in line else line.split(",")


def table(path: Path, name: str, rows: int, zone: tzinfo = UTC) -> Iterator[Table]:
    """The file's rows by chunks of `rows`; bytes that are not UTF-8 stay recognisable and are refused by the validator.
    A chunk is not cut among times of an hour that comes twice in `zone`, whose order tells them apart.

    InvalidInput, with file and line, where the file breaks off; the chunks before it stand.
    """
    with opened(path, name) as stream:
        reader = _Rows(stream, name)
        header = reader.header()
        time = header.index("time") if "time" in header and zone is not UTC else None

        def held(row: list[str]) -> bool:
            return time is not None and passes(row[time], zone) is not None

        number = 0
        while True:
            found, places, refused = reader.take(rows, len(header), held)
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
        self._bare = False
        self._reader = csv.reader(self._text(stream), strict=True)

    def _text(self, stream: IO[bytes]) -> Iterator[str]:
        for number, line in lines(stream, self._name):
            self._line = number
            self._bare = b"\r" in line
            yield line.decode("utf-8", "surrogateescape") + "\n"

    def header(self) -> list[str]:
        names = [name.strip().removeprefix('"').removesuffix('"') for name in self._next() or []]
        if any("\ud800" <= letter <= "\udfff" for letter in "".join(names)):
            raise InvalidInput("the header is not UTF-8", f"{self._name}:1")
        if not names or len(set(names)) < len(names) or not all(map(str.isprintable, names)):
            raise InvalidInput("the first line is no CSV header; name each column once", f"{self._name}:1")
        if len(names) == 1 and (apart := next((mark for mark in ";\t|" if mark in names[0]), "")):
            raise InvalidInput(f"the columns are parted by {apart!r}; write commas", f"{self._name}:1")
        return names

    def take(
        self, rows: int, width: int, held: Callable[[list[str]], bool]
    ) -> tuple[list[list[str]], list[int], list[Refusal]]:
        """So many rows of this width, and those after them while the newest is `held`; their lines; what is no row."""
        found: list[list[str]] = []
        places: list[int] = []
        refused: list[Refusal] = []
        while (len(found) + len(refused) < rows or (found and len(found) < MOST_HELD and held(found[-1]))) and (
            row := self._next()
        ) is not None:
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
            wrong = BARE_RETURNS if self._bare else f"broken CSV: {error}"
            raise InvalidInput(wrong, f"{self._name}:{self._line}") from None


def read(path: Path, name: str, kind: Kind[Any], zone: tzinfo) -> Iterator[Batch]:
    """A table of one kind, its columns named as the fields."""
    for chunk in table(path, name, kind.files.chunk, zone):
        body = kind.files.body(chunk.columns)
        yield Batch(kind.name, body, str(chunk.number), place=chunk.place, refused=chunk.refused)
