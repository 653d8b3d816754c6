"""Replay: recordings of any age through the live path to their end, in the order of their times, once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from hashlib import blake2b
from pathlib import Path
from typing import Final

from ingestion.batches.batch import Origin
from ingestion.gateway import Gateway
from ingestion.sources.files import alarm_log, kpi_csv, pm_xml
from ingestion.sources.files.bounded import content_hash, opened, plain_name
from ingestion.sources.files.recognition import DEFAULT_ORIGIN, take_file, whole_seconds
from ingestion.sources.files.tally import SHOWN, FileTally, Progress, refuse, take_batches
from telassure.kernel.errors import InvalidInput
from telassure.kernel.feeds import RECORDED
from telassure.kernel.instant import LATEST, Instant

_PM_NAMES: Final = (".xml",)
# What `telassure simulate` puts beside its events for the scores to read; the system must not.
_TRUTH: Final = "ground_truth.jsonl"
_TABLES: Final = (".csv", ".jsonl", ".ndjson", ".json", ".toml")


@dataclass(frozen=True, slots=True)
class Recordings:
    """What to replay: folders of recorded alarms, KPI series and PM files, and files or folders of usage and the like
    (catalogue first). `origin` is when second 0 of an alarm log is; naive times are in `zone`."""

    alarms: Sequence[Path] = ()
    kpis: Sequence[Path] = ()
    pm_xml: Sequence[Path] = ()
    usage: Sequence[Path] = ()
    origin: Instant = DEFAULT_ORIGIN
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What became of the recordings, in source rows (points, alarms, usage); catalogue entries are counted apart.
    `refused` holds (place, reason) of what was not taken, the first hundred."""

    records: int
    accepted: int
    dead_letters: int
    duplicates: int
    entries: int
    files: int
    refused: tuple[tuple[str, str], ...]

    @property
    def nothing_taken(self) -> bool:
        """Everything that the recordings hold was refused."""
        return bool(self.dead_letters) and not (self.accepted or self.duplicates or self.entries)


def replay(
    gateway: Gateway,
    recordings: Recordings,
    progress: Progress | None = None,
    settle: Callable[[], None] | None = None,
) -> ReplayReport:
    """Take all recordings, each folder under its feed "replay:<name>", and say of each feed that it has ended.

    `settle` returns when everything so far is applied: it is called before a feed ends, so that what hops from one
    topology to another stands before that end in the log, however the work was interrupted.

    `progress` is told the source rows so far. InvalidInput where a folder does not hold what it should. A second replay
    of the same content finds every position taken and reaches no operator.
    """
    total = FileTally()
    tell = _telling(total, progress)
    calm = settle or _nothing
    for path in _existing(recordings.usage):
        total += _Replay(gateway, path, recordings, tell, calm).usage()
    for path in _existing(recordings.alarms):
        total += _Replay(gateway, path, recordings, tell, calm).alarms()
    for path in _existing(recordings.kpis):
        total += _Replay(gateway, path, recordings, tell, calm).kpis()
    for path in _existing(recordings.pm_xml):
        total += _Replay(gateway, path, recordings, tell, calm).pm_xml()
    refused = (*total.broken, *total.refused)[:SHOWN]
    counts = (total.records, total.accepted, total.dead_letters, total.duplicates, total.entries, total.files)
    return ReplayReport(*counts, refused)


def _telling(total: FileTally, progress: Progress | None) -> Callable[[int], None]:
    return lambda records: progress(total.records + records) if progress else None


def _nothing() -> None:
    """Settle nothing: what waits is applied later."""


