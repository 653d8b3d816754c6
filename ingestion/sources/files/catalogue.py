"""Catalogue files: TOML and JSON with an array per section, CSV with a section per file; every error has its line."""

import re
import tomllib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

import orjson

from ingestion.batches.batch import Batch, Refusal
from ingestion.fields.json_keys import refuse_key_twice
from ingestion.fields.privacy import bare
from ingestion.fields.terms import BadRow
from ingestion.kinds.catalogue import CATALOGUE, SECTIONS, rows_of
from ingestion.kinds.tariffs import PRICE
from ingestion.sources.files.bounded import opened, plain_name
from ingestion.sources.files.catalogue_lines import json_line, toml_line
from ingestion.sources.files.rows import Table, header_of, table
from telassure.kernel.errors import InvalidInput

LARGEST_FILE: Final = 64 << 20
_CHUNK: Final = 5_000
_LONGEST_DECK: Final = 1_000_000
_TARIFF_COLUMNS: Final = ("tariff_id", "valid_from", "valid_to", "currency", "zone", "holidays")
_OWN_FIELD: Final = {
    "resource_id": "resources",
    "service_id": "services",
    "customer_id": "customers",
    "account_id": "accounts",
    "msisdn": "subscribers",
    "imsi": "subscribers",
    "product_id": "products",
    "tariff_id": "tariffs",
    "area": "policies",
}
_SIM: Final = ("msisdn", "imsi")
_IDENTITY: Final = {
    "resources": ("resource_id",),
    "services": ("service_id",),
    "customers": ("customer_id",),
    "accounts": ("account_id",),
    "subscribers": _SIM,
    "products": ("product_id",),
    "policies": ("area", "name", "selector"),
}


def section_of(header: list[str]) -> str | None:
    """The section whose own field a CSV header has; None where it has none."""
    return next((section for field, section in _OWN_FIELD.items() if field in header), None)


def read(path: Path, name: str) -> Iterator[Batch]:
    """The file's entries; InvalidInput with file and line where it cannot be read at all."""
    suffix = Path(plain_name(name)).suffix.lower()
    if suffix == ".csv":
        yield from _csv(path, name)
        return
    with opened(path, name, LARGEST_FILE) as stream:
        raw = stream.read()
    body = _toml(raw, name) if suffix == ".toml" else _json(raw, name)
    try:
        deque(rows_of(body), maxlen=0)
    except InvalidInput as error:
        raise InvalidInput(error.reason, f"{name}:{_line_of(error.reason, raw)}") from None
    yield Batch(CATALOGUE.name, body, "1", place=_lines(body, raw, name, suffix))


def _line_of(reason: str, raw: bytes) -> int:
    """The line of the section that a reason names: `unknown field "tarifs"`, `tariffs is`; the first where none is."""
    named = re.match(r'unknown field "(\w+)|(\w+) is ', reason)
    if named is None:
        return 1
    found = re.search(rf"^\W*{named.group(1) or named.group(2)}\b".encode(), raw, re.MULTILINE)
    return raw.count(b"\n", 0, found.end()) + 1 if found else 1


def _toml(raw: bytes, name: str) -> object:
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidInput("not UTF-8", f"{name}:{raw[: error.start].count(10) + 1}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        raise InvalidInput(f"not TOML: {error}", f"{name}:{found.group(1) if found else 1}") from None


def _json(raw: bytes, name: str) -> object:
    try:
        found: object = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"not JSON in UTF-8: {error.msg}", f"{name}:{error.lineno}") from None
    try:
        refuse_key_twice(raw)
    except InvalidInput as twice:
        raise InvalidInput(twice.reason, name) from None
    return found


def _csv(path: Path, name: str) -> Iterator[Batch]:
    section = section_of(header_of(path, name))
    if section is None:
        raise InvalidInput(
            f"the header names no catalogue section; use the fields of {', '.join(SECTIONS)}", f"{name}:1"
        )
    if section == "tariffs":
        yield from _deck(path, name)
        return
    twice = _stated_twice(path, name, _IDENTITY[section])
    for chunk in table(path, name, _CHUNK):
        refused = [Refusal(f"{name}:{line}", twice[line]) for line in chunk.lines if line in twice]
        kept = [place for place, line in enumerate(chunk.lines) if line not in twice]
        rows = [{field: cells[place] for field, cells in chunk.columns.items() if cells[place] != ""} for place in kept]
        standing = replace(chunk, lines=[chunk.lines[place] for place in kept])
        yield Batch(
            CATALOGUE.name, {section: rows}, str(chunk.number), place=standing.place, refused=[*chunk.refused, *refused]
        )


