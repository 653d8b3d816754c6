"""One file of any known kind through the gateway: recognised, taken to its end, or buried with place and reason."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from ingestion.batch import Batch, Disposition, Origin
from ingestion.fields.terms import BadRow
from ingestion.gateway import Gateway
from ingestion.kind import kind_by_name, kind_named, kind_of_fields, kinds
from ingestion.kinds.catalogue import CATALOGUE
from ingestion.sources.files import alarm_log, catalogue, json_lines, kpi_csv, pm_xml, rows
from ingestion.sources.files.bounded import plain_name
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import SECOND, Instant, parse_instant
from telassure.observe.traces import traced

DEFAULT_ORIGIN: Final[Instant] = parse_instant("2020-01-01T00:00:00Z")
"""When second 0 of a recorded alarm log is, where nobody says."""
Progress = Callable[[int], None]
SHOWN: Final = 100


@dataclass(slots=True)
class Taken:
    """What became of files, in source rows. `broken` holds (place, reason) of files that could not be read whole,
    `refused` the first hundred refused rows in the same way. Entries of the catalogue are counted apart, in `entries`.
    `new`, `changed` and `repeats` say of both what they were."""

    files: int = 0
    records: int = 0
    accepted: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    entries: int = 0
    new: int = 0
    changed: int = 0
    repeats: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    broken: list[tuple[str, str]] = field(default_factory=list)

    def __iadd__(self, other: "Taken") -> "Taken":
        self.files += other.files
        self.records += other.records
        self.accepted += other.accepted
        self.duplicates += other.duplicates
        self.dead_letters += other.dead_letters
        self.entries += other.entries
        self.new += other.new
        self.changed += other.changed
        self.repeats += other.repeats
        self.refused = (self.refused + other.refused)[:SHOWN]
        self.broken += other.broken
        return self


def take_batches(gateway: Gateway, batches: Iterator[Batch], origin: Origin, progress: Progress | None = None) -> Taken:
    """Everything that a reader yields, as one trace. Where it breaks off, the rest of its file is buried with place and
    reason."""
    with traced("file", origin.trace, feed=origin.feed, source=origin.source) as span:
        return _take_all(gateway, batches, replace(origin, trace=span.trace), progress)


def _take_all(gateway: Gateway, batches: Iterator[Batch], origin: Origin, progress: Progress | None) -> Taken:
    taken = Taken(files=1)
    try:
        for batch in batches:
            _take(gateway, batch, origin, taken)
            if progress:
                progress(taken.records)
    except InvalidInput as error:
        refuse(gateway, origin, error, taken)
    except OSError as error:
        refuse(
            gateway, origin, InvalidInput(f"it cannot be read: {error.strerror}", Path(str(error.filename)).name), taken
        )
    return taken


def _take(gateway: Gateway, batch: Batch, origin: Origin, taken: Taken) -> None:
    try:
        receipt = gateway.submit(batch, origin)
    except InvalidInput as error:  # no row of it can be read, but what follows it can
        gateway.refuse(origin, batch.place(BadRow(0, error.reason)), error.reason)
        taken.dead_letters += 1
        taken.refused.append((batch.place(BadRow(0, error.reason)), error.reason))
        return
    refused = len(receipt.rejected) + len(batch.refused)
    if kind_named(batch.kind).counted:
        taken.records += receipt.rows
        taken.accepted += receipt.accepted
        taken.duplicates += receipt.duplicates
    else:
        taken.entries += receipt.accepted + receipt.duplicates
    taken.new += receipt.total(Disposition.NEW)
    taken.changed += receipt.total(Disposition.CHANGED)
    taken.repeats += receipt.total(Disposition.REPEAT)
    taken.dead_letters += refused
    told = [(batch.place(bad), bad.reason) for bad in receipt.rejected[:SHOWN]]
    told += [(bad.place, bad.reason) for bad in batch.refused[:SHOWN]]
    taken.refused = (taken.refused + told)[:SHOWN]


def refuse(gateway: Gateway, origin: Origin, error: InvalidInput, taken: Taken) -> None:
    """Bury a file (or the rest of it), and say so in `taken`."""
    gateway.refuse(origin, error.place, error.reason)
    taken.dead_letters += 1
    taken.broken.append((error.place, error.reason))


def take_file(gateway: Gateway, path: Path, name: str, origin: Origin, progress: Progress | None = None) -> Taken:
    """A file of any kind; `name` is what errors call it, and its folders name a KPI series."""
    broken = Taken()

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
            raise InvalidInput(f'files named "{suffix}" are not known; use {known}', name)


def _csv(path: Path, name: str, origin: Origin, bury: Callable[[str, str], None]) -> Iterator[Batch]:
    header = rows.header_of(path, name)
    if header == kpi_csv.HEADER:
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
