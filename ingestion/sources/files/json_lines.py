"""JSON lines: one object a line, of the kind that its "kind" field, its own fields or the file's name say."""

from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final

import orjson

from ingestion.batches.batch import Batch, Refusal
from ingestion.batches.kind import Kind, kind_of_fields, kinds
from ingestion.fields.json_keys import refuse_key_twice_in_line
from ingestion.fields.repeated_hour import passes
from ingestion.fields.terms import BadRow
from ingestion.kinds.alarms import ALARMS
from ingestion.sources.files.bounded import lines, opened
from ingestion.sources.files.rows import MOST_HELD
from telassure.kernel.errors import InvalidInput

_WINDOW: Final = 10_000


class _Window:
    """Lines gathered by kind. A change of the catalogue closes the window, so that what follows it sees it."""

    def __init__(self, name: str, number: int) -> None:
        self._name = name
        self._number = number
        self._rows: dict[str, list[object]] = {}
        self._lines: dict[str, list[int]] = {}
        self._refused: list[Refusal] = []
        self.taken = 0

    def take(self, kind: str, row: object, line: int) -> None:
        self._rows.setdefault(kind, []).append(row)
        self._lines.setdefault(kind, []).append(line)
        self.taken += 1

    def refuse(self, line: int, reason: str) -> None:
        self._refused.append(Refusal(f"{self._name}:{line}", reason))
        self.taken += 1

    def held(self, zone: tzinfo) -> bool:
        """Whether the newest row of any kind is at a time that comes twice, and the window not yet too long."""
        newest = (rows[-1] for rows in self._rows.values())
        return self.taken < MOST_HELD and any(isinstance(r, dict) and passes(r.get("time"), zone) for r in newest)

    def batches(self) -> Iterator[Batch]:
        refused = self._refused
        for kind in list(self._rows) or ([ALARMS.name] if refused else []):
            place = self._places(self._lines.get(kind, []))
            yield Batch(kind, self._rows.get(kind, []), f"{self._number}.{kind}", place=place, refused=refused)
            refused = []

    def _places(self, of: list[int]) -> "_Places":
        return _Places(self._name, of)


class _Places:
    """A row's place in words."""

    def __init__(self, name: str, of: list[int]) -> None:
        self._name, self._lines = name, of

    def __call__(self, bad: BadRow) -> str:
        return f"{self._name}:{self._lines[min(bad.index, len(self._lines) - 1)]}"


def read(path: Path, name: str, by_name: Kind[Any] | None, zone: tzinfo) -> Iterator[Batch]:
    """The file's objects in batches of one kind; a line that is no object of a known kind is refused alone. A batch is
    not cut among times of an hour that comes twice in `zone`, whose order tells them apart."""
    window = _Window(name, 1)
    number = 1
    with opened(path, name) as stream:
        for line, raw in lines(stream, name):
            if not raw.strip():
                continue
            kind, row, reason = _parsed(raw, by_name)
            alone = isinstance(row, dict) and kinds()[kind].form.is_body(row)
            if window.taken and (alone or (window.taken >= _WINDOW and not window.held(zone))):
                yield from window.batches()
                number += 1
                window = _Window(name, number)
            if reason:
                window.refuse(line, reason)
            elif alone:
                yield Batch(kind, row, f"{number}.{kind}", place=_Places(name, [line]))
                number += 1
                window = _Window(name, number)
            else:
                window.take(kind, row, line)
    yield from window.batches()


def _parsed(raw: bytes, by_name: Kind[Any] | None) -> tuple[str, object, str]:
    """(kind, row without its kind, reason why it is refused)."""
    try:
        row = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        hint = "; NaN is not JSON, write null" if b"NaN" in raw else ""
        return "", None, f"not JSON in UTF-8: {error}{hint}"
    if not isinstance(row, dict):
        return "", None, f"the line is {type(row).__name__}, not an object"
    try:
        refuse_key_twice_in_line(raw, len(row))
    except InvalidInput as twice:
        return "", None, twice.reason
    named = row.pop("kind", None)
    kind = kinds().get(str(named)) if named else by_name or kind_of_fields(frozenset(row))
    if kind is None:
        return "", None, f'the kind is not known; add "kind", one of {", ".join(kinds())}'
    return kind.name, row, ""