def _stated_twice(path: Path, name: str, fields: tuple[str, ...]) -> dict[int, str]:
    """By line, why it is refused: each that states an identity which another line of the file states too."""
    first: dict[tuple[str, ...], int] = {}
    others: dict[int, int] = {}
    identities = _sims if fields == _SIM else _cells
    for chunk in table(path, name, _CHUNK):
        cells = [chunk.columns[field] for field in fields if field in chunk.columns]
        since = chunk.columns.get("valid_from") or [""] * len(chunk.lines)
        for line, key, begins in zip(chunk.lines, identities(cells), since, strict=False):
            before = first.setdefault((*key, begins), line) if key else line
            if before != line:
                others[line] = before
                others.setdefault(before, line)
    reason = "{} is stated twice, also at {}:{}; keep one"
    return {line: reason.format(" and ".join(fields), name, other) for line, other in others.items()}


def _cells(cells: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    return zip(*cells, strict=True)


def _sims(cells: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Who each row states: its MSISDN, else its IMSI, in whatever notation; () where it has neither."""
    for numbers in zip(*cells, strict=True):
        number = bare(next(filter(None, numbers), "")).lower()
        yield (number,) if number else ()


def _deck(path: Path, name: str) -> Iterator[Batch]:
    """A file of tariffs is one batch, and is taken whole or not at all: a part of a deck would rate what is left out by
    another price."""
    parts = list(islice(table(path, name, _LONGEST_DECK), 2))
    if len(parts) > 1:
        raise InvalidInput(f"a file of tariffs has at most {_LONGEST_DECK:,} lines; give each tariff a file", name)
    for whole in parts:
        body, place = _tariffs(whole)
        yield Batch(CATALOGUE.name, {"tariffs": body}, "1", place=place, refused=whole.refused, whole=True)


def _tariffs(whole: Table) -> tuple[list[object], Callable[[BadRow], str]]:
    """One line a price; lines of the same tariff version make one tariff, which is placed at its first line."""
    tariffs: dict[tuple[str, ...], dict[str, object]] = {}
    prices: dict[tuple[str, ...], list[object]] = {}
    places: dict[tuple[str, ...], list[int]] = {}
    shared: dict[str, str] = {}  # a deck has few services, kinds and rates
    for index, cells in enumerate(zip(*whole.columns.values(), strict=True)):
        row = {name: shared.setdefault(cell, cell) for name, cell in zip(whole.header, cells, strict=True) if cell}
        version = tuple(row.get(name, "") for name in _TARIFF_COLUMNS)
        if version not in tariffs:
            tariffs[version] = {name: value for name, value in row.items() if name not in PRICE}
        places.setdefault(version, []).append(index)
        prices.setdefault(version, []).append({name: row[name] for name in PRICE if name in row})
    standing = list(places.values())
    body: list[object] = [{**tariff, "prices": prices[version]} for version, tariff in tariffs.items()]
    return body, lambda bad: whole.place(replace(bad, index=standing[bad.index][bad.part or 0]))


def _lines(body: object, raw: bytes, name: str, suffix: str) -> Callable[[BadRow], str]:
    """Where each refused row stands: in TOML the line of the field that its reason names, in JSON where it opens."""
    text = raw.decode("utf-8", "replace")

    def place(bad: BadRow) -> str:
        section, index, _ = next(islice(rows_of(body), bad.index, None))
        if suffix == ".toml":
            line = toml_line(text, (section, index), bad.part, bad.reason)
        else:
            line = json_line(text, (section, index) if bad.part is None else (section, index, "prices", bad.part))
        return f"{name}:{line}" if line else f"{name}: {section}[{index}]"

    return place