def _existing(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise InvalidInput("there is no such file or folder", str(path))
        yield path.resolve()


_COMPARED: Final = 3
_MARKS: Final = ((b"recharge_id", 1), (b"record_id", 2))
_LOOKED_AT: Final = 4_096


def _rank(path: Path) -> int:
    """Catalogue, recharges, usage, and then what usage is compared with: bills and counts."""
    name = plain_name(path.name)
    if Path(name).suffix in (".json", ".toml"):
        return 0
    try:
        with opened(path, path.name) as file:
            head = file.read(_LOOKED_AT)
    except InvalidInput:  # it is refused by name when its turn comes
        return _COMPARED
    return next((rank for mark, rank in _MARKS if mark in head), _COMPARED)


class _Replay:
    """One folder (or file) of recordings as one feed. Sources are named by relative path and content."""

    def __init__(
        self, gateway: Gateway, path: Path, recordings: Recordings, progress: Progress, settle: Callable[[], None]
    ) -> None:
        self._settle = settle
        self._gateway, self._path, self._recordings, self._progress = gateway, path, recordings, progress
        self._name = path.name
        self._feed = RECORDED + path.name
        self._sources: list[str] = []

    def alarms(self) -> FileTally:
        """Alarm.csv, after the devices of Topology.npy where there is one."""
        log = self._path / "Alarm.csv"
        if not log.is_file():
            raise InvalidInput("there is no Alarm.csv in it", str(self._path))
        taken, topology = FileTally(), self._path / "Topology.npy"
        if topology.is_file():
            taken += take_file(self._gateway, topology, self._relative(topology), self._origin("topology", [topology]))
        second = f"alarms@{whole_seconds(self._recordings.origin)}"
        origin, name = self._origin(second, [log]), self._relative(log)
        batches = alarm_log.read(log, name, self._name, self._recordings.origin)
        taken += take_batches(self._gateway, batches, origin, self._progress)
        return self._ended(taken)

    def kpis(self) -> FileTally:
        """Every CSV under data/ (or under the folder itself), as one stream in the order of time."""
        below = self._path / "data"
        files = self._files(below if below.is_dir() else self._path, (".csv",))
        series = [kpi_csv.SeriesFile(path, self._relative(path).partition("/")[2]) for path in files]
        origin, broken = self._origin("kpis", files), FileTally()

        def bury(place: str, reason: str) -> None:
            refuse(self._gateway, origin, InvalidInput(reason, place), broken)

        batches = kpi_csv.read(series, self._recordings.zone, bury)
        taken = take_batches(self._gateway, batches, origin, self._progress)
        taken += broken
        taken.files = len(files)
        return self._ended(taken)

    def pm_xml(self) -> FileTally:
        """Every XML file, by the begin time in its header, so that no element's files make another's late."""
        zone, taken = self._recordings.zone, FileTally()
        files = self._files(self._path, _PM_NAMES)
        for _, path in sorted((_begins(path, self._relative(path), zone), path) for path in files):
            taken += self._one(path, "pm_xml", taken.records)
        return self._ended(taken)

    def usage(self) -> FileTally:
        """A file or a folder of usage, bills, counts, recharges and catalogue: the catalogue first, then money put in
        and usage, and when all of that stands, what is compared with it."""
        files = [self._path] if self._path.is_file() else self._files(self._path, _TABLES)
        files = [path for path in files if path.name != _TRUTH]
        taken, ranked = FileTally(), sorted((_rank(path), path) for path in files)
        for number, (rank, path) in enumerate(ranked):
            if number and ranked[number - 1][0] < _COMPARED == rank:
                self._settle()
            taken += self._one(path, "file", taken.records)
        return self._ended(taken)

    def _one(self, path: Path, kind: str, before: int) -> FileTally:
        origin = self._origin(kind, [path])
        return take_file(
            self._gateway, path, self._relative(path), origin, lambda records: self._progress(before + records)
        )

    def _files(self, folder: Path, names: tuple[str, ...]) -> list[Path]:
        found = [p for p in folder.rglob("*") if p.is_file() and plain_name(p.name).lower().endswith(names)]
        if not found:
            raise InvalidInput(f"there is no {' or '.join(names)} file in it", str(folder))
        return sorted(found)

    def _relative(self, path: Path) -> str:
        return self._name if path == self._path else f"{self._name}/{path.relative_to(self._path).as_posix()}"

    def _origin(self, kind: str, files: Sequence[Path]) -> Origin:
        digest = blake2b(digest_size=16)
        for path in files:
            digest.update(f"{self._relative(path)}\0{content_hash(path)}\0".encode())
        name = self._relative(files[0]) if len(files) == 1 else self._name
        source = f"{kind}:{name}:{digest.hexdigest()}"
        self._sources.append(source)
        return Origin(self._feed, source, domain=self._name, zone=self._recordings.zone)

    def _ended(self, taken: FileTally) -> FileTally:
        """The end of the feed, once per content of the whole recording."""
        position = blake2b("\0".join(self._sources).encode(), digest_size=16).hexdigest()
        self._settle()
        self._gateway.end_of_feed(self._feed, position)
        return taken


def _begins(path: Path, name: str, zone: tzinfo) -> Instant:
    try:
        return pm_xml.begins_at(path, name, zone)
    except InvalidInput:
        return LATEST  # it is refused with its reason when its turn comes, last
