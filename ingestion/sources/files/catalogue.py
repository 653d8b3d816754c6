"""Catalogue files: TOML and JSON with an array per section, CSV with a section per file; every error has its line."""

import re
import tomllib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

import orjson

from ingestion.batch import Batch
from ingestion.fields.terms import BadRow
from ingestion.kinds.catalogue import CATALOGUE, SECTIONS, rows_of
from ingestion.sources.files.bounded import opened, plain_name
from ingestion.sources.files.catalogue_lines import json_line, toml_line
from ingestion.sources.files.rows import Table, table
from telassure.kernel.errors import InvalidInput

LARGEST_FILE: Final = 64 << 20
_CHUNK: Final = 5_000
_PRICE_COLUMNS: Final = ("service", "prefix", "kind", "rate", "per", "increment")
_TARIFF_COLUMNS: Final = ("tariff_id", "valid_from", "valid_to", "currency")
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
        raise InvalidInput(error.reason, f"{name}:1") from None
    yield Batch(CATALOGUE.name, body, "1", place=_lines(body, raw, name, suffix))


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
        return orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"not JSON in UTF-8: {error.msg}", f"{name}:{error.lineno}") from None


def _csv(path: Path, name: str) -> Iterator[Batch]:
    for chunk in table(path, name, _CHUNK):
        section = section_of(list(chunk.header))
        if section is None:
            raise InvalidInput(
                f"the header names no catalogue section; use the fields of {', '.join(SECTIONS)}", f"{name}:1"
            )
        rows = [dict(zip(chunk.header, row, strict=True)) for row in zip(*chunk.columns.values(), strict=True)]
        body, place = (_tariffs(rows, chunk)) if section == "tariffs" else (_entries(rows), chunk.place)
        yield Batch(CATALOGUE.name, {section: body}, str(chunk.number), place=place, refused=chunk.refused)


def _entries(rows: list[dict[str, str]]) -> list[object]:
    return [{name: value for name, value in row.items() if value != ""} for row in rows]


def _tariffs(rows: list[dict[str, str]], chunk: Table) -> tuple[list[object], Callable[[BadRow], str]]:
    """One line a price; lines of the same tariff version make one tariff, which is placed at its first line."""
    tariffs: dict[tuple[str, ...], dict[str, object]] = {}
    prices: dict[tuple[str, ...], list[object]] = {}
    places: dict[tuple[str, ...], list[int]] = {}
    for index, row in enumerate(rows):
        version = tuple(row.get(name, "") for name in _TARIFF_COLUMNS)
        others: dict[str, object] = {
            name: value for name, value in row.items() if name not in _PRICE_COLUMNS and value != ""
        }
        tariffs.setdefault(version, others)
        places.setdefault(version, []).append(index)
        prices.setdefault(version, []).append({n: row[n] for n in _PRICE_COLUMNS if row.get(n, "") != ""})
    standing = list(places.values())
    body: list[object] = [{**tariff, "prices": prices[version]} for version, tariff in tariffs.items()]
    return body, lambda bad: chunk.place(replace(bad, index=standing[bad.index][bad.part or 0]))


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
