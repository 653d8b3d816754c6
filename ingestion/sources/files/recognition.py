"""One file of any known kind through the gateway: its reader is chosen by its name and its header."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from ingestion.batches.batch import Batch, Origin
from ingestion.batches.kind import kind_by_name, kind_of_fields, kinds
from ingestion.gateway import Gateway
from ingestion.kinds.catalogue import CATALOGUE
from ingestion.sources.files import alarm_log, catalogue, json_lines, kpi_csv, pm_xml, rows
from ingestion.sources.files.bounded import plain_name
from ingestion.sources.files.tally import FileTally, Progress, refuse, take_batches
from telassure.kernel.errors import InvalidInput, shown
from telassure.kernel.instant import SECOND, Instant, parse_instant

DEFAULT_ORIGIN: Final[Instant] = parse_instant("2020-01-01T00:00:00Z")
"""When second 0 of a recorded alarm log is, where nobody says."""


def take_file(gateway: Gateway, path: Path, name: str, origin: Origin, progress: Progress | None = None) -> FileTally:
    """A file of any kind; `name` is what errors call it, and its folders name a KPI series."""
    broken = FileTally()

    def bury(place: str, reason: str) -> None:
        refuse(gateway, origin, InvalidInput(reason, place), broken)

    taken = take_batches(gateway, _batches(path, name, origin, bury), origin, progress)
    taken += broken
    return taken


def _batches(path: Path, name: str, origin: Origin, bury: Callable[[str, str], None]) -> Iterator[Batch]:
    """The reader is chosen by the file's name, and for CSV by its header."""
    plain = plain_name(name)
    match Path(plain).suffix.lower():
        case ".xml":
            yield from pm_xml.read(path, name, origin.zone)
        case ".csv":
            yield from _csv(path, name, origin, bury)
        case ".jsonl" | ".ndjson":
            yield from json_lines.read(path, name, kind_by_name(_stem(plain)), origin.zone)
        case ".json" | ".toml":
            yield from catalogue.read(path, name)
        case ".npy":
            yield alarm_log.topology(path, name, origin.domain)
        case suffix:
            known = ".xml, .csv, .jsonl, .json, .toml (or these with .gz)"
            raise InvalidInput(f"files named {shown(suffix)} are not known; use {known}", name)


def _csv(path: Path, name: str, origin: Origin, bury: Callable[[str, str], None]) -> Iterator[Batch]:
    header = rows.header_of(path, name)
    if kpi_csv.is_series(header):
        return kpi_csv.read([kpi_csv.SeriesFile(path, name)], origin.zone, bury)
    if set(header) == set(alarm_log.HEADER):
        return alarm_log.read(path, name, origin.domain, DEFAULT_ORIGIN)
    kind = kind_of_fields(frozenset(header)) or kind_by_name(_stem(plain_name(name)))
    if kind is CATALOGUE or (kind is None and catalogue.section_of(header)):
        return catalogue.read(path, name)
    if kind is not None:
        return rows.read(path, name, kind, origin.zone)
    raise InvalidInput(
        f"the header tells no kind of record; name the file after one of {', '.join(kinds())}", f"{name}:1"
    )


def _stem(name: str) -> str:
    return Path(name).name.lower()


def whole_seconds(at: Instant) -> int:
    """An instant in whole seconds, as it stands in a source's name."""
    return at // SECOND
